/**
 * From what went wrong on the wire to a {@linkcode ProviderError} an operator can act on.
 *
 * @module
 */
import { errorMessage } from "../errors.ts";
import { ProviderError } from "./provider.ts";

/** Texts of failed connections. Source: observed with Deno 2.4 and 2.9. */
const NETWORK: readonly (readonly [RegExp, "refused" | "dns" | "timeout" | "tls" | "reset"])[] = [
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
  const kind = NETWORK.find(([pattern]) => pattern.test(found))?.[1];
  if (kind === undefined) return new ProviderError("protocol", found, { cause: error });
  return new ProviderError(kind, explain(kind, found, new URL(host)), { cause: error });
}

function explain(kind: string, found: string, url: URL): string {
  const local = url.hostname === "localhost";
  switch (kind) {
    case "refused":
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
  if (/InvalidContentType/.test(found)) return "that port does not speak TLS; use http://";
  return found;
}

/** How much of a server's words is worth repeating. */
const EXCERPT = 200;

/**
 * Names an HTTP answer that is not a success.
 *
 * @param response The answer, its body not read.
 * @param body The begin of its body.
 * @param model The model that was asked for.
 * @returns The failure.
 */
export function httpFailure(response: Response, body: string, model: string): ProviderError {
  const { status } = response;
  const said = errorText(body);
  const html = /^\s*</.test(body);
  const seconds = Number(response.headers.get("retry-after") ?? NaN);
  const retryAfterMs = seconds >= 0 ? seconds * 1000 : undefined;
  const fail = (kind: ProviderError["kind"], message: string) =>
    new ProviderError(kind, message, { status, retryAfterMs });
  if (status >= 300 && status < 400) {
    const location = response.headers.get("location") ?? "nowhere";
    return fail(
      "redirect",
      `it moved to ${withoutCredentials(location)}: set that address instead`,
    );
  }
  if (status === 401) {
    return fail("auth", `HTTP 401: credentials are missing or wrong ${said ?? ""}`.trim());
  }
  if (status === 403 && body === "") {
    return fail("auth", "HTTP 403 with an empty body: the proxy must set Host to localhost:11434");
  }
  if (status === 403) return fail("auth", `HTTP 403: ${said ?? "forbidden"}`);
  if (status === 404 && said !== undefined) {
    return /model/i.test(said)
      ? fail("model_missing", `HTTP 404: model "${model}" is not there; run: ollama pull ${model}`)
      : fail("http", `HTTP 404: ${said}`);
  }
  if (status === 404 || status === 405) {
    return fail("not_ollama", `HTTP ${status}: no such API there; check the address and its path`);
  }
  if (html) {
    return fail("http", `HTTP ${status} with HTML: a proxy answered; is the server up behind it?`);
  }
  if (status === 429 || status === 503) {
    return fail("busy", `HTTP ${status}: ${said ?? "too busy"}`);
  }
  return fail("http", `HTTP ${status}: ${said ?? (body.slice(0, EXCERPT).trim() || "no text")}`);
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
  const { error } = Object(value) as { error?: unknown };
  if (typeof error === "string") return (errorText(error) ?? error).slice(0, EXCERPT);
  const { message } = Object(error) as { message?: unknown };
  return typeof message === "string" ? message.slice(0, EXCERPT) : undefined;
}

function withoutCredentials(location: string): string {
  return location.replace(/\/\/[^/@]*@/, "//").slice(0, EXCERPT);
}
