/**
 * A model behind the chat completions of OpenAI or of a server that speaks them (LM Studio, vLLM,
 * llama.cpp, LiteLLM, OpenRouter).
 *
 * Source: https://platform.openai.com/docs/api-reference/chat
 *
 * @module
 */
import { delay, systemClock } from "../clock.ts";
import type { Redact } from "../redact.ts";
import type { Body } from "./body.ts";
import type { Exchange } from "./http.ts";
import { errorText, quotingFailure } from "./server_error_text.ts";
import { HttpProvider, type HttpProviderOptions, PROBE_TIMEOUT_MS } from "./http_provider.ts";
import {
  type ChatLimits,
  type Details,
  type Message,
  type ModelStatus,
  type Probe,
  ProviderError,
  type Reply,
} from "./provider.ts";
import { DONE, eventData, fields, record } from "./stream.ts";
import type { ReplyReader } from "./reply_reader.ts";

/** How the model is to be asked. */
export interface OpenAiOptions extends HttpProviderOptions {
  /** For loading the model, where the server does that for a question. */
  readonly loadTimeoutMs: number;
}

/** llama.cpp's words while it loads its model. */
const STARTING = /loading model/i;
const STARTING_PAUSE_MS = 2000;

/** The provider `openai`. */
export class OpenAiProvider extends HttpProvider {
  /** As the configuration names it. */
  readonly name = "openai";
  /** As log lines name it. */
  readonly label = "OpenAI-compatible server";
  /** For loading the model, in milliseconds. */
  readonly loadTimeoutMs: number;
  /** Each request costs. */
  readonly sharesLoads = false;
  /** Such servers do not tell: nobody asks. */
  readonly staysLoadedMs: number = Infinity;
  #answersBeside = false;
  /** Whether the server is busy with its own start. */
  #starting = false;
  /** Whether an answer did not even begin: the server may be loading the model for it. */
  #cold = false;
  #contextTokens: number | undefined;

  /**
   * Asks nobody yet.
   *
   * @param options How to ask.
   */
  constructor(options: OpenAiOptions) {
    super(options);
    this.loadTimeoutMs = options.loadTimeoutMs;
  }

