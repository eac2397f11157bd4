/**
 * What providers have in common that ask one model on one server over HTTP.
 *
 * @module
 */
import type { Exchange, Server } from "./http.ts";
import type {
  ChatLimits,
  Details,
  Message,
  ModelStatus,
  Probe,
  Provider,
  Reply,
} from "./provider.ts";
import { type Manner, Writing } from "./writing.ts";

/** For the question whether the server is there. */
export const PROBE_TIMEOUT_MS = 5000;
/** Silence between two words of a model that has begun to speak. */
const IDLE_MS = 20_000;

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
  /** How its model's answers were so far. */
  protected readonly manner: Manner = { thinking: "unknown" };
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

  /** What the model will write of an answer. */
  protected writing({ enough }: ChatLimits): Writing {
    return new Writing(this.manner, enough);
  }

  /** Ends its connections. */
  close(): void {
    this.server.client?.close();
  }
}
