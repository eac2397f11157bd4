/** What the providers have in common: one model on one server, reached over HTTP. */
import type { Body } from "./body.ts";
import { type ErrorDialect, ProviderError } from "./errors.ts";
import { IDLE_TIMEOUT_MS, PROBE } from "./exchange_timeouts.ts";
import { type Exchange, exchange, type Peer, peerOf, type Server } from "./http.ts";
import type {
  ChatOptions,
  Details,
  Message,
  ModelStatus,
  Probe,
  Provider,
  Reply,
} from "./provider.ts";
import type { ReasoningFormat } from "./reply_reader.ts";

/** Options of all providers. */
export interface HttpProviderOptions {
  readonly server: Omit<Server, "client">;
  /** Makes a client with connections of its own; default: the platform's client is used. */
  readonly connect?: () => Deno.HttpClient;
  /** For a whole answer, in milliseconds. */
  readonly responseTimeoutMs: number;
  /** For its beginning, in milliseconds; default: as long as the whole. */
  readonly firstTokenTimeoutMs?: number;
  /** In milliseconds. */
  readonly loadTimeoutMs: number;
}

/** One model on one server. */
export abstract class HttpProvider implements Provider {
  abstract readonly name: Provider["name"];
  abstract readonly label: string;
  abstract readonly sharesLoads: boolean;
  abstract readonly staysLoadedMs: number;
  readonly responseTimeoutMs: number;
  readonly loadTimeoutMs: number;
  protected server: Peer;
  /** What is known of the model's reasoning from its answers. */
  protected readonly reasoningFormat: ReasoningFormat = { thinking: "unknown" };
  readonly #firstTokenTimeoutMs: number | undefined;
  /** Undefined after {@linkcode close}. */
  #connect: (() => Deno.HttpClient) | undefined;

  constructor(options: HttpProviderOptions, dialect: ErrorDialect) {
    const { server, connect } = options;
    this.#connect = connect;
    this.server = peerOf({ ...server, client: connect?.() }, dialect);
    this.responseTimeoutMs = options.responseTimeoutMs;
    this.loadTimeoutMs = options.loadTimeoutMs;
    this.#firstTokenTimeoutMs = options.firstTokenTimeoutMs;
  }

  get model(): string {
    return this.server.model;
  }

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
    options?: ChatOptions,
  ): Promise<Reply>;

  /**
   * Sends a request. After a probe that timed out, further requests use new connections: a pooled one
   * whose path died without a reset would time out again.
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
      // Of several concurrent probes that time out, only the first one reconnects.
      if (isStuck && request.phase === "probe" && server === this.server) this.#reconnect();
      throw error;
    }
  }

  /** Requests in flight keep their connections: closing a client ends idle ones only. */
  #reconnect(): void {
    if (!this.#connect) return;
    this.server.client?.close();
    this.server = { ...this.server, client: this.#connect() };
  }

  /** Asks for headers only. Any response counts, unless it is a proxy's that misses the server. */
  protected async signOfLife(path: string, signal: AbortSignal): Promise<void> {
    try {
      await this.send({ ...PROBE, path, method: "HEAD", signal }, (body) => body.text());
    } catch (error) {
      const isAlive = error instanceof ProviderError && error.status !== undefined &&
        error.blames !== "network";
      if (!isAlive) throw error;
    }
  }

  /** The limits of a request for an answer. */
  protected answerLimits(
    { totalMs = this.responseTimeoutMs, onBegin }: ChatOptions,
  ): Pick<Exchange, "phase" | "totalMs" | "firstByteMs" | "idleMs" | "onBegin"> {
    const firstByteMs = this.#firstTokenTimeoutMs;
    return { phase: "answer", totalMs, firstByteMs, idleMs: IDLE_TIMEOUT_MS, onBegin };
  }

  close(): void {
    this.#connect = undefined;
    this.server.client?.close();
  }
}
