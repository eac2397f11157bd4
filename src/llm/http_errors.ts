/** Classifies HTTP responses that are not a success. */
import {
  type ErrorResponse,
  type Failure,
  type FailureKind,
  ProviderError,
  type RequestInfo,
} from "./errors.ts";
import { cloudflareRefusal } from "../cloudflare.ts";
import { proxyPassword } from "../proxy.ts";
import { behindProxy, PROMPT_TOO_LONG, proxyHint } from "./hints.ts";
import { applyRules, errorText, excerpt } from "./response_text.ts";

const TLS_EXPECTED = /HTTP request (?:was sent )?to (?:an )?HTTPS (?:port|server)/i;

/** `body` is the beginning of the response's body. */
export function httpError(response: Response, body: string, request: RequestInfo): ProviderError {
  const { status, headers, url } = response;
  const answer = { status, headers, url, body, words: errorText(body) };
  const found = fromCloudflare(answer) ?? request.dialect.fromResponse(answer, request) ??
    fromStatus(answer, request);
  const wait = { status, retryAfterMs: retryAfterMs(headers) };
  let failure: Failure = { ...classOf(found, status), ...found, ...wait };
  if (failure.kind === "http" || failure.kind === "busy" || status === 403) {
    // A page of a proxy says nothing about the request.
    failure = applyRules(answer.words ?? (isHtml(body) ? "" : body), failure, request);
  }
  if (status === 403 && failure.hint === undefined) {
    const hint = "ask who runs the server whether your key, and this machine, may use it";
    failure = { ...failure, hint: hint + proxyHint(request.host) };
  }
  return new ProviderError(failure.kind, failure.reason, failure);
}

function fromCloudflare(answer: ErrorResponse): Failure | undefined {
  const refusal = cloudflareRefusal(answer, answer.body);
  // A challenge may have any of several statuses; each blames the same.
  return refusal && { kind: "auth", ...refusal, blames: "model", retry: "never" };
}

/** Cloudflare's statuses begin at 520. */
function classOf({ kind }: Failure, status: number): Pick<Failure, "blames" | "retry"> {
  if (status === 408) return { blames: "network" };
  if (status === 502 || status === 504) return { blames: "network", retry: "now" };
  if (status === 503) return { blames: "server", retry: kind === "busy" ? "later" : "now" };
  if (status > 504) return { blames: "network" };
  return status >= 500 ? { blames: "model" } : {};
}

function failure(kind: FailureKind, reason: string, hint?: string): Failure {
  return { kind, reason, hint };
}

function fromStatus(answer: ErrorResponse, request: RequestInfo): Failure {
  const { status, body, words } = answer;
  const { host, redact, hasCredentials } = request;
  const quoted = excerpt(words ?? "", redact);
  const because = quoted ? `: ${quoted}` : "";
  const http = `HTTP ${status}`;
  switch (status) {
    case 301:
    case 302:
    case 303:
    case 307:
    case 308:
      return redirect(answer, request);
    case 401: {
      const why = hasCredentials ? "the credentials were refused" : "credentials are required";
      return failure("auth", `${http}: ${why}${because}`);
    }
    case 403:
      return failure("auth", `${http}: ${quoted || "forbidden"}`);
    case 404:
      return notFound(words, request);
    case 405:
      return noSuchApi(status);
    case 407:
      return failure(
        "auth",
        `${http}: the proxy requires a password`,
        proxyPassword(new URL(host)),
      );
    case 408:
      return failure("timeout", `${http}: the server behind took too long${because}`);
  }
  if (status === 400 && TLS_EXPECTED.test(body)) {
    return failure("tls", "that port speaks TLS", `use ${host.replace(/^http:/, "https:")}`);
  }
  const fromProxy = words === undefined ? proxyFailure(answer, request) : undefined;
  if (fromProxy) return fromProxy;
  if (status === 429 || status === 503) {
    return failure("busy", `${http}: ${quoted || "too busy"}${waitText(answer, request)}`);
  }
  const kind = status === 413 ? "context_too_long" : "http";
  return failure(kind, `${http}: ${quoted || excerpt(body, redact) || "no text"}`);
}

function isHtml(body: string): boolean {
  return /^\s*</.test(body);
}

