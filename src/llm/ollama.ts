/** Ollama's own API. Source: https://github.com/ollama/ollama/blob/main/docs/api.md */
import type { Body } from "./body.ts";
import { ProviderError, type RequestInfo } from "./errors.ts";
import { exchange } from "./http.ts";
import { HttpProvider, type HttpProviderOptions } from "./http_provider.ts";
import { OLLAMA_ERRORS, pullHint } from "./ollama_errors.ts";
import {
  type ChatOptions,
  type Details,
  type Message,
  type ModelStatus,
  type Probe,
  type Provider,
  type Reply,
  sameModel,
} from "./provider.ts";
import { PULL_LIMITS, type PullOptions, readPull } from "./pull.ts";
import { hidesBegin, rendersInGo } from "./reasoning.ts";
import { cutOff, type ReplyReader } from "./reply_reader.ts";
import { errorText, type Fields, parseJson, parseObject, streamedError } from "./response_text.ts";

/** Units of Go durations. Source: https://github.com/ollama/ollama/blob/main/docs/faq.md */
const UNITS = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const UNITS_MS = new Map(Object.entries(UNITS));
const MIN_LOAD_MS = 60_000;

export interface OllamaOptions extends HttpProviderOptions {
  /** How long the model stays loaded: seconds, or a Go duration such as `5m`. */
  readonly keepAlive: string | number;
  readonly options: Readonly<Record<string, unknown>>;
  readonly think: boolean | string;
}

export class OllamaProvider extends HttpProvider implements Provider {
  readonly name = "ollama";
  readonly label = "Ollama server";
  readonly sharesLoads = true;
  readonly listsEveryModel = true;
  readonly missingModelHint: string;
  readonly staysLoadedMs: number;
  readonly #options: OllamaOptions;
  #templateSeen = false;

  constructor(options: OllamaOptions) {
    super(options, OLLAMA_ERRORS);
    this.missingModelHint = pullHint(options.server.model);
    this.staysLoadedMs = keepAliveMs(options.keepAlive);
    this.#options = options;
  }

  async probe(signal: AbortSignal): Promise<Probe> {
    return { models: await this.sendProbe({ path: "/api/tags", signal }, readNames) };
  }

  alive(signal: AbortSignal): Promise<void> {
    return this.signOfLife("/api/version", signal);
  }

  async revision(signal: AbortSignal): Promise<string> {
    const texts = ["/api/version", "/api/tags"].map((path) =>
      unlessHidden(this.sendProbe({ path, signal }, (body) => body.text()))
    );
    return (await Promise.all(texts)).join();
  }

