/**
 * The chat completions API of OpenAI and of servers that are compatible with it (LM Studio, vLLM,
 * llama.cpp, LiteLLM, OpenRouter). Source: https://platform.openai.com/docs/api-reference/chat
 */
import { delay } from "../clock.ts";
import type { Body } from "./body.ts";
import { ProviderError, type RequestInfo } from "./errors.ts";
import { hintFor } from "./hints.ts";
import { HttpProvider, type HttpProviderOptions } from "./http_provider.ts";
import { OPENAI_ERRORS, OTHER_MODEL } from "./openai_errors.ts";
import type { ChatOptions, Message, ModelStatus, Probe, Provider, Reply } from "./provider.ts";
import { cutOff, type ReplyReader } from "./reply_reader.ts";
import {
  errorText,
  excerpt,
  type Fields,
  parseJson,
  parseObject,
  streamedError,
} from "./response_text.ts";

const STARTING_PAUSE_MS = 2000;

export class OpenAiProvider extends HttpProvider implements Provider {
  readonly name = "openai";
  readonly label = "OpenAI-compatible server";
  readonly sharesLoads = false;
  /** Some servers take any name for the one model that they have. */
  readonly listsEveryModel = false;
  readonly missingModelHint: string;
  readonly staysLoadedMs = Infinity;
  /** Whether the server answers while it works on another request. */
  #isConcurrent = false;
  /** Whether the server loads its model because it has just been started. */
  #isStarting = false;
  /** Whether an answer did not begin in time: the server may be loading the model for it. */
  #isCold = false;
  #contextTokens: number | undefined;

  constructor(options: HttpProviderOptions) {
    super(options, OPENAI_ERRORS);
    this.missingModelHint = hintFor(OTHER_MODEL, options.server);
  }

