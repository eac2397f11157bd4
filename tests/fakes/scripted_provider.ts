import { assertEquals } from "@std/assert";
import type { LlmSettings } from "../../src/config/settings.ts";
import { httpError } from "../../src/llm/http_errors.ts";
import { ModelPool, type ModelPoolOptions } from "../../src/llm/model_pool.ts";
import { ProviderError } from "../../src/llm/errors.ts";
import type {
  ChatOptions,
  Message,
  ModelStatus,
  Probe,
  Provider,
  Reply,
} from "../../src/llm/provider.ts";
import { OLLAMA_ERRORS } from "../../src/llm/ollama_errors.ts";
import { FakeClock } from "./clock.ts";

interface Call {
  readonly what: string;
  readonly signal: AbortSignal;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** A provider whose every call is answered by the test. */
export class ScriptedProvider implements Provider {
  readonly name: string = "ollama";
  readonly label = "Ollama server";
  readonly model = "m";
  readonly host = "http://gpu:11434";
  readonly isFallback: boolean = false;
  readonly responseTimeoutMs = 30_000;
  readonly loadTimeoutMs = 300_000;
  readonly sharesLoads = true;
  readonly listsEveryModel: boolean = true;
  readonly missingModelHint: string = "run: rosey pull m";
  readonly staysLoadedMs = 300_000;
  readonly calls: string[] = [];
  /** Results of calls that are answered without the test. */
  automatic: Readonly<Record<string, unknown>> = {};
  /** The options of the last chat. */
  asked?: ChatOptions;
  /** Messages of the last chat. */
  messages: readonly Message[] = [];
  /** Calls `onBegin` of the pending chat. */
  begin?: () => void;
  #pending: Call[] = [];
  #watch = Promise.withResolvers<void>();

  probe(signal: AbortSignal): Promise<Probe> {
    return this.#call("probe", signal) as Promise<Probe>;
  }
  alive(signal: AbortSignal): Promise<void> {
    return this.#call("alive", signal) as Promise<void>;
  }
  load(signal: AbortSignal): Promise<void> {
    return this.#call("load", signal) as Promise<void>;
  }
  status(signal: AbortSignal): Promise<ModelStatus> {
    return this.#call("status", signal) as Promise<ModelStatus>;
  }
  chat(messages: readonly Message[], signal: AbortSignal, limits?: ChatOptions): Promise<Reply> {
    this.messages = messages;
    this.asked = limits;
    this.begin = limits?.onBegin;
    return this.#call("chat", signal) as Promise<Reply>;
  }
  close(): void {}

  /** Waits for the next call and settles it. */
  async settle(what: string, result: unknown = {}): Promise<void> {
    await this.#called();
    const call = this.#pending.shift()!;
    assertEquals(call.what, what);
    if (result instanceof Error) call.reject(result);
    else call.resolve(result);
    await this.flush();
  }

  /** Lets pending continuations run. */
  async flush(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 0));
  }

  /** Settles the calls that make the server available. */
  async comeUp(): Promise<void> {
    for (const what of ["probe", "load", "status"]) await this.settle(what);
  }

  /** Leaves the next call pending. */
  async take(what: string): Promise<Call> {
    await this.#called();
    const call = this.#pending.shift()!;
    assertEquals(call.what, what);
    return call;
  }

  async #called(): Promise<void> {
    while (this.#pending.length === 0) await this.#watch.promise;
  }

  #call(what: string, signal: AbortSignal): Promise<unknown> {
    if (signal.aborted) return Promise.reject(signal.reason);
    if (Object.hasOwn(this.automatic, what)) return Promise.resolve(this.automatic[what]);
    this.calls.push(what);
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const call = { what, signal, resolve, reject };
    this.#pending.push(call);
    signal.addEventListener("abort", () => {
      this.#pending = this.#pending.filter((other) => other !== call);
      reject(signal.reason);
    }, { once: true });
    this.#watch.resolve();
    this.#watch = Promise.withResolvers();
    return promise;
  }
}

/** A pool of these providers, in this order of preference. */
export function poolOf(providers: readonly Provider[], options: ModelPoolOptions = {}): ModelPool {
  const pool = new ModelPool({ ...options, setup: () => [...providers] });
  pool.use({} as LlmSettings);
  return pool;
}

/** One scripted provider in a pool, on a clock that the test advances. */
export function setUp() {
  const provider = new ScriptedProvider();
  const clock = new FakeClock();
  const stop = new AbortController();
  const pool = poolOf([provider], { clock, random: () => 1 - 1e-9 });
  const monitor = pool.monitors[0]!;
  const end = async () => {
    stop.abort();
    await pool.close();
    assertEquals(clock.pending, 0);
  };
  return { provider, clock, monitor, pool, stop, end };
}

export const REPLY: Reply = { text: "Yes.", complete: true };
export const TIMEOUT = new ProviderError("timeout", "30 s");
export const REFUSED = new ProviderError("refused", "connection refused");

/** A provider's failure after an HTTP response with an error message. */
export function httpFailure(status: number, error: string): ProviderError {
  const body = JSON.stringify({ error });
  return httpError(new Response(body, { status }), body, {
    host: "http://gpu:11434",
    path: "/api/chat",
    model: "m",
    phase: "answer",
    hasCredentials: false,
    redact: (text) => text,
    dialect: OLLAMA_ERRORS,
  });
}