  /** A chat without messages loads the model; it must have the options of the chats that follow. */
  async load(signal: AbortSignal): Promise<void> {
    const keep_alive = keepAliveOfLoad(this.#options.keepAlive);
    const body = { ...this.#chatBody([]), keep_alive, stream: false };
    const totalMs = this.loadTimeoutMs;
    const request = { path: "/api/chat", phase: "load", body, signal, totalMs } as const;
    await exchange(this.server, request, async (body) => {
      const { done } = answerOf(await body.text(), body.request);
      if (done !== true) throw new ProviderError("truncated", "the model's load did not end");
    });
    await this.#readTemplate(signal);
  }

  /** A proxy may hide the list of loaded models; then the model counts as loaded. */
  async status(signal: AbortSignal): Promise<ModelStatus> {
    const contextTokens = numberOf(this.#options.options.num_ctx);
    const list = this.sendProbe({ path: "/api/ps", signal }, readFields);
    const { models } = await unlessHidden(list, { anyStatus: true }) ?? {};
    if (!Array.isArray(models)) {
      return { loaded: true, ...(contextTokens !== undefined && { contextTokens }) };
    }
    const found = models.map(Object).find(({ name }) => sameModel(String(name), this.model));
    return {
      loaded: found !== undefined,
      contextTokens: numberOf(found?.context_length) ?? contextTokens,
      memoryBytes: numberOf(found?.size),
      vramBytes: numberOf(found?.size_vram),
    };
  }

  async inspect(signal: AbortSignal): Promise<Details> {
    const request = { path: "/api/version", signal };
    const about = this.sendProbe(request, async (body, { headers }) => ({
      version: (await readFields(body)).version,
      serverTime: Date.parse(headers.get("date") ?? ""),
    }));
    const { version, serverTime = NaN } = await unlessHidden(about) ?? {};
    const { capabilities, model_info } = await unlessHidden(this.#show(signal)) ?? {};
    const [, trained] = Object.entries(Object(model_info))
      .find(([name]) => name.endsWith(".context_length")) ?? [];
    return {
      software: typeof version === "string" ? `Ollama ${version}` : undefined,
      capabilities: Array.isArray(capabilities) ? capabilities.map(String) : undefined,
      trainedTokens: numberOf(trained),
      serverTime: Number.isNaN(serverTime) ? undefined : serverTime,
    };
  }

  chat(messages: readonly Message[], signal: AbortSignal, asked: ChatOptions = {}): Promise<Reply> {
    const { maxTokens, allowTruncation = true, seed } = asked;
    const chat = this.#chatBody(messages);
    const send = (num_predict?: number) => {
      const options = {
        ...chat.options,
        ...(num_predict && { num_predict }),
        ...(seed !== undefined && { seed }),
      };
      const truncate = allowTruncation ? {} : { truncate: false };
      const body = { ...chat, options, stream: true, ...truncate };
      return this.sendChat({ path: "/api/chat", body, signal }, asked, readChat);
    };
    const isSet = maxTokens !== undefined || this.#options.options.num_predict !== undefined;
    return isSet || this.#options.think ? send(maxTokens) : this.limitTokens(send);
  }

  /** Pulls from the registry. After a failure the server keeps what it has received. */
  pull(model: string, { signal, onProgress }: PullOptions): Promise<number> {
    const request = { path: "/api/pull", body: { model }, signal, ...PULL_LIMITS };
    return exchange({ ...this.server, model }, request, (body) => readPull(body, onProgress));
  }

  #show(signal: AbortSignal): Promise<Fields> {
    return this.sendProbe({ path: "/api/show", body: { model: this.model }, signal }, readFields);
  }

  /** Finds out from the template, once, how the model marks its reasoning. Failures do not matter. */
  async #readTemplate(signal: AbortSignal): Promise<void> {
    const format = this.reasoningFormat;
    // With `think`, the server removes the reasoning from the answers itself.
    if (this.#options.think || this.#templateSeen || format.thinking !== "unknown") return;
    try {
      const { template } = await this.#show(signal);
      this.#templateSeen = true;
      if (typeof template !== "string" || format.thinking !== "unknown") return;
      if (hidesBegin(template)) format.thinking = "presumed";
      else if (rendersInGo(template)) format.thinking = "plain";
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
    }
  }

  #chatBody(messages: readonly Message[]) {
    const { keepAlive, options, think } = this.#options;
    return { model: this.model, messages, think, keep_alive: keepAlive, options };
  }
}

async function readFields(body: Body): Promise<Fields> {
  return Object(parseJson(await body.text(), body.request));
}

/** After the first byte the status is a success in any case; failures come in the stream. */
async function readChat(reader: ReplyReader, body: Body): Promise<Reply> {
  const reply = await body.lines((line) => {
    const chunk = answerOf(line, body.request);
    const { content } = Object(chunk.message) as { content?: unknown };
    const early = reader.add(typeof content === "string" ? content : "");
    if (chunk.done !== true) return early;
    body.complete();
    return reader.end(chunk.done_reason !== "length", numberOf(chunk.prompt_eval_count));
  });
  // Ollama ends the stream of a model that repeats one token.
  const ended = reply ?? reader.endRepeated();
  if (ended) return ended;
  throw cutOff();
}

/** Some proxies let only chat requests through: undefined for a response that shows that. */
async function unlessHidden<T>(
  answer: Promise<T>,
  { anyStatus = false } = {},
): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof ProviderError) || error.status === undefined) throw error;
    const isHidden = error.kind !== "model_missing" && [403, 404, 405].includes(error.status);
    if (!anyStatus && !isHidden) throw error;
  }
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}

async function readNames(body: Body): Promise<string[]> {
  const { models } = await readFields(body);
  const names = Array.isArray(models)
    ? models.map(Object).map(({ name, model }) => name ?? model)
    : [undefined];
  if (names.every((name) => typeof name === "string")) return names;
  const reason = "the server is not Ollama: /api/tags has no models";
  throw new ProviderError("wrong_api", reason);
}

function answerOf(json: string, request: RequestInfo): Fields {
  const answer = parseObject(json, request);
  if (answer.error === undefined) return answer;
  throw streamedError("failed while answering", errorText(json) ?? json, request);
}

/** Converts seconds, or a Go duration such as `1h30m`, to milliseconds; negative is for ever. */
export function keepAliveMs(value: string | number): number {
  if (typeof value === "number") return value < 0 ? Infinity : value * 1000;
  if (value.startsWith("-")) return Infinity;
  return [...value.matchAll(/([\d.]+)([a-zµ]+)/g)]
    .reduce((sum, [, count, unit = ""]) => sum + Number(count) * (UNITS_MS.get(unit) ?? 0), 0);
}

/** The value for a request that loads the model: at least a minute, as `0` would unload it. */
export function keepAliveOfLoad(value: string | number): string | number {
  return keepAliveMs(value) < MIN_LOAD_MS ? MIN_LOAD_MS / 1000 : value;
}