  /** Not every such server has a list of its models. */
  async probe(signal: AbortSignal): Promise<Probe> {
    this.#isStarting = false;
    try {
      const list = await this.sendProbe({ path: "/models", signal }, readList);
      this.#contextTokens = windowOf(list, this.model) ?? this.#contextTokens;
      return { models: list.map(({ id }) => String(id)) };
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      this.#isStarting = error.kind === "model_loading";
      if (this.#isStarting || hidesList(error)) return { unlisted: error };
      throw error;
    }
  }

  /** Some servers do one thing at a time: a timeout counts only if the server has answered before. */
  async alive(signal: AbortSignal): Promise<void> {
    try {
      await this.signOfLife("/models", signal);
      this.#isConcurrent = true;
    } catch (error) {
      const isBusy = error instanceof ProviderError && error.kind === "timeout";
      if (!isBusy || this.#isConcurrent) throw error;
    }
  }

  /** Waits for a server that has just started; sends a short chat to one that loads on demand. */
  async load(signal: AbortSignal): Promise<void> {
    const { clock } = this.server;
    while (this.#isStarting) {
      await delay(STARTING_PAUSE_MS, { signal, clock });
      await this.probe(signal);
    }
    if (!this.#isCold) return;
    const limitMs = this.loadTimeoutMs;
    const options = { maxTokens: 1, totalMs: limitMs, firstByteMs: limitMs };
    await this.chat([{ role: "user", content: "Hi" }], signal, options).catch((error) => {
      // An empty reply still proves that the model is loaded.
      if (error.kind !== "empty") throw error;
    });
    this.#isCold = false;
  }

  status(): Promise<ModelStatus> {
    return Promise.resolve({ loaded: true, contextTokens: this.#contextTokens });
  }

  async chat(
    messages: readonly Message[],
    signal: AbortSignal,
    { firstByteMs, ...options }: ChatOptions & { readonly firstByteMs?: number } = {},
  ): Promise<Reply> {
    let begun = false;
    const onBegin = () => {
      begun = true;
      options.onBegin?.();
    };
    const { maxTokens, seed } = options;
    const send = (max_tokens?: number) => {
      const limits = { ...(max_tokens && { max_tokens }), ...(seed !== undefined && { seed }) };
      const body = { model: this.model, messages, stream: true, ...limits };
      const request = {
        path: "/chat/completions",
        body,
        signal,
        ...firstByteMs && { firstByteMs },
      };
      return this.sendChat(request, { ...options, onBegin }, readChat);
    };
    try {
      return await (maxTokens === undefined ? this.limitTokens(send) : send(maxTokens));
    } catch (error) {
      if (error instanceof ProviderError && error.kind === "timeout" && !begun) this.#isCold = true;
      throw error;
    }
  }
}

/** Some keys and gateways cannot list models; chat may still work. */
function hidesList({ kind, status, blames }: ProviderError): boolean {
  if (kind === "auth") return status === 403;
  if (kind === "redirect") return false;
  return kind === "wrong_api" || (status !== undefined && ["model", "request"].includes(blames));
}

async function readList(body: Body): Promise<readonly Fields[]> {
  const json = await body.text();
  const { data } = Object(parseJson(json, body.request));
  if (Array.isArray(data)) return data.map(Object);
  // LM Studio reports a wrong path with a success.
  const quoted = excerpt(errorText(json) ?? "none came", body.request.redact);
  throw new ProviderError("wrong_api", `it does not list its models: ${quoted}`);
}

/**
 * llama.cpp has `meta.n_ctx`, vLLM `max_model_len`. A server with a single model accepts any name for it.
 */
function windowOf(list: readonly Fields[], model: string): number | undefined {
  const only = list.length === 1 ? list[0] : undefined;
  const { meta, max_model_len } = list.find(({ id }) => id === model) ?? only ?? {};
  const tokens = Object(meta).n_ctx ?? max_model_len;
  return typeof tokens === "number" ? tokens : undefined;
}

async function readChat(reader: ReplyReader, body: Body, { headers }: Response): Promise<Reply> {
  const type = headers.get("content-type") ?? "";
  if (type.includes("text/html")) {
    const hint = "check the address and its path: another web server or a login page answers there";
    throw new ProviderError("protocol", "the answer is HTML", { hint });
  }
  // Some servers ignore `stream` and answer in one piece.
  if (type.includes("application/json")) {
    const { text, finish } = choiceOf(await body.text(), body.request);
    reader.add(text);
    return endOf(reader, finish);
  }
  let lastFinish: string | undefined;
  const take = (data: string) => {
    if (data.trim() === "[DONE]") {
      body.complete();
      return endOf(reader, lastFinish);
    }
    const { text, finish } = choiceOf(data, body.request);
    lastFinish = finish ?? lastFinish;
    return reader.add(text);
  };
  const reply = await body.events((data) => {
    for (const document of documentsOf(data)) {
      const reply = take(document);
      if (reply) return reply;
    }
  });
  const ended = reply ??
    (lastFinish === undefined ? reader.endRepeated() : endOf(reader, lastFinish));
  if (ended) return ended;
  throw cutOff();
}

/** Some servers leave out the blank line between two events. */
function documentsOf(data: string): string[] {
  if (!data.includes("\n")) return [data];
  try {
    JSON.parse(data);
    return [data];
  } catch {
    return data.split("\n");
  }
}

function endOf(reader: ReplyReader, finish: string | undefined): Reply {
  if (finish === "content_filter") {
    throw new ProviderError("empty", "the server's filter held the answer back");
  }
  if (finish === "error") {
    throw new ProviderError("truncated", "the server ended the answer with an error");
  }
  return reader.end(finish !== "length");
}

function choiceOf(json: string, request: RequestInfo): { text: string; finish?: string } {
  const body = parseObject(json, request);
  const choice = Array.isArray(body.choices) ? Object(body.choices[0]) : {};
  // vLLM's errors are objects of their own, OpenRouter's belong to a choice.
  if (body.error || choice.error || body.object === "error") {
    const error = JSON.stringify(choice.error ? choice : body);
    throw streamedError("failed while answering", errorText(error) ?? error, request);
  }
  const { content } = Object(choice.delta ?? choice.message) as { content?: unknown };
  const finish = choice.finish_reason;
  return { text: textOf(content), finish: typeof finish === "string" ? finish : undefined };
}

function textOf(content: unknown): string {
  const texts = Array.isArray(content) ? content.map((part) => Object(part).text) : [content];
  return texts.filter((text) => typeof text === "string").join("");
}
