import { within } from "../clock.ts";
import { USER_AGENT } from "../version.ts";

/** Source: the page has `<input id="chatline" maxlength="200">`, with the site's limit of a line. */
const INPUT = /<input\b[^<>]{0,500}\bid="?chatline\b[^<>]{0,500}>/i;
const LIMIT = /\bmaxlength="?(\d{1,5})\b/i;
/** Far more than CyTube's page has. */
const MAX_CHARS = 512 * 1024;
const TIMEOUT_MS = 3000;
/** Shorter lines would be of no use: such a number is a mistake of the page. */
const MIN_UNITS = 40;

/**
 * Asks the channel's page how many UTF-16 units of a line the server takes; no event tells it.
 * Undefined if the page does not tell or cannot be read: the echo of a line that was cut tells, too.
 */
export async function fetchLineLimit(
  domain: string,
  channel: string,
  { signal, timeoutMs = TIMEOUT_MS }: { signal?: AbortSignal; timeoutMs?: number } = {},
): Promise<number | undefined> {
  const enough = new AbortController();
  try {
    const url = `${domain}/r/${encodeURIComponent(channel)}`;
    const units = await within(readLimit(url, enough.signal), timeoutMs, { signal });
    return units !== undefined && units >= MIN_UNITS ? units : undefined;
  } catch {
    return undefined;
  } finally {
    enough.abort();
  }
}

async function readLimit(url: string, signal: AbortSignal): Promise<number | undefined> {
  // The default client would reuse a pooled connection that died without being closed.
  using client = Deno.createHttpClient({ http1: true, http2: false });
  const headers = { accept: "text/html", "user-agent": USER_AGENT };
  const response = await fetch(url, { signal, headers, client });
  const decoder = new TextDecoder();
  let page = "";
  for await (const chunk of response.body ?? []) {
    page += decoder.decode(chunk, { stream: true });
    const units = LIMIT.exec(INPUT.exec(page)?.[0] ?? "")?.[1];
    if (units !== undefined) return Number(units);
    if (page.length > MAX_CHARS) break;
  }
}
