/** One HTTP exchange with a model server. Every wait has a limit, every body a maximum size. */
import { type Clock, systemClock } from "../clock.ts";
import type { Endpoint } from "../config/ollama_host.ts";
import { headerSecrets, type Redact, redactor } from "../redact.ts";
import { USER_AGENT } from "../version.ts";
import { Body } from "./body.ts";
import { type ErrorDialect, type Phase, ProviderError, type RequestInfo } from "./errors.ts";
import { type Limits, startTimeouts } from "./exchange_timeouts.ts";
import { type Configured, hintFor } from "./hints.ts";
import { httpError } from "./http_errors.ts";
import { networkError } from "./network_errors.ts";

type HttpHeaders = Readonly<Record<string, string>>;

export interface Server extends Endpoint, Configured {
  readonly model: string;
  /** Headers with the API key, which are redacted; they replace {@linkcode Endpoint.authorization}. */
  readonly credentials?: HttpHeaders;
  /** Other headers of every request, such as an API's version. */
  readonly headers?: HttpHeaders;
  readonly clock?: Clock;
}

/** A server with all that is needed to ask it and to explain its failures. */
export interface Peer extends Server {
  readonly credentials: HttpHeaders;
  /** Removes the credentials, which the server may repeat. */
  readonly redact: Redact;
  readonly dialect: ErrorDialect;
  readonly client?: Deno.HttpClient;
  readonly clock: Clock;
}

export function peerOf(server: Server, dialect: ErrorDialect): Peer {
  const { authorization, clock = systemClock, ...rest } = server;
  const { credentials = authorization ? { authorization } : {} } = server;
  const redact = redactor(Object.values(credentials).flatMap(headerSecrets));
  return { ...rest, credentials, redact, dialect, clock };
}

export interface Exchange extends Limits {
  /** Appended to the server's address, e.g. `/api/chat`. */
  readonly path: string;
  readonly phase: Phase;
  readonly body?: unknown;
  /** Default: POST with a body, GET without. */
  readonly method?: "HEAD";
  readonly signal: AbortSignal;
  /** Maximum size of the response; default 4 MiB. */
  readonly maxBytes?: number;
}

export type Read<T> = (body: Body, response: Response) => Promise<T>;

const MAX_BYTES = 4 * 1024 * 1024;
const MAX_ERROR_BYTES = 16 * 1024;

/**
 * Sends a request. When `read` returns, the rest of the response is cancelled, unless the body is
 * {@linkcode Body.complete}.
 *
 * @throws {ProviderError} For every failure.
 */
export async function exchange<T>(server: Peer, exchange: Exchange, read: Read<T>): Promise<T> {
  const { path, phase, body, signal, maxBytes = MAX_BYTES } = exchange;
  const { url: host, model, redact, dialect, credentials, clock, client } = server;
  const hasCredentials = Object.keys(credentials).length > 0;
  const fields = Object.keys(Object(body));
  const request = { host, path, model, phase, fields, redact, dialect, hasCredentials };
  const own = new AbortController();
  let answer: Body | undefined;
  const abort = (reason: unknown) => {
    own.abort(reason);
    // After the headers, a garbage collection may cut the body off from the signal.
    answer?.fail(reason);
  };
  const onAbort = () => abort(signal.reason);
  // AbortSignal.any would leak memory on a signal that outlives many exchanges.
  signal.addEventListener("abort", onAbort);
  if (signal.aborted) onAbort();
  const timeouts = startTimeouts(exchange, abort, clock);
  try {
    const response = await fetch(host + path, {
      method: exchange.method ?? (body === undefined ? "GET" : "POST"),
      headers: headersFor(server, body !== undefined),
      body: body === undefined ? undefined : JSON.stringify(body),
      // A followed redirect turns POST into GET and hands credentials to strangers.
      redirect: "manual",
      signal: own.signal,
      client,
    });
    answer = new Body(response, { timeouts, maxBytes, clock, request });
    if (!response.ok) throw httpError(response, await answer.text(MAX_ERROR_BYTES), request);
    return await read(answer, response);
  } catch (error) {
    if (signal.aborted) throw new ProviderError("aborted", "not needed any more", { cause: error });
    const failure = own.signal.aborted ? own.signal.reason : networkError(error, request);
    throw explained(failure, request, server);
  } finally {
    signal.removeEventListener("abort", onAbort);
    timeouts.end();
    answer?.close();
  }
}

/** Adds the kind's usual hint. Drops the platform's error if it quotes a part of a secret. */
function explained(error: ProviderError, request: RequestInfo, server: Peer): ProviderError {
  const { kind, reason } = error;
  const usual = kind === "aborted" ? undefined : request.dialect.hints[kind](request);
  const common = error.hint ?? usual;
  const hint = common && hintFor(common, server);
  const text = Deno.inspect(error.cause, { strAbbreviateSize: Infinity });
  const cause = request.redact(text) === text ? error.cause : undefined;
  if (hint === error.hint && cause === error.cause) return error;
  return new ProviderError(kind, reason, { ...error, hint, cause });
}

function headersFor({ headers, credentials }: Peer, hasBody: boolean): HttpHeaders {
  try {
    new Headers(credentials);
  } catch {
    // The platform's error contains the secret.
    throw new ProviderError("auth", "the credentials hold characters that no header can carry", {
      hint: "enter the key or password again, without line breaks",
    });
  }
  return {
    accept: "application/json, application/x-ndjson",
    ...(hasBody && { "content-type": "application/json" }),
    "user-agent": USER_AGENT,
    ...headers,
    ...credentials,
  };
}
