/** Classifies errors of `fetch` and of reading a body. */
import { errorMessage } from "../errors.ts";
import { type Failure, type FailureKind, ProviderError, type RequestInfo } from "./errors.ts";
import { proxyPassword } from "./hints.ts";
import { hostName, proxyFor } from "./proxy.ts";

/** Texts of failed connections. Source: observed with Deno 2.4 and 2.9. */
const NETWORK: readonly (readonly [RegExp, FailureKind])[] = [
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

export function networkError(error: unknown, { host, redact }: RequestInfo): ProviderError {
  if (error instanceof ProviderError) return error;
  // Older Deno puts the text in the message, newer in the cause.
  const { cause } = Object(error) as { cause?: unknown };
  const words = [error, cause].filter(Boolean).map(errorMessage).join(": ")
    // An address may contain any word, and the client's port changes.
    .replace(/(?: from \S+)?(?: for)?(?: url)? \(?https?:\/\/\S+(?: \([^)]*\))?/g, "");
  const kind = NETWORK.find(([pattern]) => pattern.test(words))?.[1];
  if (kind === undefined) return new ProviderError("protocol", redact(words), { cause: error });
  const { reason, hint } = explain(kind, { words, quoted: redact(words) }, new URL(host));
  return new ProviderError(kind, reason, { hint, cause: error });
}

/** The platform's words as they came and as they are quoted. */
interface Words {
  readonly words: string;
  readonly quoted: string;
}

type Explanation = Pick<Failure, "reason" | "hint">;

function explain(kind: FailureKind, text: Words, url: URL): Explanation {
  const { words, quoted } = text;
  const isBlocked = /blocked/.test(words);
  const proxy = proxyFor(url);
  if (proxy && ["refused", "dns", "timeout"].includes(kind) && !isBlocked) {
    return {
      reason: `cannot get through the proxy ${proxy.url} of ${proxy.variable}`,
      hint: `start that proxy, or set NO_PROXY=${hostName(url)} to go around it`,
    };
  }
  switch (kind) {
    case "auth":
      return {
        reason: "the proxy on the way wants a password",
        hint: proxyPassword(url.href),
      };
    case "too_large":
      return { reason: "the answer's headers are too large: is that a model's server?" };
    case "protocol":
      if (!/invalid/i.test(words) || /gzip|deflate|brotli/i.test(words)) {
        return { reason: `the answer is compressed in a wrong way: ${quoted}` };
      }
      return {
        reason: "what answers there does not speak HTTP",
        hint: `check scheme and port of the address; if it speaks TLS, use https://${url.host}`,
      };
    case "refused":
      return isBlocked
        ? {
          reason: `port ${url.port} is blocked by fetch`,
          hint: "have the server listen on another port, such as 11434",
        }
        : refused(words, url);
    case "dns":
      return { reason: `DNS resolution failed: the name "${url.hostname}" is not known` };
    case "timeout":
      return { reason: "connection timed out" };
    case "tls":
      return tlsCause(text, url);
    default:
      return { reason: "the connection was closed before the answer was complete" };
  }
}

function refused(words: string, url: URL): Explanation {
  const { hostname, origin } = url;
  const name = hostName(url);
  if (/tunnel/.test(words)) {
    return {
      reason: "the proxy on the way does not connect to the server",
      hint: `have the proxy let ${origin} through, or set NO_PROXY=${name} to go around it`,
    };
  }
  if (/route|unreachable/i.test(words)) {
    return {
      reason: "no route to the host",
      hint: `correct the address; ping -c 10 ${name} shows when it is right`,
    };
  }
  const reason = "connection refused";
  if (hostname !== "[::1]") return { reason };
  const ipv4 = origin.replace(hostname, "127.0.0.1");
  return { reason, hint: `set ${ipv4}: Ollama listens there unless told otherwise` };
}

/** Source: observed with Deno 2.4 and 2.9. */
const TLS: readonly (readonly [RegExp, (url: URL) => Required<Explanation>])[] = [
  [/UnknownIssuer/, () => ({
    reason: "the certificate's authority is not known here",
    hint: "set llm.ca_file to the PEM file of the authority",
  })],
  [/CaUsedAsEndEntity/, () => ({
    reason: "the server shows an authority's certificate as its own",
    hint:
      "give the server a certificate that an authority has signed, and that one's PEM file as " +
      "llm.ca_file",
  })],
  [/NotValidForName|not valid for name/i, ({ origin }) => ({
    reason: "the certificate is for another name",
    hint: `use a name that the certificate has: curl -v ${origin} shows them`,
  })],
  [/NotValidYet|not valid yet/i, () => ({
    reason: "the certificate is not valid yet",
    hint: "set the clocks of this machine and of the server right: timedatectl set-ntp true",
  })],
  [/expired/i, () => ({
    reason: "the certificate has expired",
    hint: "renew the certificate on the server; if it is new, set this machine's clock right",
  })],
  [/handshake eof/i, () => ({
    reason: "the connection was closed during the handshake",
    hint: "look at the log of the server's TLS: what does it expect?",
  })],
  [/InvalidContentType/, ({ host }) => ({
    reason: "that port does not speak TLS",
    hint: `use http://${host}`,
  })],
];

function tlsCause({ words, quoted }: Words, url: URL): Explanation {
  const { reason, hint } = TLS.find(([pattern]) => pattern.test(words))?.[1](url) ?? {
    reason: quoted,
    hint: `curl -v ${url.origin} shows the certificate; llm.ca_file is for a private authority`,
  };
  return { reason: `TLS: ${reason}`, hint };
}
