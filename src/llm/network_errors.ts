/** Classifies errors of `fetch` and of reading a body. */
import { errorMessage } from "../errors.ts";
import { type FailureKind, ProviderError, type RequestInfo } from "./errors.ts";
import { proxyPassword } from "./hints.ts";
import { hostName, proxyFor } from "./proxy.ts";

/** The reason, and a hint if the kind's usual one does not fit. */
type Explanation = readonly [reason: string, hint?: string];
type Cause = readonly [says: RegExp, FailureKind, (url: URL, quoted: string) => Explanation];

const BLOCKED = /are blocked/i;

/** Texts of failures, the first match counts. Source: observed with Deno 2.4 and 2.9. */
const CAUSES: readonly Cause[] = [
  [/proxy authentication/i, "auth", (url) => [
    "the proxy requires a password",
    proxyPassword(url.href),
  ]],
  [/unsuccessful tunnel/i, "refused", (url) => [
    "the proxy does not connect to the server",
    `have the proxy let ${url.origin} through, or set NO_PROXY=${hostName(url)} to go around it`,
  ]],
  [BLOCKED, "refused", ({ port }) => [
    `port ${port} is blocked by fetch`,
    "have the server listen on another port, such as 11434",
  ]],
  [/message head is too large/i, "too_large", () => [
    "the answer's headers are too large: is that a model's server?",
  ]],
  [/gzip|deflate|brotli/i, "protocol", (_, quoted) => [
    `the answer is compressed in a wrong way: ${quoted}`,
  ]],
  [/invalid HTTP|invalid content-length/i, "protocol", ({ host }) => [
    "the server does not speak HTTP",
    `check scheme and port of the address; if it speaks TLS, use https://${host}`,
  ]],
  [/close_notify/i, "reset", closed],
  [/Connection refused|os error (?:111|61|10061)\b/i, "refused", refused],
  [/No route to host|unreachable|os error (?:113|101)\b/i, "refused", (url) => [
    "no route to the host",
    `correct the address; ping -c 10 ${hostName(url)} shows when it is right`,
  ]],
  [/dns error|failed to lookup/i, "dns", ({ hostname }) => [
    `DNS resolution failed: the name "${hostname}" is not known`,
  ]],
  [/timed out|os error (?:110|60|10060)\b/i, "timeout", () => ["connection timed out"]],
  [/UnknownIssuer/, "tls", () => [
    "TLS: the certificate's authority is not known here",
    "set llm.ca_file to the PEM file of the authority",
  ]],
  [/CaUsedAsEndEntity/, "tls", () => [
    "TLS: the server shows an authority's certificate as its own",
    "give the server a certificate that an authority has signed, and that one's PEM file as " +
    "llm.ca_file",
  ]],
  [/NotValidForName|not valid for name/i, "tls", ({ origin }) => [
    "TLS: the certificate is for another name",
    `use a name that the certificate has: curl -v ${origin} shows them`,
  ]],
  [/NotValidYet|not valid yet/i, "tls", () => [
    "TLS: the certificate is not valid yet",
    "set the clocks of this machine and of the server right: timedatectl set-ntp true",
  ]],
  [/certificate.*expired/i, "tls", () => [
    "TLS: the certificate has expired",
    "renew the certificate on the server; if it is new, set this machine's clock right",
  ]],
  [/handshake eof/i, "tls", () => [
    "TLS: the connection was closed during the handshake",
    "check the server's TLS log for the reason",
  ]],
  [/InvalidContentType/, "tls", ({ host }) => [
    "TLS: that port does not speak TLS",
    `use http://${host}`,
  ]],
  [/certificate|tls|handshake/i, "tls", (_, quoted) => [`TLS: ${quoted}`]],
  [/reset|closed|broken pipe|reading a body|end of file|incomplete/i, "reset", closed],
];

export function networkError(error: unknown, { host, redact }: RequestInfo): ProviderError {
  if (error instanceof ProviderError) return error;
  // Older Deno puts the text in the message, newer in the cause.
  const { cause } = Object(error) as { cause?: unknown };
  const words = [error, cause].filter(Boolean).map(errorMessage).join(": ")
    // An address may contain any word, and the client's port changes.
    .replace(/(?: from \S+)?(?: for)?(?: url)? \(?https?:\/\/\S+(?: \([^)]*\))?/g, "");
  const url = new URL(host);
  const proxy = BLOCKED.test(words) ? undefined : proxyFor(url);
  const [, kind, explain] = CAUSES.find(([says]) => says.test(words)) ?? [];
  if (!kind || !explain) return new ProviderError("protocol", redact(words), { cause: error });
  const [reason, hint] = proxy && ["refused", "dns", "timeout"].includes(kind)
    ? [
      `cannot get through the proxy ${proxy.url} of ${proxy.variable}`,
      `start that proxy, or set NO_PROXY=${hostName(url)} to go around it`,
    ]
    : explain(url, redact(words));
  return new ProviderError(kind, reason, { hint, cause: error });
}

function closed(): Explanation {
  return ["the connection was closed before the answer was complete"];
}

function refused({ hostname, origin }: URL): Explanation {
  const ipv4 = origin.replace(hostname, "127.0.0.1");
  return hostname === "[::1]"
    ? ["connection refused", `set ${ipv4}: Ollama listens there unless told otherwise`]
    : ["connection refused"];
}
