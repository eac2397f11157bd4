/** What the providers have in common: one model on one server, reached over HTTP. */
import type { Body } from "./body.ts";
import { type ErrorDialect, isTimeout, ProviderError } from "./errors.ts";
import { IDLE_TIMEOUT_MS, ProbeTimeouts, SIGN_OF_LIFE } from "./exchange_timeouts.ts";
import { type Exchange, exchange, type Peer, peerOf, type Read, type Server } from "./http.ts";
import type { ChatOptions, Reply } from "./provider.ts";
import { type ReasoningFormat, ReplyReader } from "./reply_reader.ts";

/** Enough for a few sentences: a model that rambles does not cost a minute. */
const MAX_TOKENS = 256;

export interface HttpProviderOptions {
  readonly server: Server;
  /** Makes a client with connections of its own; default: the platform's client is used. */
  readonly connect?: () => Deno.HttpClient;
  readonly responseTimeoutMs: number;
  /** Until the answer begins; default: `responseTimeoutMs`. */
  readonly firstTokenTimeoutMs?: number;
  readonly loadTimeoutMs: number;
  /** The first limit of requests that ask for the server's state; default 5000. */
  readonly probeTimeoutMs?: number;
}

/** The base of {@linkcode Provider}s: requests, limits and connections. */
export abstract class HttpProvider {
  readonly model: string;
  readonly host: string;
  readonly isFallback: boolean;
  readonly responseTimeoutMs: number;
  readonly loadTimeoutMs: number;
  protected server: Peer;
  /** What is known of the model's reasoning from its answers. */
  protected readonly reasoningFormat: ReasoningFormat = { thinking: "unknown" };
  /** False if the model needs more to reason. */
  #limitsTokens = true;
  readonly #firstTokenTimeoutMs: number | undefined;
  readonly #probeTimeouts: ProbeTimeouts;
  /** Undefined after {@linkcode close}. */
  #connect: (() => Deno.HttpClient) | undefined;

  constructor(options: HttpProviderOptions, dialect: ErrorDialect) {
    const { server, connect } = options;
    this.server = { ...peerOf(server, dialect), client: connect?.() };
    this.model = server.model;
    this.host = server.url;
    this.isFallback = (server.section ?? "llm") !== "llm";
    this.responseTimeoutMs = options.responseTimeoutMs;
    this.loadTimeoutMs = options.loadTimeoutMs;
    this.#firstTokenTimeoutMs = options.firstTokenTimeoutMs;
    this.#probeTimeouts = new ProbeTimeouts(options.probeTimeoutMs);
    this.#connect = connect;
  }

  close(): void {
    this.#connect = undefined;
    this.server.client?.close();
  }

  /**
   * Asks for the server's state. After a timeout, further requests get more time and use new connections:
   * a pooled one whose path died without a reset would time out again.
   */
  protected async sendProbe<T>(
    request: Pick<Exchange, "path" | "signal" | "body" | "method">,
    read: Read<T>,
  ): Promise<T> {
    const { server } = this;
    const name = request.method === "HEAD" ? SIGN_OF_LIFE : request.path;
    const totalMs = this.#probeTimeouts.limitMs(name);
    const begunMs = server.clock.now();
    try {
      const result = await exchange(server, { phase: "probe", totalMs, ...request }, read);
      this.#probeTimeouts.answered(name, server.clock.now() - begunMs);
      return result;
    } catch (error) {
      const isStuck = isTimeout(error);
      if (isStuck) this.#probeTimeouts.timedOut(name);
      // Of several concurrent probes that time out, only the first one reconnects.
      if (isStuck && server === this.server && this.#connect) {
        // Requests in flight keep their connections: closing a client ends idle ones only.
        server.client?.close();
        this.server = { ...server, client: this.#connect() };
      }
      throw error;
    }
  }

  /**
   * Asks for headers only. Any response counts, unless a proxy sent it because it cannot reach the
   * server.
   */
  protected async signOfLife(path: string, signal: AbortSignal): Promise<void> {
    try {
      await this.sendProbe({ path, method: "HEAD", signal }, (body) => body.text());
    } catch (error) {
      const isAlive = error instanceof ProviderError && error.status !== undefined &&
        error.blames !== "network";
      if (!isAlive) throw error;
    }
  }

  /**
   * Sends a request for an answer with the default limit of tokens, if an answer of this model is known to
   * need no more.
   */
  protected async limitTokens(send: (maxTokens?: number) => Promise<Reply>): Promise<Reply> {
    const isLimited = this.#limitsTokens && this.reasoningFormat.thinking === "plain";
    if (!isLimited) return await send();
    try {
      return await send(MAX_TOKENS);
    } catch (error) {
      // A server may count reasoning that it hides.
      if (!(error instanceof ProviderError) || !error.atLimit) throw error;
      this.#limitsTokens = false;
      return await send();
    }
  }

  protected sendChat<T>(
    request: Pick<Exchange, "path" | "signal" | "body">,
    { totalMs = this.responseTimeoutMs, onBegin, shouldStop }: ChatOptions,
    read: (reader: ReplyReader, body: Body, response: Response) => Promise<T>,
  ): Promise<T> {
    // A longer limit is for an answer that waits for a load.
    const firstByteMs = totalMs > this.responseTimeoutMs ? undefined : this.#firstTokenTimeoutMs;
    const limits = { totalMs, firstByteMs, idleMs: IDLE_TIMEOUT_MS, onBegin };
    const { lengthHint } = this.server.dialect;
    const reader = new ReplyReader(this.reasoningFormat, lengthHint, shouldStop);
    return exchange(
      this.server,
      { phase: "answer", ...limits, ...request },
      (body, response) => read(reader, body, response),
    );
  }
}
