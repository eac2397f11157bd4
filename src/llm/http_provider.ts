/**
 * What providers have in common that ask one model on one server over HTTP.
 *
 * @module
 */
import type { Exchange, Server } from "./http.ts";
import {
  type ChatLimits,
  type Details,
  type Message,
  type ModelStatus,
  type Probe,
  type Provider,
  ProviderError,
  type Reply,
} from "./provider.ts";
import { withoutThoughts } from "./thinking.ts";

/** For the question whether the server is there. */
export const PROBE_TIMEOUT_MS = 5000;
/** Silence between two words of a model that has begun to speak. */
const IDLE_MS = 20_000;
/** No chat takes more; what comes beyond is not waited for. */
export const MAX_REPLY_CHARS = 8192;

/** How any model is to be asked. */
export interface HttpProviderOptions {
  /** Where to ask, and for which model. */
  readonly server: Server;
  /** From the question to its end, in milliseconds. */
  readonly responseTimeoutMs: number;
  /** From the question to its begin, in milliseconds; default: as long as the whole. */
  readonly firstTokenTimeoutMs?: number;
}

/** One model on one server. */
export abstract class HttpProvider implements Provider {
  abstract readonly name: Provider["name"];
  abstract readonly label: string;
  /** For a whole answer, in milliseconds. */
  readonly responseTimeoutMs: number;
  /** Where to ask, and for which model. */
  protected readonly server: Server;
  readonly #firstTokenTimeoutMs: number | undefined;

  /**
   * Asks nobody yet.
   *
   * @param options How to ask.
   */
  constructor(options: HttpProviderOptions) {
    this.server = options.server;
    this.responseTimeoutMs = options.responseTimeoutMs;
    this.#firstTokenTimeoutMs = options.firstTokenTimeoutMs;
  }

  /** As the server knows it. */
  get model(): string {
    return this.server.model;
  }

  /** Its address without credentials. */
  get host(): string {
    return this.server.url;
  }

  abstract probe(signal: AbortSignal): Promise<Probe>;
  abstract load(signal: AbortSignal): Promise<void>;
  abstract status(signal: AbortSignal): Promise<ModelStatus>;
  abstract inspect(signal: AbortSignal): Promise<Details>;
  abstract chat(
    messages: readonly Message[],
    signal: AbortSignal,
    limits?: ChatLimits,
  ): Promise<Reply>;

  /** The limits of an exchange that has the model answer. */
  protected answerLimits(
    { totalMs = this.responseTimeoutMs, onBegin }: ChatLimits,
  ): Pick<Exchange, "totalMs" | "firstByteMs" | "idleMs" | "onBegin"> {
    return { totalMs, firstByteMs: this.#firstTokenTimeoutMs, idleMs: IDLE_MS, onBegin };
  }

  /** Ends its connections. */
  close(): void {
    this.server.client?.close();
  }
}

/**
 * Makes a reply of what a model wrote.
 *
 * @param text Everything it wrote.
 * @param complete Whether it ended by itself.
 * @param promptTokens Tokens that the server counted in the prompt.
 * @returns Its answer without thoughts.
 * @throws {ProviderError} `empty` when nothing remains.
 */
export function replyOf(text: string, complete: boolean, promptTokens?: number): Reply {
  const answer = withoutThoughts(text);
  if (answer !== "") return { text: answer, complete, ...(promptTokens ? { promptTokens } : {}) };
  const why = complete
    ? "the model said nothing"
    : "the model spent its whole length on thinking: raise num_predict or set think to false";
  throw new ProviderError("empty", why);
}
