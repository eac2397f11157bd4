/**
 * From what went wrong on the wire to a {@linkcode ProviderError} an operator can act on.
 *
 * @module
 */
import { errorMessage } from "../errors.ts";
import { ProviderError } from "./provider.ts";
import { proxyFor } from "./proxy.ts";

/** Texts of failed connections. Source: observed with Deno 2.4 and 2.9. */
const NETWORK: readonly (readonly [RegExp, ProviderError["kind"]])[] = [
  [/proxy authentication/i, "auth"],
  [/unsuccessful tunnel|are blocked/i, "refused"],
  [/message head is too large/i, "too_large"],
  [/invalid HTTP|invalid content-length|gzip|deflate|brotli/i, "protocol"],
  [/close_notify/i, "reset"],
  [/Connection refused|os error (?:111|61|10061)\b/i, "refused"],
  [/No route to host|unreachable|os error (?:113|101)\b/i, "refused"],
  [/dns error|failed to lookup/i, "dns"],
  [/timed out|os error (?:110|60|10060)\b/i, "timeout"],
  [/certificate|UnknownIssuer|CaUsedAsEndEntity|InvalidContentType|tls|handshake/i, "tls"],
  [/reset|closed|broken pipe|reading a body|end of file|incomplete/i, "reset"],
];

/**
 * Names a failure of the platform's `fetch` or of reading a body.
 *
 * @param error What was thrown.
 * @param host The server's address without credentials.
 * @returns The same failure with a kind.
 */
export function networkFailure(error: unknown, host: string): ProviderError {
  if (error instanceof ProviderError) return error;
  // Older Deno puts the text in the message, newer in the cause.
  const { cause } = Object(error) as { cause?: unknown };
  const found = [error, cause].filter(Boolean).map(errorMessage).join(": ");
  // An address may hold any word, and the client's port is another one each time.
  const text = found.replace(
    /(?: from \S+)?(?: for)?(?: url)? \(?https?:\/\/\S+(?: \([^)]*\))?/g,
    "",
  );
  const kind = NETWORK.find(([pattern]) => pattern.test(text))?.[1];
  if (kind === undefined) return new ProviderError("protocol", text, { cause: error });
  return new ProviderError(kind, explain(kind, text, new URL(host)), { cause: error });
}

function explain(kind: string, found: string, url: URL): string {
  const local = url.hostname === "localhost";
  const proxy = proxyFor(url);
  if (proxy && ["refused", "dns", "timeout"].includes(kind) && !/blocked/.test(found)) {
    return `cannot get through the proxy ${proxy.url} of ${proxy.variable}: is it up? ` +
      `NO_PROXY=${url.hostname} goes around it`;
  }
  switch (kind) {
    case "auth":
      return "the proxy on the way wants a password: give it in HTTPS_PROXY, as http://name:password@…";
    case "too_large":
      return "the answer's headers are too large: is that a model's server?";
    case "protocol":
      return /invalid/i.test(found) && !/gzip|deflate|brotli/i.test(found)
        ? "what answers there does not speak HTTP; if it speaks TLS, use https://"
        : `the answer is compressed in a wrong way: ${found}`;
    case "refused":
      if (/blocked/.test(found)) return `port ${url.port} is blocked by fetch: use another port`;
      if (/tunnel/.test(found)) return "the proxy on the way does not connect to the server";
      if (url.hostname === "[::1]") {
        return "connection refused (Ollama listens on 127.0.0.1 unless told otherwise: use that address)";
      }
      if (/route|unreachable/i.test(found)) return "no route to the host: check the address";
      return local
        ? "connection refused (is Ollama running on this machine? if it is on another, set its address)"
        : "connection refused (is it running there, and listening on 0.0.0.0 rather than on localhost?)";
    case "dns":
      return `DNS resolution failed: the name "${url.hostname}" is not known; use its IP address`;
    case "timeout":
      return "connection timed out: check the address and the firewall";
    case "tls":
      return `TLS: ${tlsCause(found)}`;
    default:
      return "the connection was closed before the answer was complete";
  }
}

function tlsCause(found: string): string {
  if (/UnknownIssuer/.test(found)) {
    return "the certificate's authority is not known here; give its PEM file as llm.ca_file";
  }
  if (/CaUsedAsEndEntity/.test(found)) {
    return "the server shows an authority's certificate as its own";
  }
  if (/NotValidForName|not valid for name/i.test(found)) {
    return "the certificate is for another name";
  }
  if (/expired/i.test(found)) return "the certificate has expired";
  if (/handshake eof/i.test(found)) return "the connection was closed during the handshake";
  if (/InvalidContentType/.test(found)) return "that port does not speak TLS; use http://";
  return found;
}

/** What was asked, and for which model. */
export interface Asked {
  /** Below the server's address, e.g. `/api/chat`. */
  readonly path: string;
  /** As the server knows it. */
  readonly model: string;
}

