/**
 * From a connection that failed to a {@linkcode ProviderError} that says why.
 *
 * @module
 */
import { errorMessage } from "../errors.ts";
import { proxyPassword } from "./hints.ts";
import { type FailureKind, ProviderError } from "./provider.ts";
import { hostName, type Proxy, proxyFor } from "./proxy.ts";
import type { Peer } from "./http.ts";

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

/**
 * Names a failure of the platform's `fetch` or of reading a body.
 *
 * @param error What was thrown.
 * @param server The server that was asked.
 * @returns The same failure with a kind, and with the next step where the cause alone tells it.
 */
export function networkFailure(
  error: unknown,
  { url, redact }: Pick<Peer, "url" | "redact">,
): ProviderError {
  if (error instanceof ProviderError) return error;
  // Older Deno puts the text in the message, newer in the cause.
  const { cause } = Object(error) as { cause?: unknown };
  const raw = [error, cause].filter(Boolean).map(errorMessage).join(": ")
    // An address may hold any word, and the client's port is another one each time.
    .replace(/(?: from \S+)?(?: for)?(?: url)? \(?https?:\/\/\S+(?: \([^)]*\))?/g, "");
  const kind = NETWORK.find(([pattern]) => pattern.test(raw))?.[1];
  if (kind === undefined) return new ProviderError("protocol", redact(raw), { raw, cause: error });
  const { found, next } = explain(kind, { raw, quoted: redact(raw) }, new URL(url));
  return new ProviderError(kind, found, { next, cause: error });
}

/** The platform's words: to be matched, and to be shown. */
interface Words {
  readonly raw: string;
  readonly quoted: string;
}

interface Explained {
  readonly found: string;
  readonly next?: string;
}

const CLOSED = "the connection was closed before the answer was complete";

function explain(kind: FailureKind, words: Words, url: URL): Explained {
  const { raw } = words;
  const blocked = /blocked/.test(raw);
  const proxy = proxyFor(url);
  if (proxy && ["refused", "dns", "timeout"].includes(kind) && !blocked) return lost(proxy, url);
  switch (kind) {
    case "auth":
      return {
        found: "the proxy on the way wants a password",
        next: proxyPassword(url.href),
      };
    case "too_large":
      return { found: "the answer's headers are too large: is that a model's server?" };
    case "protocol":
      return /invalid/i.test(raw) && !/gzip|deflate|brotli/i.test(raw)
        ? {
          found: "what answers there does not speak HTTP",
          next: `check scheme and port of the address; if it speaks TLS, use https://${url.host}`,
        }
        : { found: `the answer is compressed in a wrong way: ${words.quoted}` };
    case "refused":
      return blocked
        ? {
          found: `port ${url.port} is blocked by fetch`,
          next: "have the server listen on another port, such as 11434",
        }
        : refused(raw, url);
    case "dns":
      return { found: `DNS resolution failed: the name "${url.hostname}" is not known` };
    case "timeout":
      return { found: "connection timed out" };
    case "tls":
      return tlsCause(words, url);
    default:
      return { found: CLOSED };
  }
}

function lost(proxy: Proxy, url: URL): Explained {
  return {
    found: `cannot get through the proxy ${proxy.url} of ${proxy.variable}`,
    next: `start that proxy, or set NO_PROXY=${hostName(url)} to go around it`,
  };
}

function refused(text: string, url: URL): Explained {
  const { hostname, origin } = url;
  if (/tunnel/.test(text)) {
    return {
      found: "the proxy on the way does not connect to the server",
      next: `have the proxy let ${origin} through, or set NO_PROXY=${
        hostName(url)
      } to go around it`,
    };
  }
  if (/route|unreachable/i.test(text)) {
    return {
      found: "no route to the host",
      next: `correct the address; ping -c 10 ${hostName(url)} shows when it is right`,
    };
  }
  if (hostname !== "[::1]") return { found: "connection refused" };
  return {
    found: "connection refused",
    next: `set ${
      origin.replace(hostname, "127.0.0.1")
    }: Ollama listens there unless told otherwise`,
  };
}

/** Causes of TLS that the platform names. Source: observed with Deno 2.4 and 2.9. */
const TLS: readonly (readonly [RegExp, (url: URL) => Required<Explained>])[] = [
  [/UnknownIssuer/, () => ({
    found: "the certificate's authority is not known here",
    next: "set llm.ca_file to the PEM file of the authority",
  })],
  [/CaUsedAsEndEntity/, () => ({
    found: "the server shows an authority's certificate as its own",
    next:
      "give the server a certificate that an authority has signed, and that one's PEM file as " +
      "llm.ca_file",
  })],
  [/NotValidForName|not valid for name/i, ({ origin }) => ({
    found: "the certificate is for another name",
    next: `use a name that the certificate has: curl -v ${origin} shows them`,
  })],
  [/NotValidYet|not valid yet/i, () => ({
    found: "the certificate is not valid yet",
    next: "set the clocks of this machine and of the server right: timedatectl set-ntp true",
  })],
  [/expired/i, () => ({
    found: "the certificate has expired",
    next: "renew the certificate on the server; if it is new, set this machine's clock right",
  })],
  [/handshake eof/i, () => ({
    found: "the connection was closed during the handshake",
    next: "look at the log of the server's TLS: what does it expect?",
  })],
  [/InvalidContentType/, ({ host }) => ({
    found: "that port does not speak TLS",
    next: `use http://${host}`,
  })],
];

function tlsCause({ raw, quoted }: Words, url: URL): Explained {
  const { found, next } = TLS.find(([pattern]) => pattern.test(raw))?.[1](url) ?? {
    found: quoted,
    next: `curl -v ${url.origin} shows the certificate; llm.ca_file is for a private authority`,
  };
  return { found: `TLS: ${found}`, next };
}
