/** One HTTP exchange with a model server. Every wait has a limit, every body a maximum size. */
import { type Clock, systemClock } from "../clock.ts";
import type { Endpoint } from "../config/ollama_host.ts";
import { type Redact, redactor } from "../redact.ts";
import { Body } from "./body.ts";
import { type ErrorDialect, type Phase, ProviderError, type RequestInfo } from "./errors.ts";
import { ExchangeTimeouts, type Limits } from "./exchange_timeouts.ts";
import { httpError } from "./http_errors.ts";
import { networkError } from "./network_errors.ts";

/** A server and how to reach it. */
export interface Server extends Endpoint {
  readonly model: string;
  /** Connections and authorities of its own; default: the platform's. */
  readonly client?: Deno.HttpClient;
  /** Default: the real time. */
  readonly clock?: Clock;
}

/** A server with all that is needed to explain its failures. */
export interface Peer extends Server {
  /** Removes the credentials, which the server may repeat. */
  readonly redact: Redact;
  readonly dialect: ErrorDialect;
}

export function peerOf(server: Server, dialect: ErrorDialect): Peer {
  const [scheme, token = ""] = (server.authorization ?? "").split(" ");
  const password = scheme === "Basic" ? utf8(token).replace(/^[^:]*:/, "") : "";
  return { ...server, redact: redactor([token, password]), dialect };
}

function utf8(base64: string): string {
  return new TextDecoder().decode(Uint8Array.from(atob(base64), (char) => char.charCodeAt(0)));
}

/** A request and its limits. */
export interface Exchange extends Limits {
  /** Appended to the server's address, e.g. `/api/chat`. */
  readonly path: string;
  readonly phase: Phase;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Default: POST with a body, GET without. */
  readonly method?: "HEAD";
  /** Ends the exchange and what the server does for it. */
  readonly signal: AbortSignal;
  /** Maximum size of the response; default 4 MiB. */
  readonly maxBytes?: number;
}

const MAX_BYTES = 4 * 1024 * 1024;
/** Enough of an error response to classify it. */
const MAX_ERROR_BYTES = 16 * 1024;

/**
 * Sends a request and lets `read` take the body of a success. When `read` returns, the rest of the
 * response is cancelled, unless the body is {@linkcode Body.complete}.
 *
 * @throws {ProviderError} For every failure.
 */
export async function exchange<T>(
  server: Peer,
  exchange: Exchange,
  read: (body: Body, response: Response) => Promise<T>,
): Promise<T> {
  const { path, body, signal, maxBytes = MAX_BYTES } = exchange;
  const { method = body === undefined ? "GET" : "POST" } = exchange;
  const { clock = systemClock } = server;
  const request = infoOf(server, exchange);
  const own = new AbortController();
  let answer: Body | undefined;
  const giveUp = (reason: unknown) => {
    own.abort(reason);
    // After the headers, a garbage collection may cut the body off from the signal.
    answer?.fail(reason);
  };
  const onAbort = () => giveUp(signal.reason);
  // AbortSignal.any would leak memory on a signal that outlives many exchanges.
  signal.addEventListener("abort", onAbort);
  if (signal.aborted) onAbort();
  const timeouts = new ExchangeTimeouts(giveUp, exchange, clock);
  try {
    const response = await fetch(server.url + path, {
      method,
      headers: headersFor(server, body),
      body: body === undefined ? undefined : JSON.stringify(body),
      // A followed redirect turns POST into GET and hands credentials to strangers.
      redirect: "manual",
      signal: own.signal,
      client: server.client,
    });
    answer = new Body(response, { timeouts, maxBytes, clock, request });
    if (!response.ok) throw httpError(response, await answer.text(MAX_ERROR_BYTES), request);
    return await read(answer, response);
  } catch (error) {
    if (signal.aborted) throw new ProviderError("aborted", "not needed any more", { cause: error });
    const failure = own.signal.aborted ? own.signal.reason : networkError(error, request);
    throw withSafeCause(withHint(failure, request), request.redact);
  } finally {
    signal.removeEventListener("abort", onAbort);
    timeouts.end();
    answer?.close();
  }
}

function infoOf(server: Peer, { path, phase }: Exchange): RequestInfo {
  const { url, model, authorization, redact, dialect } = server;
  const hasCredentials = authorization !== undefined;
  return { host: url, path, model, phase, redact, dialect, hasCredentials };
}

function withHint(error: ProviderError, request: RequestInfo): ProviderError {
  if (error.hint !== undefined || error.kind === "aborted") return error;
  return error.with({ hint: request.dialect.hints[error.kind](request) });
}

/** The platform's errors quote what they could not read, which may be part of a secret. */
function withSafeCause(error: ProviderError, redact: Redact): ProviderError {
  if (error.cause === undefined) return error;
  const cause = Deno.inspect(error.cause, { strAbbreviateSize: Infinity });
  return redact(cause) === cause ? error : error.with({ cause: undefined });
}

function headersFor({ authorization }: Server, body: unknown): Record<string, string> {
  const headers: Record<string, string> = { accept: "application/json, application/x-ndjson" };
  if (body !== undefined) headers["content-type"] = "application/json";
  if (authorization) headers.authorization = checked(authorization);
  return headers;
}

function checked(authorization: string): string {
  try {
    new Headers({ authorization });
    return authorization;
  } catch {
    // The platform's error contains the secret.
    throw new ProviderError("auth", "the credentials hold characters that no header can carry", {
      hint: "write the key or password anew, without line breaks",
    });
  }
}
