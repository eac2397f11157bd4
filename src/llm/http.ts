/**
 * One HTTP exchange with a model's server: every wait has a limit, every body a bound.
 *
 * @module
 */
import { type Clock, systemClock } from "../clock.ts";
import type { Endpoint } from "../config/ollama_host.ts";
import { httpFailure, networkFailure, withoutSecrets } from "./failure.ts";
import { ProviderError } from "./provider.ts";

/** A server and how to talk to it. */
export interface Server extends Endpoint {
  /** Named in the message of a missing model. */
  readonly model: string;
  /** Connections and authorities of its own; default: the platform's. */
  readonly client?: Deno.HttpClient;
  /** Default: the real time. */
  readonly clock?: Clock;
}

/** What to send, and the limits of the whole. */
export interface Exchange {
  /** Appended to the server's address, e.g. `/api/chat`. */
  readonly path: string;
  /** Sent as JSON by POST; without one the request is a GET. */
  readonly body?: unknown;
  /** The caller's interest: an abort ends the exchange and what the server does for it. */
  readonly signal: AbortSignal;
  /** For the whole exchange. */
  readonly totalMs: number;
  /** Until the first piece of the answer. Default: the whole time. */
  readonly firstByteMs?: number;
  /** Between two pieces of the answer. Default: the whole time. */
  readonly idleMs?: number;
  /** Told of the first piece. */
  readonly onBegin?: () => void;
  /** Of the answer; default 4 MiB. */
  readonly maxBytes?: number;
}

const MAX_BYTES = 4 * 1024 * 1024;
/** Enough of a failed answer to tell what it is. */
const MAX_ERROR_BYTES = 16 * 1024;

/**
 * Sends a request and has its answer read. When `read` returns, whatever the server still sends is
 * cancelled.
 *
 * @param server Where to.
 * @param exchange What, and within which limits.
 * @param read Takes the pieces of the body of a success.
 * @returns What `read` made of them.
 * @throws {ProviderError} For every failure.
 */
export async function exchange<T>(
  server: Server,
  exchange: Exchange,
  read: (body: AsyncIterable<Uint8Array>, response: Response) => Promise<T>,
): Promise<T> {
  const { path, body, signal, totalMs } = exchange;
  const own = new AbortController();
  const limit = AbortSignal.timeout(Math.ceil(totalMs));
  const patience = new Patience(own, exchange, server.clock ?? systemClock);
  try {
    const response = await fetch(server.url + path, {
      method: body === undefined ? "GET" : "POST",
      headers: headersFor(server, body),
      body: body === undefined ? undefined : JSON.stringify(body),
      // A followed redirect turns POST into GET and hands credentials to strangers.
      redirect: "manual",
      signal: AbortSignal.any([own.signal, limit, signal]),
      ...(server.client ? { client: server.client } : {}),
    });
    const chunks = bounded(response, patience, exchange.maxBytes);
    if (!response.ok) {
      const { model } = server;
      throw httpFailure(response, await beginOf(chunks), { path, model });
    }
    return await read(chunks, response);
  } catch (error) {
    if (signal.aborted) throw new ProviderError("aborted", "not needed any more", { cause: error });
    if (own.signal.aborted) throw own.signal.reason;
    if (limit.aborted) throw timedOut(totalMs, error);
    throw withoutSecrets(networkFailure(error, server.url), server.authorization);
  } finally {
    patience.end();
    own.abort();
  }
}

function timedOut(totalMs: number, cause: unknown): ProviderError {
  return new ProviderError(
    "timeout",
    `no complete answer within ${Math.round(totalMs / 100) / 10} s`,
    { cause },
  );
}

function headersFor(server: Server, body: unknown): Headers {
  const headers = new Headers({ accept: "application/json, application/x-ndjson" });
  if (body !== undefined) headers.set("content-type", "application/json");
  try {
    if (server.authorization) headers.set("authorization", server.authorization);
  } catch {
    // What was caught holds the secret.
    throw new ProviderError("auth", "the credentials hold characters that no header can carry");
  }
  return headers;
}

/** Waits for the first piece of an answer, then between one and the next. */
class Patience {
  readonly #own: AbortController;
  readonly #exchange: Exchange;
  readonly #clock: Clock;
  #begun = false;
  #cancel = () => {};

  constructor(own: AbortController, exchange: Exchange, clock: Clock) {
    this.#own = own;
    this.#exchange = exchange;
    this.#clock = clock;
    const { firstByteMs = Infinity, totalMs } = exchange;
    if (firstByteMs >= totalMs) return;
    this.#giveUpAfter(
      firstByteMs,
      "timeout",
      `the answer did not begin within ${firstByteMs / 1000} s`,
    );
  }

  /** A piece came. */
  heard(): void {
    this.#cancel();
    if (!this.#begun) this.#exchange.onBegin?.();
    this.#begun = true;
  }

  /** The next piece is waited for. */
  waiting(): void {
    const { idleMs } = this.#exchange;
    if (idleMs !== undefined) {
      this.#giveUpAfter(idleMs, "idle", `nothing more came for ${idleMs / 1000} s`);
    }
  }

  end(): void {
    this.#cancel();
  }

  #giveUpAfter(ms: number, kind: "timeout" | "idle", message: string): void {
    this.#cancel = this.#clock.setTimer(
      () => this.#own.abort(new ProviderError(kind, message)),
      ms,
    );
  }
}

async function* bounded(
  response: Response,
  patience: Patience,
  maxBytes = MAX_BYTES,
): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const chunk of response.body ?? []) {
    patience.heard();
    size += chunk.length;
    if (size > maxBytes) {
      throw new ProviderError("too_large", `the answer is longer than ${maxBytes} bytes`);
    }
    yield chunk;
    patience.waiting();
  }
}

async function beginOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of chunks) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length >= MAX_ERROR_BYTES) break;
  }
  return text;
}
