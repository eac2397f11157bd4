/**
 * A model behind Ollama's own API.
 *
 * Source: https://github.com/ollama/ollama/blob/main/docs/api.md
 *
 * @module
 */
import { errorText } from "./failure.ts";
import { exchange, type Server } from "./http.ts";
import { type Message, type Probe, type Provider, ProviderError, type Reply } from "./provider.ts";
import { fields, lines, textOf } from "./stream.ts";
import { withoutThoughts } from "./thinking.ts";

/** How the model is to be asked. */
export interface OllamaOptions {
  /** Where to ask, and for which model. */
  readonly server: Server;
  /** How long the model stays loaded: seconds, or a Go duration such as `5m`. */
  readonly keepAlive: string | number;
  /** Ollama's model parameters, e.g. `num_ctx`. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Whether, or how much, the model thinks. */
  readonly think: boolean | string;
  /** For a whole answer. */
  readonly responseTimeoutMs: number;
  /** For loading the model. */
  readonly loadTimeoutMs: number;
}

const PROBE_TIMEOUT_MS = 5000;
/** Silence between two words of a model that has begun to speak. */
const IDLE_MS = 20_000;
/** No chat takes more; what comes beyond is not waited for. */
export const MAX_REPLY_CHARS = 8192;

/** The provider `ollama`. */
export class OllamaProvider implements Provider {
  /** As the configuration names it. */
  readonly name = "ollama";
  /** As log lines name it. */
  readonly label = "Ollama server";
  readonly #options: OllamaOptions;

  /**
   * Makes a provider; asks nobody yet.
   *
   * @param options How to ask.
   */
  constructor(options: OllamaOptions) {
    this.#options = options;
  }

  /** As the server knows it. */
  get model(): string {
    return this.#options.server.model;
  }

  /** Its address without credentials. */
  get host(): string {
    return this.#options.server.url;
  }

  /** Asks for the list of models. */
  async probe(signal: AbortSignal): Promise<Probe> {
    const request = { path: "/api/tags", signal, totalMs: PROBE_TIMEOUT_MS };
    const body = fields(await exchange(this.#options.server, request, textOf));
    if (!Array.isArray(body.models)) {
      throw new ProviderError(
        "not_ollama",
        "what answers there is not Ollama: /api/tags has no models",
      );
    }
    const models = body.models.map((model) => String(Object(model).name));
    return { models };
  }

  /** A chat with nothing to say loads the model, with the options that the chats will use. */
  async load(signal: AbortSignal): Promise<void> {
    const { server, loadTimeoutMs } = this.#options;
    const body = { ...this.#request([]), stream: false };
    await exchange(server, { path: "/api/chat", body, signal, totalMs: loadTimeoutMs }, textOf);
  }

  /** Has the model answer, as a stream. */
  chat(messages: readonly Message[], signal: AbortSignal): Promise<Reply> {
    const { server, responseTimeoutMs } = this.#options;
    const body = { ...this.#request(messages), stream: true };
    const limits = { totalMs: responseTimeoutMs, idleMs: IDLE_MS };
    return exchange(server, { path: "/api/chat", body, signal, ...limits }, readChat);
  }

  /** Ends its connections. */
  close(): void {
    this.#options.server.client?.close();
  }

  #request(messages: readonly Message[]) {
    const { keepAlive, options, think } = this.#options;
    return { model: this.model, messages, think, keep_alive: keepAlive, options };
  }
}

/** After the first byte the status is a success whatever happens: failures come in the stream. */
async function readChat(body: AsyncIterable<Uint8Array>): Promise<Reply> {
  let text = "";
  for await (const line of lines(body)) {
    const chunk = fields(line);
    if (chunk.error !== undefined) {
      throw new ProviderError(
        "http",
        `the server failed while answering: ${errorText(line) ?? line}`,
      );
    }
    const { content } = Object(chunk.message) as { content?: unknown };
    if (typeof content === "string") text += content;
    if (chunk.done === true) return replyOf(text, chunk.done_reason !== "length");
    if (text.length > MAX_REPLY_CHARS) return replyOf(text, false);
  }
  throw new ProviderError(
    "truncated",
    "the answer ended in the middle: the model may have crashed",
  );
}

/**
 * Makes a reply of what a model wrote.
 *
 * @param text Everything it wrote.
 * @param complete Whether it ended by itself.
 * @returns Its answer without thoughts.
 * @throws {ProviderError} `empty` when nothing remains.
 */
export function replyOf(text: string, complete: boolean): Reply {
  const answer = withoutThoughts(text);
  if (answer !== "") return { text: answer, complete };
  const why = complete
    ? "the model said nothing"
    : "the model spent its whole length on thinking: raise num_predict or set think to false";
  throw new ProviderError("empty", why);
}