function noSuchApi(status: number): Failure {
  return failure("wrong_api", `HTTP ${status}: no such API there`);
}

function notFound(words: string | undefined, request: RequestInfo): Failure {
  // FastAPI and llama.cpp say this of a path.
  if (words === undefined || /^(?:file )?not found$/i.test(words)) return noSuchApi(404);
  if (/model/i.test(words) && !PROMPT_TOO_LONG.test(words)) return modelMissing(request);
  return failure("http", `HTTP 404: ${excerpt(words, request.redact)}`);
}

export function modelMissing({ model, host }: RequestInfo): Failure {
  return failure("model_missing", `model "${model}" is not on ${host}`);
}

function redirect({ status, headers, url }: ErrorResponse, request: RequestInfo): Failure {
  const location = headers.get("location") ?? "";
  const target = location === "" ? null : URL.parse(location, url);
  if (target === null) {
    const hint = `check the address: curl -I ${request.host} shows what answers there`;
    return failure("redirect", `HTTP ${status}: it moved without saying where`, hint);
  }
  // A parsed address may spell a secret in another way, which redaction would not find.
  const shown = (address: string) => {
    const redacted = request.redact(location);
    const safe = redacted === location ? address : redacted.replace(/[?#].*/, "");
    return excerpt(safe, request.redact);
  };
  const moved = newAddress(target, request);
  if (moved !== undefined) {
    return failure("redirect", `it moved to ${shown(moved)}`, "set that address instead");
  }
  return failure(
    "redirect",
    `it redirects to ${shown(addressOf(target))}, which is not the API; perhaps a login page`,
    "configure that proxy to let the bot reach the model server",
  );
}

/** The server's new address as the configuration takes it; undefined for another kind of page. */
function newAddress(url: URL, { host, path }: RequestInfo): string | undefined {
  const address = addressOf(url).replace(/\/$/, "");
  if (address.endsWith(path)) return address.slice(0, -path.length);
  if (url.pathname !== "/" || url.search !== "") return undefined;
  // Some proxies that redirect to https drop the path.
  const { hostname, pathname } = new URL(host);
  return url.origin + (hostname === url.hostname ? pathname.replace(/\/$/, "") : "");
}

function addressOf(url: URL): string {
  return url.host === "" ? url.protocol : `${url.protocol}//${url.host}${url.pathname}`;
}

/** Source: answers of nginx, HAProxy, Traefik, Envoy and Cloudflare. */
function proxyFailure({ status, body }: ErrorResponse, request: RequestInfo): Failure | undefined {
  const html = isHtml(body);
  const text = html ? "" : excerpt(body, request.redact);
  const answered = `HTTP ${status}${html ? " with HTML" : ""}: a proxy answered` +
    (text === "" ? "" : ` ${JSON.stringify(text)}`);
  if ([504, 522, 524].includes(status)) {
    const hint =
      "give it more time, a cold model takes minutes; in nginx: proxy_read_timeout 300s;";
    return failure("http", `${answered}: the server behind it took too long`, hint);
  }
  if ([502, 503].includes(status) || status >= 520 || (html && status >= 500)) {
    return failure("http", `${answered}; is the server up behind it?`, behindProxy(request));
  }
  if (status === 413) {
    const hint = "in nginx: client_max_body_size 8m;";
    return failure("context_too_long", `${answered}: the question is too large`, hint);
  }
  if (!html || status === 429) return undefined;
  return failure("http", answered, `look at the proxy's log${proxyHint(request.host)}`);
}

/** `Retry-After` has seconds or a date. Source: RFC 9110, 10.2.3. */
function retryAfterMs(headers: Headers): number | undefined {
  const after = headers.get("retry-after") ?? "";
  const ms = /^\d+$/.test(after) ? Number(after) * 1000 : Date.parse(after) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}

function waitText({ headers }: ErrorResponse, { redact }: RequestInfo): string {
  const after = headers.get("retry-after") ?? "";
  if (/^\d+$/.test(after)) return `; it asks to wait ${after} s`;
  return Number.isNaN(Date.parse(after)) ? "" : `; it asks to wait until ${excerpt(after, redact)}`;
}
