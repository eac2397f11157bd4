import { assertEquals } from "@std/assert";
import { Failover } from "../../src/llm/failover.ts";
import { ServerMonitor } from "../../src/llm/server_monitor.ts";
import {
  type ChatLimits,
  type Details,
  type Message,
  type ModelStatus,
  type Probe,
  type Provider,
  ProviderError,
  type Reply,
} from "../../src/llm/provider.ts";
import { FakeClock } from "./clock.ts";

interface Call {
  readonly what: string;
  readonly signal: AbortSignal;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** A provider whose every call is answered by the test. */
export class ScriptedProvider implements Provider {
  readonly name = "ollama";
  readonly label = "Ollama server";
  readonly model = "m";
  readonly host = "http://gpu:11434";
  readonly responseTimeoutMs = 30_000;
  readonly loadTimeoutMs = 300_000;
  readonly sharesLoads = true;
  readonly staysLoadedMs = 300_000;
  readonly calls: string[] = [];
  /** Calls that are answered without the test, and with what. */
  automatic: Readonly<Record<string, unknown>> = {};
  /** What it was sent last. */
  messages: readonly Message[] = [];
  /** Has the answer in progress begin. */
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
  inspect(signal: AbortSignal): Promise<Details> {
    return this.#call("inspect", signal) as Promise<Details>;
  }
  chat(messages: readonly Message[], signal: AbortSignal, limits?: ChatLimits): Promise<Reply> {
    this.messages = messages;
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

  /** What waits for a call goes on before the test does. */
  async flush(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 0));
  }

  /** Settles the calls after which a link is up. */
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

/** A link to it, the only one, on a clock that stands still. */
export function setUp() {
  const provider = new ScriptedProvider();
  const clock = new FakeClock();
  const stop = new AbortController();
  const link = new ServerMonitor({ provider, clock, random: () => 1 - 1e-9 });
  const models = new Failover([link]);
  const running = models.run(stop.signal);
  const end = async () => {
    stop.abort();
    await running;
    assertEquals(clock.pending, 0);
  };
  return { provider, clock, link, models, stop, end };
}

/** What it answers. */
export const REPLY: Reply = { text: "Yes.", complete: true };
export const TIMEOUT = new ProviderError("timeout", "30 s");
export const REFUSED = new ProviderError("refused", "connection refused");
