/** What the providers have in common: one model on one server, reached over HTTP. */
import type { Body } from "./body.ts";
import { type ErrorDialect, ProviderError } from "./errors.ts";
import { type Exchange, exchange, type Peer, peerOf, type Server } from "./http.ts";
import type { ChatOptions } from "./provider.ts";
import { type ReasoningFormat, ReplyReader } from "./reply_reader.ts";

const PROBE_TIMEOUT_MS = 5000;
/** Between two pieces of an answer that has begun. */
const IDLE_TIMEOUT_MS = 20_000;

/** Options of all providers. */
export interface HttpProviderOptions {
  readonly server: Server;
  /** Makes a client with connections of its own; default: the platform's client is used. */
  readonly connect?: () => Deno.HttpClient;
  /** For a whole answer, in milliseconds. */
  readonly responseTimeoutMs: number;
  /** For its beginning, in milliseconds; default: as long as the whole. */
  readonly firstTokenTimeoutMs?: number;
  /** In milliseconds. */
  readonly loadTimeoutMs: number;
  /** For a request that asks for the server's state, in milliseconds; default 5000. */
  readonly probeTimeoutMs?: number;
}

type Read<T> = (body: Body, response: Response) => Promise<T>;

/** The base of {@linkcode Provider}s: requests, limits and connections. */
export abstract class HttpProvider {
  readonly responseTimeoutMs: number;
  readonly loadTimeoutMs: number;
  protected server: Peer;
  /** What is known of the model's reasoning from its answers. */
  protected readonly reasoningFormat: ReasoningFormat = { thinking: "unknown" };
  readonly #firstTokenTimeoutMs: number | undefined;
  readonly #probeLimits: Pick<Exchange, "phase" | "totalMs">;
  /** Undefined after {@linkcode close}. */
  #connect: (() => Deno.HttpClient) | undefined;

  constructor(options: HttpProviderOptions, dialect: ErrorDialect) {
    const { server, connect, probeTimeoutMs = PROBE_TIMEOUT_MS } = options;
    this.#connect = connect;
    this.server = { ...peerOf(server, dialect), client: connect?.() };
    this.responseTimeoutMs = options.responseTimeoutMs;
    this.loadTimeoutMs = options.loadTimeoutMs;
    this.#firstTokenTimeoutMs = options.firstTokenTimeoutMs;
    this.#probeLimits = { phase: "probe", totalMs: probeTimeoutMs };
  }

  get model(): string {
    return this.server.model;
  }

  get host(): string {
    return this.server.url;
  }

  close(): void {
    this.#connect = undefined;
    this.server.client?.close();
  }

  protected send<T>(request: Exchange, read: Read<T>): Promise<T> {
    return exchange(this.server, request, read);
  }

  /**
   * Asks for the server's state. After a timeout, further requests use new connections: a pooled one
   * whose path died without a reset would time out again.
   */
  protected async sendProbe<T>(
    request: Pick<Exchange, "path" | "signal" | "body" | "method">,
    read: Read<T>,
  ): Promise<T> {
    const { server } = this;
    try {
      return await this.send({ ...this.#probeLimits, ...request }, read);
    } catch (error) {
      const isStuck = error instanceof ProviderError && error.kind === "timeout";
      // Of several concurrent probes that time out, only the first one reconnects.
      if (isStuck && server === this.server && this.#connect) {
        // Requests in flight keep their connections: closing a client ends idle ones only.
        server.client?.close();
        this.server = { ...server, client: this.#connect() };
      }
      throw error;
    }
  }

  /** Asks for headers only. Any response counts, unless it is a proxy's that misses the server. */
  protected async signOfLife(path: string, signal: AbortSignal): Promise<void> {
    try {
      await this.sendProbe({ path, method: "HEAD", signal }, (body) => body.text());
    } catch (error) {
      const isAlive = error instanceof ProviderError && error.status !== undefined &&
        error.blames !== "network";
      if (!isAlive) throw error;
    }
  }

  /** Sends a request for an answer; `read` fills the reader. */
  protected sendChat<T>(
    request: Pick<Exchange, "path" | "signal" | "body" | "firstByteMs">,
    { totalMs = this.responseTimeoutMs, onBegin, shouldStop }: ChatOptions,
    read: (reader: ReplyReader, body: Body, response: Response) => Promise<T>,
  ): Promise<T> {
    const limits = {
      phase: "answer",
      totalMs,
      firstByteMs: this.#firstTokenTimeoutMs,
      idleMs: IDLE_TIMEOUT_MS,
      onBegin,
    } as const;
    const { lengthHint } = this.server.dialect;
    const reader = new ReplyReader(this.reasoningFormat, lengthHint, shouldStop);
    return this.send(
      { ...limits, ...request },
      (body, response) => read(reader, body, response),
    );
  }
}
