import { ChannelRefusedError, ChannelUnavailableError, errorMessage } from "../errors.ts";

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
  const url = `${domain}/socketconfig/${encodeURIComponent(channel)}.json`;
  const unavailable = (found: string, options?: ErrorOptions) =>
    new ChannelUnavailableError(`Cannot ask ${url} for the channel: ${found}`, options);
  const limit = AbortSignal.timeout(timeoutMs);
  // The default client would reuse a pooled connection that died without being closed.
  using client = Deno.createHttpClient({ http1: true, http2: false });
  let status: number;
  let body: unknown;
  try {
    const response = await fetch(url, {
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
      headers: { accept: "application/json" },
      client,
    });
    status = response.status;
    body = JSON.parse(await readStart(response));
  } catch (error) {
    signal?.throwIfAborted();
    const found = limit.aborted ? `no answer within ${timeoutMs / 1000} s` : reason(error);
    throw unavailable(found, { cause: error });
  }
  const { servers, error } = Object(body) as { servers?: unknown; error?: unknown };
  if (status === 404) {
    throw new ChannelRefusedError(
      `Cannot find channel ${channel} on ${domain}: ${error ?? status}`,
    );
  }
  if (status !== 200 || !Array.isArray(servers)) throw unavailable(`HTTP ${status}`);
  const usable = servers
    .map((server) => Object(server) as { url?: unknown; secure?: unknown })
    .filter((server) => typeof server.url === "string" && /^(?:https?|wss?):\/\//.test(server.url));
  const chosen = usable.find((server) => server.secure === true) ?? usable[0];
  if (!chosen) throw new ChannelUnavailableError(`Cannot use ${url}: it names no socket server`);
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

/** Extracts the cause from `fetch`'s error, which repeats the address and is nested. */
function reason(error: unknown): string {
  if (error instanceof SyntaxError) return "the answer is not JSON: is this a CyTube site?";
  const { cause } = Object(error) as { cause?: unknown };
  const found = errorMessage(cause ?? error);
  if (/failed to lookup/.test(found)) return "DNS resolution failed: its name is not known here";
  return /(?:connect|dns) error: (.*?)(?: \(os error \d+\)|$)/.exec(found)?.[1] ?? found;
}
