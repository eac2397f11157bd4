/** Classifies errors of `fetch`, of reading a body, and of WebSockets that are not opened. */
import { errorMessage } from "./errors.ts";
import { hostName, proxyFor, proxyPassword } from "./proxy.ts";
import type { Redact } from "./redact.ts";

export type NetworkFailureKind =
  | "auth"
  | "dns"
  | "protocol"
  | "refused"
  | "reset"
  | "timeout"
  | "tls"
  | "too_large";

export interface NetworkFailure {
  readonly kind: NetworkFailureKind;
  readonly reason: string;
  /** Missing if it depends on the kind of server. */
  readonly hint?: string;
}

export interface NetworkRequest {
  readonly url: URL;
  /** What names the PEM file of a private certificate authority; default: Deno's own variable. */
  readonly authoritySetting?: string;
  /** Default: nothing is removed. */
  readonly redact?: Redact;
}

type Explanation = readonly [reason: string, hint?: string];
type Cause = readonly [
  says: RegExp,
  NetworkFailureKind,
  (url: URL, quoted: string, authoritySetting: string) => Explanation,
];

const DENO_CERT = "the environment variable DENO_CERT";
const BLOCKED = /are blocked/i;

/** Texts of failures, the first match counts. Source: observed with Deno 2.4 and 2.9. */
const CAUSES: readonly Cause[] = [
  [/proxy authentication/i, "auth", (url) => [
    "the proxy requires a password",
    proxyPassword(url),
  ]],
  [/unsuccessful tunnel/i, "refused", (url) => [
    "the proxy does not connect to the server",
    `have the proxy let ${url.origin} through, or set NO_PROXY=${hostName(url)} to go around it`,
  ]],
  [BLOCKED, "refused", ({ port }) => [
    `port ${port} is blocked by fetch`,
    "have the server listen on another port",
  ]],
  [/message head is too large/i, "too_large", () => [
    "the answer's headers are too large",
  ]],
  [/gzip|deflate|brotli/i, "protocol", (_, quoted) => [
    `the answer is compressed in a wrong way: ${quoted}`,
  ]],
  [/invalid HTTP|invalid content-length/i, "protocol", ({ host }) => [
    "the server does not speak HTTP",
    `check scheme and port of the address; if it speaks TLS, use https://${host}`,
  ]],
  [/close_notify/i, "reset", closed],
  [/Connection refused|os error (?:111|61|10061)\b/i, "refused", () => ["connection refused"]],
  [/No route to host|unreachable|os error (?:113|101)\b/i, "refused", (url) => [
    "no route to the host",
    `correct the address; ping -c 10 ${hostName(url)} shows when it is right`,
  ]],
  [/invalid status code: \d/i, "refused", (_, quoted) => [
    `the answer to a WebSocket is HTTP ${/\d+/.exec(quoted)?.[0]}`,
    "a proxy or a firewall before the server refuses it, such as Cloudflare: have it let this " +
    // No header of a WebSocket can be set.
    `machine or User-Agent ${navigator.userAgent} through`,
  ]],
  [/dns error|failed to lookup/i, "dns", ({ hostname }) => [
    `DNS resolution failed: the name "${hostname}" is not known`,
  ]],
  [/timed out|os error (?:110|60|10060)\b/i, "timeout", () => ["connection timed out"]],
  [/UnknownIssuer/, "tls", (_url, _quoted, setting) => [
    "TLS: the certificate's authority is not known here",
    `set ${setting} to the PEM file of the authority`,
  ]],
  [/CaUsedAsEndEntity/, "tls", (_url, _quoted, setting) => [
    "TLS: the server shows an authority's certificate as its own",
    "give the server a certificate that an authority has signed, and that one's PEM file as " +
    setting,
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
  // A WebSocket's error does not tell more.
  [/tcp connect error/i, "refused", () => ["no connection"]],
  [/reset|closed|broken pipe|reading a body|end of file|incomplete/i, "reset", closed],
];

/** Deno 2.4 connects WebSockets without a proxy, and its errors lack these words. */
const WITHOUT_PROXY = /WebSocket: (?!(?:tcp connect|dns) error|.*tunnel|proxy)/;

export function networkFailure(
  error: unknown,
  { url, authoritySetting = DENO_CERT, redact = (text) => text }: NetworkRequest,
): NetworkFailure {
  // Older Deno puts the text in the message, newer in the cause.
  const { cause } = Object(error) as { cause?: unknown };
  const words = [error, cause].filter(Boolean).map(errorMessage).join(": ")
    // An address may contain any word, and the client's port changes.
    .replace(/(?: from \S+)?(?: for)?(?: url)? \(?https?:\/\/\S+(?: \([^)]*\))?/g, "");
  const isDirect = BLOCKED.test(words) || WITHOUT_PROXY.test(words);
  const proxy = isDirect ? undefined : proxyFor(url);
  const [, kind, explain] = CAUSES.find(([says]) => says.test(words)) ?? [];
  if (!kind || !explain) return { kind: "protocol", reason: redact(words) };
  const [reason, hint] = proxy && ["refused", "dns", "timeout"].includes(kind)
    ? [
      `cannot get through the proxy ${proxy.url} of ${proxy.variable}`,
      `start that proxy, or set NO_PROXY=${hostName(url)} to go around it`,
    ]
    : explain(url, redact(words), authoritySetting);
  return { kind, reason, hint };
}

function closed(): Explanation {
  return ["the connection was closed before the answer was complete"];
}
