/**
 * From an HTTP answer that is not a success to a {@linkcode ProviderError} an operator can act on.
 *
 * @module
 */
import { type Asked, isOllama, pullAdvice } from "./advice.ts";
import { type FailureKind, ProviderError } from "./provider.ts";

/** How much of a server's words is worth repeating. */
const EXCERPT = 200;

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
export function httpFailure(response: Response, body: string, asked: Asked): ProviderError {
  const { status } = response;
  const { kind, found, next } = told(response, body, asked);
  return new ProviderError(kind, found, { next, status, retryAfterMs: pauseMs(response) });
}

function told(response: Response, body: string, asked: Asked): Told {
  const { status } = response;
  const said = errorText(body);
  if ([301, 302, 303, 307, 308].includes(status)) return redirected(response, asked);
  if (status === 400 && TLS_EXPECTED.test(body)) {
    const next = `use ${asked.host.replace(/^http:/, "https:")}`;
    return { kind: "tls", found: "that port speaks TLS", next };
  }
  if (status === 401) {
    const found = `HTTP 401: credentials are missing or wrong ${said ?? ""}`.trim();
    return { kind: "auth", found };
  }
  if (status === 407) {
    return { kind: "auth", found: "HTTP 407: the proxy on the way wants a password" };
  }
  if (status === 403) return forbidden(body, asked);
  if (status === 404 && said !== undefined) return missing(said, asked);
  if (status === 404 || status === 405) {
    return { kind: "not_ollama", found: `HTTP ${status}: no such API there` };
  }
  const fromProxy = said === undefined ? ofProxy(status, body, asked) : undefined;
  if (fromProxy) return { kind: "http", ...fromProxy };
  if (status === 429 || status === 503) {
    return { kind: "busy", found: `HTTP ${status}: ${said ?? "too busy"}${pause(response)}` };
  }
  return { kind: "http", found: `HTTP ${status}: ${said ?? (excerpt(body) || "no text")}` };
}

function redirected(response: Response, { path, host }: Asked): Told {
  const kind = "redirect";
  const address = newAddress(response);
  if (address === undefined) {
    const found = `HTTP ${response.status}: it moved without saying where`;
    return { kind, found, next: `check the address: curl -I ${host} shows what answers there` };
  }
  if (address.endsWith(path)) {
    const moved = excerpt(address.slice(0, -path.length));
    return { kind, found: `it moved to ${moved}`, next: "set that address instead" };
  }
  return {
    kind,
    found: `it redirects to ${excerpt(address)}, which is another page: one to log in?`,
    next: "have whatever answers there let the bot through to the model's server",
  };
}

/** Source of the empty body: Ollama's own check of `Host`. */
function forbidden(body: string, asked: Asked): Told {
  if (body === "" && isOllama(asked)) {
    const next =
      "the proxy must set Host to localhost:11434, in nginx: proxy_set_header Host localhost:11434;";
    return { kind: "auth", found: "HTTP 403 with an empty body", next };
  }
  return {
    kind: "auth",
    found: `HTTP 403: ${errorText(body) ?? "forbidden"}`,
    next: "ask who runs the server whether your key, and this machine, may use it",
  };
}

function missing(said: string, asked: Asked): Told {
  if (!/model/i.test(said)) return { kind: "http", found: `HTTP 404: ${said}` };
  const { model, host } = asked;
  return {
    kind: "model_missing",
    found: `model "${model}" is not on ${host}`,
    next: isOllama(asked) ? pullAdvice(model) : "set llm.model to one that it has",
  };
}

/** Statuses of proxies. Source: nginx, HAProxy; Cloudflare's own from 520 on. */
function ofProxy(status: number, body: string, asked: Asked): Omit<Told, "kind"> | undefined {
  const html = /^\s*</.test(body);
  const answered = `HTTP ${status}${html ? " with HTML" : ""}: a proxy answered`;
  if ([504, 522, 524].includes(status)) {
    return {
      found: `${answered}: the server behind it took too long`,
      next: "give it more time, a cold model takes minutes; in nginx: proxy_read_timeout 300s;",
    };
  }
  if (status === 502 || (status > 520 && status < 528) || (html && status >= 500)) {
    const start = isOllama(asked) ? "systemctl status ollama" : "start the model's server";
    return {
      found: `${answered}; is the server up behind it?`,
      next: `behind the proxy: ${start}`,
    };
  }
  if (status === 413) {
    return {
      found: `${answered}: the question is too large`,
      next: "in nginx: client_max_body_size 8m;",
    };
  }
  if (html && status !== 429) return { found: answered, next: "look at the proxy's log" };
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

function pause(response: Response): string {
  const after = response.headers.get("retry-after") ?? "";
  if (/^\d+$/.test(after)) return `; it asks to wait ${after} s`;
  return Number.isNaN(Date.parse(after)) ? "" : `; it asks to wait until ${after}`;
}

/**
 * The message in `{"error": "…"}` or `{"error": {"message": "…"}}`, also where it is JSON in JSON.
 *
 * @param body A body or a line of one.
 * @returns The message, or undefined when the text is of another form.
 */
export function errorText(body: string): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return undefined;
  }
  const { error, message: own } = Object(value) as { error?: unknown; message?: unknown };
  if (typeof error === "string") return errorText(error) ?? excerpt(error);
  const { message = own } = Object(error) as { message?: unknown };
  return typeof message === "string" ? excerpt(message) : undefined;
}

/** One line: a server's words shall not look like another line of the log. */
function excerpt(text: string): string {
  return text.slice(0, EXCERPT).replace(/\p{Cc}+/gu, " ").trim();
}

/** Where a redirect leads, without credentials and query. */
function newAddress(response: Response): string | undefined {
  const location = response.headers.get("location");
  const url = location === null ? null : URL.parse(location, response.url);
  if (url === null) return undefined;
  return url.host === "" ? url.protocol : `${url.protocol}//${url.host}${url.pathname}`;
}
