/** Checks whether the bot can join its channel. */
import { delay, systemClock } from "../clock.ts";
import { isLoopback } from "../config/ollama_host.ts";
import type { Settings } from "../config/settings.ts";
import { CytubeClient } from "../cytube/client.ts";
import { discover } from "../cytube/discover.ts";
import { ChannelRefusedError, ChannelUnavailableError } from "../errors.ts";
import { proxyFor } from "../proxy.ts";
import type { Redact } from "../redact.ts";
import type { Finding } from "./finding.ts";

const DISCOVER_MS = 5000;
const ANY_CHANNEL = "rosey";
/** For a login and the join after it. */
const LOGIN_MS = 20_000;
/** A ban of the name may follow the join of a session that came in anonymously. */
const STAY_MS = 300;
/** The WebSocket takes a moment to close; a program that ends at once would seem to be inside still. */
const CLOSE_MS = 100;

interface ChannelCheckOptions {
  readonly login: boolean;
  readonly signal: AbortSignal;
  /** Removes secrets from what the site says. */
  readonly redact: Redact;
}

/** Asks whether this is a CyTube site, before a channel is known. */
export async function checkSite(
  domain: string,
  { signal, redact }: Pick<ChannelCheckOptions, "signal" | "redact">,
): Promise<Finding[]> {
  const about = redact(`site ${domain}`);
  try {
    await discover(domain, ANY_CHANNEL, { signal, timeoutMs: DISCOVER_MS });
  } catch (error) {
    // Only a CyTube site refuses a channel.
    if (!(error instanceof ChannelRefusedError)) return [failed(error, { about, redact })];
  }
  return [{ about, level: "ok", found: redact(`${domain} is a CyTube site`) }];
}

/** Finds the channel's server and, with `login`, joins the channel for a moment. */
export async function checkChannel(
  settings: Settings,
  { login, signal, redact }: ChannelCheckOptions,
): Promise<Finding[]> {
  const { domain, channel, user } = settings;
  const about = redact(`channel ${channel.name} on ${domain}`);
  try {
    const proxy = proxyFor(new URL(domain));
    const by = proxy ? `, asked through the proxy ${proxy.url} of ${proxy.variable}` : "";
    const url = await discover(domain, channel.name, { signal, timeoutMs: DISCOVER_MS });
    const found: Finding[] = [{ about, level: "ok", found: `its server is ${redact(url)}${by}` }];
    if (/^(?:http|ws):/.test(url) && user.password !== undefined && !isLoopback(new URL(url))) {
      const advice = "ask the site for an encrypted server, or use a password of its own";
      found.push({ about, level: "warning", found: "the password travels unencrypted", advice });
    }
    const untried = "the login was not tried; --login does";
    const joined = login && await join(settings, { about, signal, redact });
    return [...found, joined || { about, level: "note", found: untried }];
  } catch (error) {
    return [failed(error, { about, redact })];
  }
}

interface About {
  readonly about: string;
  readonly redact: Redact;
}

async function join(
  settings: Settings,
  { about, signal, redact }: About & { readonly signal: AbortSignal },
): Promise<Finding> {
  const { domain, channel, user } = settings;
  const enough = new AbortController();
  const limit = AbortSignal.timeout(LOGIN_MS);
  let name = "";
  let rank = 0;
  let registered = true;
  let cancel = () => {};
  const client = new CytubeClient({
    domain,
    channel,
    user,
    // A bot that is running shall not be thrown out. A guest cannot throw anybody out.
    checkName: user.password !== undefined,
    onEvent: (event) => {
      if (event.type === "rank") rank = event.rank;
      if (event.type === "channelNotRegistered") registered = false;
    },
    onJoined: (joined) => {
      name = joined;
    },
    onRankKnown: () => {
      cancel = systemClock.setTimer(() => enough.abort(), STAY_MS);
    },
    onLeft: () => {},
  });
  try {
    await client.runSession(AbortSignal.any([signal, limit, enough.signal]));
  } catch (error) {
    signal.throwIfAborted();
    if (!enough.signal.aborted) {
      if (!limit.aborted && error instanceof ChannelUnavailableError) {
        const found = redact(`${error.message}; the login was not tried`);
        if (error.kind === "name_in_use") return { about, level: "note", found };
        if (error.kind === "name_hidden") {
          const isWrong = /another password/.test(found);
          const advice = /password/.test(found) ? PASSWORD : START;
          return { about, level: isWrong ? "failure" : "warning", found, advice };
        }
      }
      const late = `Cannot join: no answer within ${LOGIN_MS / 1000} s`;
      const refused = limit.aborted ? new ChannelUnavailableError(late) : error;
      return failed(refused, { about, redact });
    }
  } finally {
    cancel();
  }
  await delay(CLOSE_MS);
  const kind = user.password === undefined ? "a guest" : "an account";
  const joined = `joined as ${name}, ${kind} of rank ${rank}, and left`;
  if (registered) return { about, level: "ok", found: joined };
  const advice = 'see whether "channel" is right: anybody can join any name';
  return { about, level: "warning", found: `${joined}; nobody has registered the channel`, advice };
}

/** The address of the site may have a password. */
function failed(error: unknown, { about, redact }: About): Finding {
  const refused = error instanceof ChannelRefusedError;
  if (!refused && !(error instanceof ChannelUnavailableError)) throw error;
  if (refused) return { about, level: "failure", found: redact(error.message), advice: CORRECT };
  const { reason, hint } = error;
  return { about, level: "failure", found: redact(reason), advice: hint ?? adviceFor(reason) };
}

const PASSWORD = 'see that the password in "channel" is right, then start the bot and read its log';
const START = "start the bot and read its log";
const CORRECT = 'correct "domain", "channel" or "user" in the configuration';

function adviceFor(found: string): string {
  if (/DNS resolution failed/.test(found)) {
    return 'correct "domain" in the configuration, or see whether this machine has a network';
  }
  if (/is this a CyTube site/.test(found)) return 'correct "domain" in the configuration';
  if (/You are banned/.test(found)) return "ask the channel's moderators";
  return "open the channel in a browser: is the site up? then try again in a minute";
}
