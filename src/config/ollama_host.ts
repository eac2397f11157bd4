/** The address of a model server. */
export interface Endpoint {
  /** `scheme://host[:port][/path]`, without trailing slash and without credentials: safe to show. */
  readonly url: string;
  /** What `user:password@` in the address becomes: `Basic …`. */
  readonly authorization?: string;
}

/** The address is not an http or https URL. The message contains the corrected value. */
export class InvalidHostError extends Error {
  override readonly name = "InvalidHostError";
}

const OLLAMA_PORT = 11434;
const LISTEN = ["0.0.0.0", "[::]"];

/**
 * Parses an `http://` or `https://` URL with a name or IP address, and optionally a port, a path, a
 * trailing slash and `user:password@`.
 *
 * @param barePort Suggested when both scheme and port are missing; null: none.
 * @throws {InvalidHostError} For anything else, with the value that was probably meant.
 */
export function parseHost(value: string, barePort: number | null = OLLAMA_PORT): Endpoint {
  const trimmed = value.trim();
  const url = /^https?:\/\/[^/]/i.test(trimmed) ? URL.parse(trimmed) : null;
  const problem = url === null ? syntaxProblem(trimmed) : urlProblem(url, value !== trimmed);
  if (url === null || problem !== undefined) {
    const found = JSON.stringify(withoutCredentials(value));
    // A password with an unescaped character hides where the host is: a correction would be wrong.
    const corrected = problem?.includes(ESCAPES) ? undefined : correctedHost(value, barePort);
    const advice = corrected ? `; did you mean ${JSON.stringify(corrected)}?` : "";
    throw new InvalidHostError(`${problem}, found ${found}${advice}`);
  }
  const authorization = url.username === "" && url.password === ""
    ? undefined
    : basic(decode(url.username), decode(url.password));
  return { url: url.origin + url.pathname.replace(/\/+$/, ""), authorization };
}

/** Whether an address is on this machine. */
export function isLoopback({ hostname }: URL): boolean {
  return /^(?:(?:.+\.)?localhost|127\.[\d.]+|\[::1\])$/.test(hostname);
}

/** A site's address with the scheme that it lacks: on this machine and at port 80 there is no TLS. */
export function siteUrl(address: string): string {
  if (address.includes("://")) return address;
  const url = URL.parse(`http://${address}`);
  const isPlain = url !== null && (isLoopback(url) || /:80\/?$/.test(address));
  return `${isPlain ? "http" : "https"}://${address}`;
}

/** The host of Ollama's cloud, which is an Ollama server, too. */
export const CLOUD = "ollama.com";

/** Whether an address is in Ollama's cloud; false for one that is no URL. */
export function isCloudHost(address: string): boolean {
  return `.${URL.parse(address)?.hostname}`.replace(/\.$/, "").endsWith(`.${CLOUD}`);
}

const ESCAPES = "in a password / is written %2F, ? %3F, # %23, \\ %5C and @ %40";

function syntaxProblem(value: string): string {
  if (/^https?:\/\/[^@]*[/\\?#][^@]*@/i.test(value)) return `not a valid URL (${ESCAPES})`;
  if (value === "") return "the address is empty";
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(value)?.[1]?.toLowerCase();
  if (scheme === undefined) return "the address must begin with http:// or https://";
  return /^https?$/.test(scheme) ? "not a valid URL" : `unsupported protocol ${scheme}://`;
}

function urlProblem(url: URL, isPadded: boolean): string | undefined {
  if (isPadded) return "the address has blanks around it";
  if (LISTEN.includes(url.hostname)) {
    return `${url.hostname} is an address to listen on, not one to connect to`;
  }
  if (url.search !== "" || url.hash !== "") return "an address has no query or fragment";
  // The password's part before an unescaped slash would be taken for the host.
  return url.pathname.includes("@") ? `an address has no @ in its path (${ESCAPES})` : undefined;
}

/**
 * What the operator probably meant: removes quotes and blanks, adds a missing scheme, host or port, and
 * replaces a listen address by `localhost`.
 *
 * @returns A valid address without credentials, or undefined.
 */
export function correctedHost(
  value: string,
  barePort: number | null = OLLAMA_PORT,
): string | undefined {
  let text = value.trim().replace(/^["'`]+|["'`]+$/g, "").trim().replace(/\/+$/, "");
  const scheme = /^(?:([a-z][a-z0-9+.-]*):[/\\]+|(https?)(?::|[/\\]{2}))/i.exec(text);
  const hadScheme = scheme !== null;
  if (scheme) text = text.slice(scheme[0].length);
  text = text.replace(/^[/\\]+/, "").replace(/^.*@/, "");
  if (/^:\d*(?:\/|$)/.test(text)) text = `localhost${text}`;
  if (/^[0-9a-f]*:[0-9a-f:]+$/i.test(text) && text.split(":").length > 2) text = `[${text}]`;
  if (text === "" || /[\s"'`<>]/.test(text)) return undefined;
  const https = (scheme?.[1] ?? scheme?.[2])?.toLowerCase() === "https";
  const url = URL.parse(`${https ? "https" : "http"}://${text}`);
  if (url === null || url.hostname === "") return undefined;
  if (LISTEN.includes(url.hostname)) url.hostname = "localhost";
  // Like Ollama's own clients.
  const bare = !hadScheme && !/:\d+(?:\/|$)/.test(text);
  if (bare && barePort !== null) url.port = String(barePort);
  return url.origin + url.pathname.replace(/\/+$/, "");
}

function withoutCredentials(value: string): string {
  return value.replace(/^(\s*["']?(?:[a-z][a-z0-9+.-]*:\/\/)?).*@/i, "$1");
}

/** The password in an address as written, decoded, and as the token of its header. */
export function secretsOf(value: string): string[] {
  const url = URL.parse(value.includes("://") ? value : `http://${value}`);
  if (url === null || url.password === "") return [];
  const { username, password } = url;
  const token = basic(decode(username), decode(password)).slice("Basic ".length);
  return [password, decode(password), token];
}

function basic(user: string, password: string): string {
  const bytes = new TextEncoder().encode(`${user}:${password}`);
  return `Basic ${btoa(String.fromCharCode(...bytes))}`;
}

/** A `%` that is not part of an escape stays as it is. */
function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
