/**
 * From an HTTP answer that is not a success to a {@linkcode ProviderError} an operator can act on.
 *
 * @module
 */
import { behindProxy, isOllama, proxyPassword, type RequestInfo } from "./hints.ts";
import { type FailureKind, ProviderError } from "./provider.ts";
import { hostName, proxyFor } from "./proxy.ts";
import { errorText, excerpt } from "./server_error_text.ts";

interface Told {
  readonly kind: FailureKind;
  readonly found: string;
  readonly next?: string;
}

/**
 * Names an HTTP answer that is not a success.
 *
 * @param response The answer, its body not read.
 * @param body The begin of its body.
 * @param asked What was asked.
 * @returns The failure, with the next step where the answer alone tells it.
 */
export function httpFailure(response: Response, body: string, asked: RequestInfo): ProviderError {
  const { status } = response;
  const { kind, found, next } = told(response, body, asked);
  const { found: raw } = told(response, body, { ...asked, redact: (text) => text });
  return new ProviderError(kind, found, { next, raw, status, retryAfterMs: pauseMs(response) });
}

function told(response: Response, body: string, asked: RequestInfo): Told {
  const { status } = response;
  const said = errorText(body);
  const quoted = said === undefined ? undefined : excerpt(said, asked.redact);
  if ([301, 302, 303, 307, 308].includes(status)) return redirected(response, asked);
  if (status === 400 && TLS_EXPECTED.test(body)) {
    const next = `use ${asked.host.replace(/^http:/, "https:")}`;
    return { kind: "tls", found: "that port speaks TLS", next };
  }
  if (status === 401) return unauthorized(said, body, asked);
  if (status === 408) {
    return {
      kind: "timeout",
      found: `HTTP 408: the server behind took too long${quoted ? `: ${quoted}` : ""}`,
    };
  }
  if (status === 400 && said !== undefined && !isOllama(asked)) {
    const known = ofGateway(said, asked);
    if (known) return known;
  }
  if (status === 407) {
    const found = "HTTP 407: the proxy on the way wants a password";
    return { kind: "auth", found, next: proxyPassword(asked.host) };
  }
  if (status === 403) return forbidden(body, asked);
  if (status === 404 && said !== undefined) return missing(said, asked);
  if (status === 404 || status === 405) {
    return { kind: "not_ollama", found: `HTTP ${status}: no such API there` };
  }
  const fromProxy = said === undefined ? ofProxy(status, body, asked) : undefined;
  if (fromProxy) return { kind: "http", ...fromProxy };
  if (status === 429 || status === 503) {
    return {
      kind: "busy",
      found: `HTTP ${status}: ${quoted ?? "too busy"}${pause(response, asked)}`,
    };
  }
  return {
    kind: "http",
    found: `HTTP ${status}: ${quoted ?? (excerpt(body, asked.redact) || "no text")}`,
  };
}

