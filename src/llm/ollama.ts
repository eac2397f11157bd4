/**
 * A model behind Ollama's own API.
 *
 * Source: https://github.com/ollama/ollama/blob/main/docs/api.md
 *
 * @module
 */
import type { Redact } from "../redact.ts";
import type { Body } from "./body.ts";
import { type Exchange, exchange, fieldsOf } from "./http.ts";
import { errorText, quotingFailure } from "./server_error_text.ts";
import { keepAliveMs, keepAliveOfLoad } from "./keep_alive.ts";
import { HttpProvider, type HttpProviderOptions, PROBE_TIMEOUT_MS } from "./http_provider.ts";
import {
  type ChatLimits,
  type Details,
  type Message,
  type ModelStatus,
  type Probe,
  ProviderError,
  type Reply,
  sameModel,
} from "./provider.ts";
import { PULL_LIMITS, type PullOptions, readPull } from "./pull.ts";
import { record } from "./stream.ts";
import { hidesBegin, rendersInGo } from "./reasoning.ts";
import type { ReplyReader } from "./reply_reader.ts";

/** How the model is to be asked. */
export interface OllamaOptions extends HttpProviderOptions {
  /** How long the model stays loaded: seconds, or a Go duration such as `5m`. */
  readonly keepAlive: string | number;
  /** Ollama's model parameters, e.g. `num_ctx`. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Whether, or how much, the model thinks. */
  readonly think: boolean | string;
  /** For loading the model. */
  readonly loadTimeoutMs: number;
}

/** The provider `ollama`. */
export class OllamaProvider extends HttpProvider {
  /** As the configuration names it. */
  readonly name = "ollama";
  /** As log lines name it. */
  readonly label = "Ollama server";
  /** For loading the model, in milliseconds. */
  readonly loadTimeoutMs: number;
  /** The second request waits for the load of the first. */
  readonly sharesLoads = true;
  /** How long the model stays loaded for certain after it was used, in milliseconds. */
  readonly staysLoadedMs: number;
  readonly #options: OllamaOptions;
  #templateSeen = false;

  /**
   * Makes a provider; asks nobody yet.
   *
   * @param options How to ask.
   */
  constructor(options: OllamaOptions) {
    super(options);
    this.loadTimeoutMs = options.loadTimeoutMs;
    this.staysLoadedMs = keepAliveMs(options.keepAlive);
    this.#options = options;
  }

  /** Asks for the list of models. */
  override async probe(signal: AbortSignal): Promise<Probe> {
    const request: Exchange = {
      path: "/api/tags",
      step: "probe",
      signal,
      totalMs: PROBE_TIMEOUT_MS,
    };
    return {
      models: await this.send(request, async (body) => namesOf(await fieldsOf(body))),
    };
  }

  /** The smallest answer that Ollama has. */
  override alive(signal: AbortSignal): Promise<void> {
    return this.signOfLife("/api/version", signal);
  }