  /** Not every such server keeps a list of its models. */
  override async probe(signal: AbortSignal): Promise<Probe> {
    const request: Exchange = { path: "/models", step: "probe", signal, totalMs: PROBE_TIMEOUT_MS };
    this.#starting = false;
    try {
      const list = await this.send(request, listOf);
      this.#contextTokens = windowOf(list, this.model) ?? this.#contextTokens;
      return { models: list.map(({ id }) => String(id)) };
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      this.#starting = error.kind === "busy" && error.says(STARTING);
      if (this.#starting || hidesList(error)) return { unlisted: error };
      throw error;
    }
  }

  /**
   * The list of a server with hundreds of models is long: its head will do. Some servers do one thing at
   * a time: silence speaks against those alone that have answered beside their work before.
   */
  override async alive(signal: AbortSignal): Promise<void> {
    try {
      await this.signOfLife("/models", signal);
      this.#answersBeside = true;
    } catch (error) {
      const isBusy = error instanceof ProviderError && error.kind === "timeout";
      if (!isBusy || this.#answersBeside) throw error;
    }
  }

  /**
   * Such servers have no way to be told. One that loads its model at its start is waited for; one that
   * loads it for a question, and took longer than the question's limit, is had to say a word.
   */
  override async load(signal: AbortSignal): Promise<void> {
    const clock = this.server.clock ?? systemClock;
    while (this.#starting) {
      await delay(STARTING_PAUSE_MS, { signal, clock });
      await this.probe(signal);
    }
    if (!this.#cold) return;
    await this.#ask([{ role: "user", content: "Hi" }], signal, {
      maxTokens: 1,
      totalMs: this.loadTimeoutMs,
      firstByteMs: this.loadTimeoutMs,
    }).catch((error) => {
      // A word that is no answer is one.
      if (error.kind !== "empty") throw error;
    });
    this.#cold = false;
  }

  /** Such servers tell at the most how long a conversation may be. */
  override status(): Promise<ModelStatus> {
    return Promise.resolve({ loaded: true, contextTokens: this.#contextTokens });
  }

  /** Such servers do not tell. */
  override inspect(): Promise<Details> {
    return Promise.resolve({});
  }

  /** Has the model answer, as a stream. */
  override async chat(
    messages: readonly Message[],
    signal: AbortSignal,
    limits: ChatLimits = {},
  ): Promise<Reply> {
    let begun = false;
    const onBegin = () => {
      begun = true;
      limits.onBegin?.();
    };
    try {
      return await this.#ask(messages, signal, { ...limits, onBegin });
    } catch (error) {
      if (error instanceof ProviderError && error.kind === "timeout" && !begun) this.#cold = true;
      throw error;
    }
  }

  #ask(
    messages: readonly Message[],
    signal: AbortSignal,
    limits: ChatLimits & Pick<Exchange, "firstByteMs">,
  ): Promise<Reply> {
    const { maxTokens: max_tokens, firstByteMs } = limits;
    const body = { model: this.model, messages, stream: true, ...(max_tokens && { max_tokens }) };
    const request: Exchange = {
      path: "/chat/completions",
      step: "answer",
      body,
      signal,
      ...this.answerLimits(limits),
      ...(firstByteMs && { firstByteMs }),
    };
    const reader = this.reader(limits);
    return this.send(request, (body, response) => readChat(body, response, reader));
  }
}

/** Keys without the right to look, wildcards, gateways: whoever keeps no list may still answer. */
function hidesList({ kind, status = 0 }: ProviderError): boolean {
  if (kind === "auth" && status !== 403) return false;
  return kind === "not_ollama" || (status >= 400 && status < 502);
}

/** What a list tells of one model. Source: llama.cpp has `meta.n_ctx`, vLLM `max_model_len`. */
interface Listed {
  readonly id?: unknown;
  readonly meta?: unknown;
  readonly max_model_len?: unknown;
}

async function listOf(body: Body): Promise<readonly Listed[]> {
  const json = await body.text();
  const { redact } = body;
  const { data } = fields(json, redact);
  if (Array.isArray(data)) return data.map(Object);
  // LM Studio tells of a wrong path under a success.
  const words = errorText(json) ?? "none came";
  throw quotingFailure("not_ollama", (quoted) => `it keeps no list of its models: ${quoted}`, {
    words,
    redact,
  });
}

/** A server with a single model takes any name for it. */
function windowOf(list: readonly Listed[], model: string): number | undefined {
  const { meta, max_model_len } = list.find(({ id }) => id === model) ??
    (list.length === 1 ? list[0]! : {});
  const tokens = Object(meta).n_ctx ?? max_model_len;
  return typeof tokens === "number" ? tokens : undefined;
}

async function readChat(body: Body, response: Response, reader: ReplyReader): Promise<Reply> {
  const type = response.headers.get("content-type") ?? "";
  if (type.includes("text/html")) {
    throw new ProviderError("protocol", "the answer is HTML", {
      next:
        "check the address and its path: another web server, or a page to log in, answers there",
    });
  }
  // Some servers ignore `stream` and answer in one piece.
  if (type.includes("application/json")) {
    const { text, finish } = choiceOf(await body.text(), body.redact);
    reader.add(text);
    return ended(reader, finish);
  }
  let finished: string | undefined;
  const reply = await body.lines((line) => {
    const data = eventData(line);
    if (data === undefined) return;
    if (data === DONE) {
      body.complete();
      return ended(reader, finished);
    }
    const { text, finish } = choiceOf(data, body.redact);
    finished = finish ?? finished;
    return reader.add(text);
  });
  if (reply) return reply;
  if (finished !== undefined) return ended(reader, finished);
  throw new ProviderError(
    "truncated",
    "the answer ended in the middle: the model may have crashed",
  );
}

/** The reasons to end that are no end of a sentence. */
function ended(reader: ReplyReader, finish: string | undefined): Reply {
  if (finish === "content_filter") {
    throw new ProviderError("empty", "the server's filter held the answer back");
  }
  if (finish === "error") throw new ProviderError("truncated", "the server gave up in the middle");
  return reader.end(finish !== "length");
}

function choiceOf(json: string, redact: Redact): { text: string; finish?: string } {
  const body = record(json, redact);
  const choice = Array.isArray(body.choices) ? Object(body.choices[0]) : {};
  // vLLM's errors are objects of their own, OpenRouter's belong to a choice.
  if (body.error || choice.error || body.object === "error") {
    throw failureOf(choice.error ? choice : body, redact);
  }
  const { content } = Object(choice.delta ?? choice.message) as { content?: unknown };
  return {
    text: textOf(content),
    finish: typeof choice.finish_reason === "string" ? choice.finish_reason : undefined,
  };
}

function failureOf(fields: unknown, redact: Redact): ProviderError {
  const json = JSON.stringify(fields);
  const words = errorText(json) ?? json;
  const kind = WRONG_PATH.test(words) ? "not_ollama" : "http";
  return quotingFailure(kind, (quoted) => `the server failed while answering: ${quoted}`, {
    words,
    redact,
  });
}

/** LM Studio's and llama.cpp's words for an address without `/v1`. */
const WRONG_PATH = /unexpected endpoint|invalid url|file not found/i;

/** Some send the parts of a text apart. */
function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content.map((part) => Object(part).text).filter((text) => typeof text === "string").join(
    "",
  );
}
