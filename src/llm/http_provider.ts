/**
 * What providers have in common that ask one model on one server over HTTP.
 *
 * @module
 */
import type { Body } from "./body.ts";
import { type Exchange, exchange, type Peer, peerOf, type Server } from "./http.ts";
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
import { type ReasoningFormat, ReplyReader } from "./reply_reader.ts";

/** For the question whether the server is there. */
export const PROBE_TIMEOUT_MS = 5000;
/** What proxies say of a server that is not there; one that is busy says something else. */
const GONE: readonly number[] = [502, 504];
/** Silence between two words of a model that has begun to speak. */
const IDLE_MS = 20_000;

/** How any model is to be asked. */
export interface HttpProviderOptions {
  /** Where to ask, and for which model. */
  readonly server: Omit<Server, "client">;
  /** Makes a client with connections of its own; default: the platform's client is used. */
  readonly connect?: () => Deno.HttpClient;
  /** From the question to its end, in milliseconds. */
  readonly responseTimeoutMs: number;
  /** From the question to its begin, in milliseconds; default: as long as the whole. */
  readonly firstTokenTimeoutMs?: number;
}

/** One model on one server. */
export abstract class HttpProvider implements Provider {
  abstract readonly name: Provider["name"];
  abstract readonly label: string;
  abstract readonly loadTimeoutMs: number;
  abstract readonly sharesLoads: boolean;
  abstract readonly staysLoadedMs: number;
  /** For a whole answer, in milliseconds. */
  readonly responseTimeoutMs: number;
  /** Where to ask, and for which model. */
  protected server: Peer;
  /** How its model's answers were so far. */
  protected readonly reasoningFormat: ReasoningFormat = { thinking: "unknown" };
  readonly #firstTokenTimeoutMs: number | undefined;
  /** None once it is closed. */
  #connect: (() => Deno.HttpClient) | undefined;

  /**
   * Asks nobody yet.
   *
   * @param options How to ask.
   */
  constructor(options: HttpProviderOptions) {
    const { server, connect } = options;
    this.#connect = connect;
    this.server = peerOf({ ...server, client: connect?.() });
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
  abstract alive(signal: AbortSignal): Promise<void>;
  abstract load(signal: AbortSignal): Promise<void>;
  abstract status(signal: AbortSignal): Promise<ModelStatus>;
  abstract inspect(signal: AbortSignal): Promise<Details>;
  abstract chat(
    messages: readonly Message[],
    signal: AbortSignal,
    limits?: ChatLimits,
  ): Promise<Reply>;

  /**
   * Sends a request and has its answer read. After a probe that timed out, further requests use new
   * connections: a pooled one whose path died without a reset would time out again.
   */
  protected async send<T>(
    request: Exchange,
    read: (body: Body, response: Response) => Promise<T>,
  ): Promise<T> {
    const { server } = this;
    try {
      return await exchange(server, request, read);
    } catch (error) {
      const isStuck = error instanceof ProviderError && error.kind === "timeout";
      // Of several probes that time out together the first one is enough.
      if (isStuck && request.step === "probe" && server === this.server) this.#reconnect();
      throw error;
    }
  }

  /** Requests in flight keep the connections that they have: closing a client ends idle ones only. */
  #reconnect(): void {
    if (!this.#connect) return;
    this.server.client?.close();
    this.server = { ...this.server, client: this.#connect() };
  }

  /**
   * Asks for the head of an answer: a refusal is a sign of life, too, unless a proxy says that the server
   * is not there.
   *
   * @param path Below the server's address.
   */
  protected async signOfLife(path: string, signal: AbortSignal): Promise<void> {
    const request = { path, method: "HEAD", step: "probe", signal } as const;
    try {
      await this.send({ ...request, totalMs: PROBE_TIMEOUT_MS }, (body) => body.text());
    } catch (error) {
      if (!(error instanceof ProviderError) || error.status === undefined) throw error;
      if (GONE.includes(error.status) || error.status >= 520) throw error;
    }
  }

  /** The limits of an exchange that has the model answer. */
  protected answerLimits(
    { totalMs = this.responseTimeoutMs, onBegin }: ChatLimits,
  ): Pick<Exchange, "totalMs" | "firstByteMs" | "idleMs" | "onBegin"> {
    return { totalMs, firstByteMs: this.#firstTokenTimeoutMs, idleMs: IDLE_MS, onBegin };
  }

  /** What the model will write of an answer. */
  protected reader({ shouldStop }: ChatLimits): ReplyReader {
    return new ReplyReader(this.reasoningFormat, shouldStop);
  }

  /** Ends its connections. */
  close(): void {
    this.#connect = undefined;
    this.server.client?.close();
  }
}
