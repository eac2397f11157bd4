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
  /** Between two pieces of the answer; its first may take all the time there is. Default: none. */
  readonly idleMs?: number;
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
  const { path, body, signal, totalMs, idleMs = Infinity, maxBytes = MAX_BYTES } = exchange;
  const own = new AbortController();
  const limit = AbortSignal.timeout(Math.ceil(totalMs));
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
    const clock = server.clock ?? systemClock;
    const chunks = bounded(response, { own, idleMs, maxBytes, clock });
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

async function* bounded(
  response: Response,
  limits: { own: AbortController; idleMs: number; maxBytes: number; clock: Clock },
): AsyncGenerator<Uint8Array> {
  const { own, idleMs, maxBytes, clock } = limits;
  let cancelTimer = () => {};
  let size = 0;
  try {
    for await (const chunk of response.body ?? []) {
      cancelTimer();
      size += chunk.length;
      if (size > maxBytes) {
        throw new ProviderError("too_large", `the answer is longer than ${maxBytes} bytes`);
      }
      yield chunk;
      if (idleMs === Infinity) continue;
      cancelTimer = clock.setTimer(
        () => own.abort(new ProviderError("idle", `nothing more came for ${idleMs / 1000} s`)),
        idleMs,
      );
    }
  } finally {
    cancelTimer();
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