function redirected(response: Response, asked: RequestInfo): Told {
  const kind = "redirect";
  const location = response.headers.get("location") ?? "";
  const url = location === "" ? null : URL.parse(location, response.url);
  if (url === null) {
    const found = `HTTP ${response.status}: it moved without saying where`;
    const next = `check the address: curl -I ${asked.host} shows what answers there`;
    return { kind, found, next };
  }
  const moved = newAddress(url, asked);
  // An address that repeats a secret is shown as it came: a parsed one may spell the secret differently.
  const shown = (address: string) => {
    const redacted = asked.redact(location);
    return excerpt(redacted === location ? address : redacted.replace(/[?#].*/, ""), asked.redact);
  };
  return moved === undefined
    ? {
      kind,
      found: `it redirects to ${shown(addressOf(url))}, which is another page: one to log in?`,
      next: "have whatever answers there let the bot through to the model's server",
    }
    : { kind, found: `it moved to ${shown(moved)}`, next: "set that address instead" };
}

/** Where the server is now, as it belongs into the configuration; undefined for a page of another kind. */
function newAddress(url: URL, { host, path }: RequestInfo): string | undefined {
  const address = addressOf(url).replace(/\/$/, "");
  if (address.endsWith(path)) return address.slice(0, -path.length);
  if (url.pathname !== "/" || url.search !== "") return undefined;
  const before = new URL(host);
  // A proxy that wants https and forgets the path.
  return before.hostname === url.hostname
    ? url.origin + before.pathname.replace(/\/$/, "")
    : url.origin;
}

/** Without credentials and query. */
function addressOf(url: URL): string {
  return url.host === "" ? url.protocol : `${url.protocol}//${url.host}${url.pathname}`;
}

/** Source of `signin_url`: Ollama's own answer for a model of its cloud. */
function unauthorized(said: string | undefined, body: string, asked: RequestInfo): Told {
  const kind = "auth";
  if (isOllama(asked) && /"signin_url"/.test(body)) {
    const next = "on the server: ollama signin";
    return {
      kind,
      found: "HTTP 401: the model runs in Ollama's cloud, and the server is not signed in",
      next,
    };
  }
  const why = asked.hasCredentials ? "the credentials were refused" : "it wants credentials";
  return { kind, found: `HTTP 401: ${why}${said ? `: ${excerpt(said, asked.redact)}` : ""}` };
}

/** Source of the empty body: Ollama's own check of `Host`. */
function forbidden(body: string, asked: RequestInfo): Told {
  if (body === "" && isOllama(asked)) {
    const next =
      "the proxy must set Host to localhost:11434, in nginx: proxy_set_header Host localhost:11434;";
    return { kind: "auth", found: "HTTP 403 with an empty body", next };
  }
  const said = errorText(body);
  return {
    kind: "auth",
    found: `HTTP 403: ${said === undefined ? "forbidden" : excerpt(said, asked.redact)}`,
    next: `ask who runs the server whether your key, and this machine, may use it${around(asked)}`,
  };
}

/** LiteLLM has a 400 for all that it does not know. */
function ofGateway(said: string, asked: RequestInfo): Told | undefined {
  if (/^No connected db/.test(said)) {
    const next = "correct OPENAI_API_KEY: without a database LiteLLM knows its master key alone";
    return { kind: "auth", found: `HTTP 400: ${excerpt(said, asked.redact)}`, next };
  }
  if (/invalid model name passed|not a valid model/i.test(said)) {
    return missing(`model: ${said}`, asked);
  }
}

function missing(said: string, asked: RequestInfo): Told {
  // FastAPI's and llama.cpp's words for a path that they do not have.
  if (/^(?:file )?not found$/i.test(said)) {
    return { kind: "not_ollama", found: "HTTP 404: no such API there" };
  }
  if (!/model/i.test(said)) {
    return { kind: "http", found: `HTTP 404: ${excerpt(said, asked.redact)}` };
  }
  return { kind: "model_missing", found: `model "${asked.model}" is not on ${asked.host}` };
}

/** Statuses of proxies. Source: nginx, HAProxy, Traefik, Envoy; Cloudflare's own from 520 on. */
function ofProxy(status: number, body: string, asked: RequestInfo): Omit<Told, "kind"> | undefined {
  const html = /^\s*</.test(body);
  const text = html ? "" : excerpt(body, asked.redact);
  const answered = `HTTP ${status}${html ? " with HTML" : ""}: a proxy answered` +
    (text === "" ? "" : ` ${JSON.stringify(text)}`);
  if ([504, 522, 524].includes(status)) {
    return {
      found: `${answered}: the server behind it took too long`,
      next: "give it more time, a cold model takes minutes; in nginx: proxy_read_timeout 300s;",
    };
  }
  if (
    status === 502 || status === 503 || (status >= 520 && status <= 530) || (html && status >= 500)
  ) {
    return { found: `${answered}; is the server up behind it?`, next: behindProxy(asked) };
  }
  if (status === 413) {
    return {
      found: `${answered}: the question is too large`,
      next: "in nginx: client_max_body_size 8m;",
    };
  }
  if (html && status !== 429) {
    return { found: answered, next: `look at the proxy's log${around(asked)}` };
  }
}

/** What nginx and Go's servers say. */
const TLS_EXPECTED = /HTTP request (?:was sent )?to (?:an )?HTTPS (?:port|server)/i;

/** Seconds, or a date. Source: RFC 9110, 10.2.3. */
function pauseMs(response: Response): number | undefined {
  const after = response.headers.get("retry-after");
  if (after === null) return undefined;
  const ms = /^\d+$/.test(after) ? Number(after) * 1000 : Date.parse(after) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}

function pause(response: Response, { redact }: RequestInfo): string {
  const after = response.headers.get("retry-after") ?? "";
  if (/^\d+$/.test(after)) return `; it asks to wait ${after} s`;
  return Number.isNaN(Date.parse(after)) ? "" : `; it asks to wait until ${excerpt(after, redact)}`;
}

/** What answers may be a proxy on this side. */
function around({ host }: RequestInfo): string {
  const url = new URL(host);
  const proxy = proxyFor(url);
  if (proxy === undefined) return "";
  return `; or go around the proxy ${proxy.url} of ${proxy.variable}: NO_PROXY=${hostName(url)}`;
}
