/** Checks whether the bot can join its channel. */
import type { Settings } from "../config/settings.ts";
import { CytubeClient } from "../cytube/client.ts";
import { discover } from "../cytube/discover.ts";
import { ChannelRefusedError, ChannelUnavailableError, errorMessage } from "../errors.ts";
import { proxyFor } from "../llm/proxy.ts";
import type { Redact } from "../redact.ts";
import type { Finding } from "./finding.ts";

/** For a login and the join after it. */
const LOGIN_MS = 20_000;

interface ChannelCheckOptions {
  readonly login: boolean;
  readonly signal: AbortSignal;
  /** Removes secrets from what the site says. */
  readonly redact: Redact;
}

/** Finds the channel's server and, with `login`, joins the channel for a moment. */
export async function checkChannel(
  settings: Settings,
  { login, signal, redact }: ChannelCheckOptions,
): Promise<Finding[]> {
  const { domain, channel, user } = settings;
  const about = `channel ${channel.name} on ${domain}`;
  try {
    const proxy = proxyFor(new URL(domain));
    const by = proxy ? `, asked through the proxy ${proxy.url} of ${proxy.variable}` : "";
    const url = await discover(domain, channel.name, { signal, timeoutMs: 5000 });
    const found: Finding[] = [{ about, level: "ok", found: `its server is ${redact(url)}${by}` }];
    const isLocal = ["localhost", "127.0.0.1", "[::1]"].includes(new URL(url).hostname);
    if (/^(?:http|ws):/.test(url) && user.password !== undefined && !isLocal) {
      const advice = "ask the site for an encrypted server, or use a password of its own";
      found.push({ about, level: "warning", found: "the password travels unencrypted", advice });
    }
    const untried = "the login was not tried; --login does, and ends a session under the same name";
    const joined = login && await join(settings, about, signal);
    return [...found, joined || { about, level: "note", found: untried }];
  } catch (error) {
    return [failed(error, about)];
  }
}

async function join(settings: Settings, about: string, signal: AbortSignal): Promise<Finding> {
  const { domain, channel, user } = settings;
  const enough = new AbortController();
  const limit = AbortSignal.timeout(LOGIN_MS);
  let name = "";
  let rank = 0;
  const client = new CytubeClient({
    domain,
    channel,
    user,
    onEvent: (event) => {
      if (event.type === "rank") rank = event.rank;
    },
    onJoined: (joined) => {
      name = joined;
      enough.abort();
    },
    onLeft: () => {},
  });
  try {
    await client.runSession(AbortSignal.any([signal, limit, enough.signal]));
  } catch (error) {
    signal.throwIfAborted();
    if (!enough.signal.aborted) {
      const late = `Cannot join: no answer within ${LOGIN_MS / 1000} s`;
      return failed(limit.aborted ? new ChannelUnavailableError(late) : error, about);
    }
  }
  const kind = user.password === undefined ? "a guest" : "an account";
  return { about, level: "ok", found: `joined as ${name}, ${kind} of rank ${rank}, and left` };
}

function failed(error: unknown, about: string): Finding {
  const refused = error instanceof ChannelRefusedError;
  if (!refused && !(error instanceof ChannelUnavailableError)) throw error;
  const found = errorMessage(error);
  const advice = refused
    ? 'correct "domain", "channel" or "user" in the configuration'
    : /DNS resolution failed/.test(found)
    ? 'correct "domain" in the configuration, or see whether this machine has a network'
    : /is this a CyTube site/.test(found)
    ? 'correct "domain" in the configuration'
    : "open the channel in a browser: is the site up? then try again in a minute";
  return { about, level: "failure", found, advice };
}
