/**
 * One HTTP exchange with a model's server: every wait has a limit, every body a bound.
 *
 * @module
 */
import { type Clock, systemClock } from "../clock.ts";
import type { Endpoint } from "../config/ollama_host.ts";
import { type Redact, redactor } from "../redact.ts";
import { advised, type Phase, type RequestInfo } from "./hints.ts";
import { Body } from "./body.ts";
import { httpFailure } from "./http_failure.ts";
import { networkFailure } from "./network_failure.ts";
import { ExchangeTimeouts, type Limits } from "./exchange_timeouts.ts";
import { ProviderError } from "./provider.ts";
import { fields } from "./stream.ts";

/** A server and how to talk to it. */
export interface Server extends Endpoint {
  /** Named in the message of a missing model. */
  readonly model: string;
  /** Connections and authorities of its own; default: the platform's. */
  readonly client?: Deno.HttpClient;
  /** Default: the real time. */
  readonly clock?: Clock;
}

/** A server that may repeat the credentials that it was sent. */
export interface Peer extends Server {
  /** Removes them from its words. */
  readonly redact: Redact;
}

/** Makes a server's words fit to be quoted: without the credentials that are sent to it. */
export function peerOf(server: Server): Peer {
  const [scheme, token = ""] = (server.authorization ?? "").split(" ");
  const password = scheme === "Basic" ? utf8(token).replace(/^[^:]*:/, "") : "";
  return { ...server, redact: redactor([token, password]) };
}

function utf8(base64: string): string {
  return new TextDecoder().decode(Uint8Array.from(atob(base64), (char) => char.charCodeAt(0)));
}

/** What to send, and the limits of the whole. */
export interface Exchange extends Limits {
  /** Appended to the server's address, e.g. `/api/chat`. */
  readonly path: string;
  /** What for: decides what an operator is told to do next. */
  readonly step: Phase;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Default: POST with a body, GET without. */
  readonly method?: "HEAD";
  /** The caller's interest: an abort ends the exchange and what the server does for it. */
  readonly signal: AbortSignal;
  /** Of the answer; default 4 MiB. */
  readonly maxBytes?: number;
}

const MAX_BYTES = 4 * 1024 * 1024;
/** ShouldStop of a failed answer to tell what it is. */
const MAX_ERROR_BYTES = 16 * 1024;

/**
 * Sends a request and has its answer read. When `read` returns, whatever the server still sends is
 * cancelled, unless the body was said to be {@linkcode Body.complete}.
 *
 * @param server Where to.
 * @param exchange What, and within which limits.
 * @param read Takes the body of a success.
 * @returns What `read` made of it.
 * @throws {ProviderError} For every failure.
 */
export async function exchange<T>(
  server: Peer,
  exchange: Exchange,
  read: (body: Body, response: Response) => Promise<T>,
): Promise<T> {
  const { path, body, signal, maxBytes = MAX_BYTES } = exchange;
  const { method = body === undefined ? "GET" : "POST" } = exchange;
  const { clock = systemClock, redact } = server;
  const own = new AbortController();
  let answer: Body | undefined;
  const giveUp = (reason: unknown) => {
    own.abort(reason);
    // Once the headers are there, a collection of garbage may cut the body off from the signal.
    answer?.fail(reason);
  };
  const leave = () => giveUp(signal.reason);
  // A signal made of several would be one more for each exchange, on a signal that outlives them all.
  signal.addEventListener("abort", leave);
  if (signal.aborted) leave();
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
    answer = new Body(response, { timeouts, maxBytes, clock, redact });
    if (!response.ok) {
      throw httpFailure(response, await answer.text(MAX_ERROR_BYTES), asked(server, exchange));
    }
    return await read(answer, response);
  } catch (error) {
    if (signal.aborted) throw new ProviderError("aborted", "not needed any more", { cause: error });
    const failure = own.signal.aborted ? own.signal.reason : networkFailure(error, server);
    throw withSafeCause(advised(failure, asked(server, exchange)), redact);
  } finally {
    signal.removeEventListener("abort", leave);
    timeouts.end();
    answer?.close();
  }
}

/**
 * A way to read an answer.
 *
 * @param body What was answered.
 * @returns The fields of its JSON.
 * @throws {ProviderError} As {@linkcode fields}.
 */
export async function fieldsOf(body: Body): Promise<Readonly<Record<string, unknown>>> {
  return fields(await body.text(), body.redact);
}

function asked({ url, model, authorization, redact }: Peer, { path, step }: Exchange): RequestInfo {
  return { host: url, path, model, step, redact, hasCredentials: authorization !== undefined };
}

/** The platform's own errors quote what they could not read, also in the middle of a secret. */
function withSafeCause(error: ProviderError, redact: Redact): ProviderError {
  if (error.cause === undefined) return error;
  const cause = Deno.inspect(error.cause, { strAbbreviateSize: Infinity });
  return redact(cause) === cause ? error : error.with({ cause: undefined });
}

function headersFor(server: Server, body: unknown): Record<string, string> {
  const headers: Record<string, string> = { accept: "application/json, application/x-ndjson" };
  if (body !== undefined) headers["content-type"] = "application/json";
  const { authorization } = server;
  if (authorization) headers.authorization = checked(authorization);
  return headers;
}

function checked(authorization: string): string {
  try {
    new Headers({ authorization });
    return authorization;
  } catch {
    // What was caught holds the secret.
    throw new ProviderError("auth", "the credentials hold characters that no header can carry", {
      next: "write the key or password anew, without line breaks",
    });
  }
}