/** How much of a server's words is worth repeating. */
const EXCERPT = 200;

/**
 * Names an HTTP answer that is not a success.
 *
 * @param response The answer, its body not read.
 * @param body The begin of its body.
 * @param asked The API's path below the server's address, and the model that was asked for.
 * @returns The failure.
 */
export function httpFailure(response: Response, body: string, asked: Asked): ProviderError {
  const { status } = response;
  const said = errorText(body);
  const html = /^\s*</.test(body);
  const retryAfterMs = pauseMs(response);
  const fail = (kind: ProviderError["kind"], message: string) =>
    new ProviderError(kind, message, { status, retryAfterMs });
  if ([301, 302, 303, 307, 308].includes(status)) {
    const address = newAddress(response, asked.path);
    return address === undefined
      ? fail("redirect", `HTTP ${status}: it moved without saying where; check the address`)
      : fail("redirect", `it moved to ${address}: set that address instead`);
  }
  if (status === 400 && TLS_EXPECTED.test(body)) {
    return fail("tls", "that port speaks TLS; use https://");
  }
  if (status === 401) {
    return fail("auth", `HTTP 401: credentials are missing or wrong ${said ?? ""}`.trim());
  }
  if (status === 407) return fail("auth", "HTTP 407: the proxy on the way wants a password");
  if (status === 403 && body === "") {
    return fail("auth", "HTTP 403 with an empty body: the proxy must set Host to localhost:11434");
  }
  if (status === 403) return fail("auth", `HTTP 403: ${said ?? "forbidden"}`);
  if (status === 404 && said !== undefined) {
    return /model/i.test(said)
      ? fail(
        "model_missing",
        `model "${asked.model}" is not on ${hostOf(response, asked)}; ${remedy(asked)}`,
      )
      : fail("http", `HTTP 404: ${said}`);
  }
  if (status === 404 || status === 405) {
    return fail("not_ollama", `HTTP ${status}: no such API there; check the address and its path`);
  }
  if (html && status !== 429) {
    return fail("http", `HTTP ${status} with HTML: a proxy answered; is the server up behind it?`);
  }
  if (status === 429 || status === 503) {
    return fail("busy", `HTTP ${status}: ${said ?? "too busy"}${pause(response)}`);
  }
  const advice = /not support thinking/.test(said ?? "") ? "; set llm.think to false" : "";
  return fail("http", `HTTP ${status}: ${said ?? (excerpt(body) || "no text")}${advice}`);
}

/** What nginx and Go's servers say. */
const TLS_EXPECTED = /HTTP request (?:was sent )?to (?:an )?HTTPS (?:port|server)/i;

function remedy({ path, model }: Asked): string {
  return path.startsWith("/api/") ? pullAdvice(model) : "set llm.model to one that is";
}

/**
 * How a model comes to an Ollama server.
 *
 * @param model Its name.
 * @returns What to run, here or there.
 */
export function pullAdvice(model: string): string {
  return `run: rosey pull ${model} (or on the server: ollama pull ${model})`;
}

/** The server's address without credentials: that of the answer below the API's path. */
function hostOf({ url }: Response, { path }: Asked): string {
  return url.endsWith(path) ? url.slice(0, -path.length) : url;
}

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

/** Where a redirect leads, as it belongs into the configuration: no credentials, query or API path. */
function newAddress(response: Response, path: string): string | undefined {
  const location = response.headers.get("location");
  const url = location === null ? null : URL.parse(location, response.url);
  if (url === null) return undefined;
  const address = url.host === "" ? url.protocol : `${url.protocol}//${url.host}${url.pathname}`;
  return excerpt(address.endsWith(path) ? address.slice(0, -path.length) : address);
}

/**
 * A failure without the credentials that were sent, should the server have repeated them.
 *
 * @param error The failure.
 * @param authorization The header that was sent.
 * @returns The same, or a copy without its cause.
 */
export function withoutSecrets(error: ProviderError, authorization = ""): ProviderError {
  const [scheme, token = ""] = authorization.split(" ");
  const password = scheme === "Basic" ? utf8(token).replace(/^[^:]*:/, "") : "";
  // Shorter ones are in every other word.
  const secrets = [token, password].filter((secret) => secret.length > 3);
  const texts = `${error.stack} ${Deno.inspect(error.cause, { strAbbreviateSize: Infinity })}`;
  if (!secrets.some((secret) => texts.includes(secret))) return error;
  const message = secrets.reduce((text, secret) => text.replaceAll(secret, "…"), error.message);
  const { status, retryAfterMs } = error;
  return new ProviderError(error.kind, message, { status, retryAfterMs });
}

function utf8(base64: string): string {
  return new TextDecoder().decode(Uint8Array.from(atob(base64), (char) => char.charCodeAt(0)));
}
