/** The forward proxy of `fetch` and of WebSockets. Source: ext/fetch/proxy.rs of Deno; observed. */

export interface Proxy {
  readonly variable: string;
  readonly url: string;
}

/** Returns the proxy for requests to an address; undefined if there is none. */
export function proxyFor(
  url: URL,
  env: (name: string) => string | undefined = (name) => Deno.env.get(name),
): Proxy | undefined {
  const either = (name: string) => [name, name.toLowerCase()].find((variable) => env(variable));
  const exceptions = env("NO_PROXY") || env("no_proxy") || "";
  const host = hostName(url).toLowerCase();
  if (exceptions.split(",").some((entry) => covers(entry.trim().toLowerCase(), host))) {
    return undefined;
  }
  const scheme = isEncrypted(url) ? "HTTPS_PROXY" : "HTTP_PROXY";
  const variable = either("ALL_PROXY") ?? either(scheme);
  if (variable === undefined) return undefined;
  const value = env(variable)!;
  const proxy = URL.parse(value.includes("://") ? value : `http://${value}`);
  return proxy ? { variable, url: `${proxy.protocol}//${proxy.host}` } : undefined;
}

/** The host as `ping` and `NO_PROXY` take it: an IPv6 address without brackets. */
export function hostName(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, "");
}

/** A hint for responses that the proxy may have sent; undefined if there is none. */
export function aroundProxy(url: URL): string | undefined {
  const proxy = proxyFor(url);
  return proxy &&
    `go around the proxy ${proxy.url} of ${proxy.variable}: NO_PROXY=${hostName(url)}`;
}

export function proxyPassword(url: URL): string {
  const variable = proxyFor(url)?.variable ?? (isEncrypted(url) ? "HTTPS_PROXY" : "HTTP_PROXY");
  return `put name:password@ into ${variable}, or set NO_PROXY=${hostName(url)} to go around it`;
}

function isEncrypted({ protocol }: URL): boolean {
  return protocol === "https:" || protocol === "wss:";
}

function covers(entry: string, host: string): boolean {
  if (entry === "") return false;
  if (entry === "*" || entry === host || entry === `.${host}`) return true;
  if (entry.includes("/")) return inNetwork(host, entry);
  return host.endsWith(entry.startsWith(".") ? entry : `.${entry}`);
}

/** IPv4 only. */
function inNetwork(host: string, network: string): boolean {
  const [base = "", bits = ""] = network.split("/");
  const [a, b] = [host, base].map(addressOf);
  const length = Number(bits);
  if (a === undefined || b === undefined || !(length >= 0 && length <= 32)) return false;
  const size = 2 ** (32 - length);
  return Math.floor(a / size) === Math.floor(b / size);
}

function addressOf(host: string): number | undefined {
  const parts = host.split(".").map(Number);
  if (parts.length !== 4 || parts.some((part) => !(part >= 0 && part <= 255))) return;
  return parts.reduce((sum, part) => sum * 256 + part, 0);
}