  /**
   * A chat with nothing to say loads the model, with the options that the chats will use. Then the
   * model's template is looked at, once: its thoughts are to be known before its first answer.
   */
  override async load(signal: AbortSignal): Promise<void> {
    const keep_alive = keepAliveOfLoad(this.#options.keepAlive);
    const body = { ...this.#request([]), keep_alive, stream: false };
    const request: Exchange = {
      path: "/api/chat",
      step: "load",
      body,
      signal,
      totalMs: this.loadTimeoutMs,
    };
    await this.send(request, async (body) => {
      const { done } = answerOf(await body.text(), body.redact);
      if (done !== true) throw new ProviderError("truncated", "the model's load did not end");
    });
    await this.#presume(signal);
  }

  /** A proxy may hide the list of what is loaded: then the model is taken for loaded. */
  override async status(signal: AbortSignal): Promise<ModelStatus> {
    const request: Exchange = { path: "/api/ps", step: "probe", signal, totalMs: PROBE_TIMEOUT_MS };
    try {
      const { models } = await this.send(request, fieldsOf);
      if (!Array.isArray(models)) return this.#hidden;
      const found = models.map(Object).find(({ name }) => sameModel(String(name), this.model));
      const { context_length, size, size_vram } = found ?? {};
      return {
        loaded: found !== undefined,
        contextTokens: numberOf(context_length) ?? this.#hidden.contextTokens,
        memoryBytes: numberOf(size),
        vramBytes: numberOf(size_vram),
      };
    } catch (error) {
      if (error instanceof ProviderError && error.status !== undefined) return this.#hidden;
      throw error;
    }
  }

  /** Asks for the version and for the model's own description, which a proxy may hide. */
  override async inspect(signal: AbortSignal): Promise<Details> {
    const ask: Exchange = {
      path: "/api/version",
      step: "probe",
      signal,
      totalMs: PROBE_TIMEOUT_MS,
    };
    const about = await unlessHidden(
      this.send(ask, async (body, { headers }) => ({
        version: (await fieldsOf(body)).version,
        serverTime: Date.parse(headers.get("date") ?? ""),
      })),
    );
    const { version, serverTime = NaN } = about ?? {};
    const { capabilities, model_info } = await unlessHidden(this.#show(signal)) ?? {};
    const [, trained] = Object.entries(Object(model_info))
      .find(([name]) => name.endsWith(".context_length")) ?? [];
    return {
      version: typeof version === "string" ? version : undefined,
      capabilities: Array.isArray(capabilities) ? capabilities.map(String) : undefined,
      trainedTokens: numberOf(trained),
      serverTime: Number.isNaN(serverTime) ? undefined : serverTime,
    };
  }

  /** Has the model answer, as a stream. */
  override chat(
    messages: readonly Message[],
    signal: AbortSignal,
    limits: ChatLimits = {},
  ): Promise<Reply> {
    const { maxTokens: num_predict, allowTruncation = true } = limits;
    const asked = this.#request(messages);
    const options = num_predict ? { ...asked.options, num_predict } : asked.options;
    const request: Exchange = {
      path: "/api/chat",
      step: "answer",
      body: { ...asked, options, stream: true, ...(allowTruncation ? {} : { truncate: false }) },
      signal,
      ...this.answerLimits(limits),
    };
    const reader = this.reader(limits);
    return this.send(request, (body) => readChat(body, reader));
  }

  /**
   * Has the server pull a model from its registry; one that it has is brought up to date.
   *
   * @param model As the registry knows it, e.g. `llama3.2:3b`.
   * @returns The model's size in bytes; 0 where the server did not tell.
   * @throws {ProviderError} For every failure; the server keeps what has arrived.
   */
  pull(model: string, { signal, onProgress }: PullOptions): Promise<number> {
    const request: Exchange = {
      path: "/api/pull",
      step: "pull",
      body: { model },
      signal,
      ...PULL_LIMITS,
    };
    const server = { ...this.server, model };
    return exchange(server, request, (body) => readPull(body, onProgress));
  }

  #show(signal: AbortSignal): ReturnType<typeof fieldsOf> {
    const body = { model: this.model };
    const ask = { path: "/api/show", step: "probe", body, signal } as const;
    return this.send({ ...ask, totalMs: PROBE_TIMEOUT_MS }, fieldsOf);
  }

  /** A hint and no more: the load has succeeded whatever comes of it. */
  async #presume(signal: AbortSignal): Promise<void> {
    // A server that has its model think takes the thoughts out of the answers itself.
    if (this.#options.think || this.#templateSeen || this.reasoningFormat.thinking !== "unknown") {
      return;
    }
    try {
      const { template } = await this.#show(signal);
      this.#templateSeen = true;
      if (typeof template !== "string" || this.reasoningFormat.thinking !== "unknown") return;
      if (hidesBegin(template)) this.reasoningFormat.thinking = "presumed";
      else if (rendersInGo(template)) this.reasoningFormat.thinking = "plain";
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
    }
  }

  /** What is known of the model where the server does not tell. */
  get #hidden(): ModelStatus {
    const asked = numberOf(this.#options.options.num_ctx);
    return asked === undefined ? { loaded: true } : { loaded: true, contextTokens: asked };
  }

  #request(messages: readonly Message[]) {
    const { keepAlive, options, think } = this.#options;
    return { model: this.model, messages, think, keep_alive: keepAlive, options };
  }
}

/** After the first byte the status is a success whatever happens: failures come in the stream. */
async function readChat(body: Body, reader: ReplyReader): Promise<Reply> {
  const reply = await body.lines((line) => {
    const chunk = answerOf(line, body.redact);
    const { content } = Object(chunk.message) as { content?: unknown };
    const shouldStop = reader.add(typeof content === "string" ? content : "");
    if (chunk.done === true) {
      body.complete();
      const { done_reason, prompt_eval_count } = chunk;
      return reader.end(done_reason !== "length", numberOf(prompt_eval_count));
    }
    return shouldStop;
  });
  if (reply) return reply;
  throw new ProviderError(
    "truncated",
    "the answer ended in the middle: the model may have crashed",
  );
}

/** Some proxies let no more through than what a bot needs. */
async function unlessHidden<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    const isHidden = error instanceof ProviderError && error.kind !== "model_missing" &&
      [403, 404, 405].includes(error.status ?? 0);
    if (isHidden) return undefined;
    throw error;
  }
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}

function namesOf({ models }: Readonly<Record<string, unknown>>): string[] {
  const names = Array.isArray(models) ? models.map(nameOf) : [0];
  if (names.every((name) => typeof name === "string")) return names;
  const found = "what answers there is not Ollama: /api/tags has no models";
  throw new ProviderError("not_ollama", found);
}

function nameOf(model: unknown): unknown {
  const { name, model: other } = Object(model) as { name?: unknown; model?: unknown };
  return name ?? other;
}

function answerOf(json: string, redact: Redact): Readonly<Record<string, unknown>> {
  const answer = record(json, redact);
  if (answer.error === undefined) return answer;
  throw quotingFailure("http", (quoted) => `the server failed while answering: ${quoted}`, {
    words: errorText(json) ?? json,
    redact,
  });
}
