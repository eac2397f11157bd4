import { cloudflareRefusal } from "../cloudflare.ts";
import { ChannelRefusedError, ChannelUnavailableError } from "../errors.ts";
import { networkFailure } from "../network_errors.ts";
import { aroundProxy, proxyPassword } from "../proxy.ts";
import { USER_AGENT } from "../version.ts";

export interface DiscoverOptions {
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

/** A socketconfig has about 100 bytes. */
const MAX_BYTES = 64 * 1024;

/**
 * Asks the site which socket server has the channel, and prefers an encrypted one.
 * Source: `GET /socketconfig/<channel>.json` answers `{servers: [{url, secure}]}`.
 *
 * @throws {ChannelRefusedError} When the site has no channel of this name.
 * @throws {ChannelUnavailableError} When the site cannot be asked now.
 */
export async function discover(
  domain: string,
  channel: string,
  { signal, timeoutMs = 10_000 }: DiscoverOptions = {},
): Promise<string> {
  const address = `${domain}/socketconfig/${encodeURIComponent(channel)}.json`;
  const url = URL.parse(address);
  if (url === null) {
    throw new ChannelRefusedError(`Cannot ask ${address}: the address is not valid`);
  }
  const unavailable = (found: string, options?: ErrorOptions & { hint?: string }) =>
    new ChannelUnavailableError(`Cannot ask ${address} for the channel: ${found}`, options);
  const limit = AbortSignal.timeout(timeoutMs);
  // The default client would reuse a pooled connection that died without being closed.
  using client = Deno.createHttpClient({ http1: true, http2: false });
  let status = 0;
  let body: unknown;
  try {
    const response = await fetch(url, {
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
      headers: { accept: "application/json", "user-agent": USER_AGENT },
      client,
    });
    status = response.status;
    const text = await readStart(response);
    const refusal = cloudflareRefusal(response, text);
    if (refusal) throw unavailable(refusal.reason, refusal);
    body = JSON.parse(text);
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof ChannelUnavailableError) throw error;
    if (limit.aborted) throw unavailable(`no answer within ${timeoutMs / 1000} s`);
    if (!(error instanceof SyntaxError)) {
      const { reason, hint } = networkFailure(error, { url });
      throw unavailable(reason, { hint, cause: error });
    }
    if (status === 407) {
      const hint = proxyPassword(url);
      throw unavailable("HTTP 407: the proxy requires a password", { hint, cause: error });
    }
    if (status < 500) {
      throw unavailable("the answer is not JSON: is this a CyTube site?", { cause: error });
    }
  }
  const { servers, error } = Object(body) as { servers?: unknown; error?: unknown };
  if (status === 404) {
    throw new ChannelRefusedError(
      `Cannot find channel ${channel} on ${domain}: ${error ?? status}`,
    );
  }
  if (status !== 200 || !Array.isArray(servers)) {
    throw unavailable(`HTTP ${status}`, { hint: status < 500 ? undefined : aroundProxy(url) });
  }
  const usable = servers
    .map((server) => Object(server) as { url?: unknown; secure?: unknown })
    .filter((server) => typeof server.url === "string" && /^(?:https?|wss?):\/\//.test(server.url));
  const chosen = usable.find((server) => server.secure === true) ?? usable[0];
  if (!chosen) {
    throw new ChannelUnavailableError(`Cannot use ${address}: it names no socket server`);
  }
  return chosen.url as string;
}

async function readStart(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > MAX_BYTES) break;
  }
  return text.slice(0, MAX_BYTES) + decoder.decode();
}
