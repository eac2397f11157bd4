/**
 * What it means when a channel does not want the bot: whether it comes back, and when.
 *
 * Sources: recorded traffic, and the reasons in CyTube's `user.js`, `ioserver.js`, `kickban.js`,
 * `channel.js` and `server.js`.
 *
 * @module
 */
import type { Credentials } from "../config/settings.ts";
import { ChannelRefusedError, ChannelUnavailableError } from "../errors.ts";
import type { Redact } from "../redact.ts";

/** A guest may log in once a minute from one address, if the server does not say otherwise. */
const GUEST_SECONDS = 60;
/** Two clocks and a network are between the server's time and ours. */
const MARGIN_SECONDS = 5;
const BUSY_PAUSE_MS = 30_000;
/** The server admits one connection in ten seconds once its burst is spent. */
const RATE_LIMIT_PAUSE_MS = 15_000;

/** How the server's words are quoted. */
export interface QuoteOptions {
  /** Removes the passwords that the server may repeat; default: nothing is removed. */
  readonly redact?: Redact;
}

const asItIs: Redact = (text) => text;

const OTHER_NAME = "choose another name";

/** Login errors that another try does not cure, with what to do. Source: recorded traffic. */
const FOR_GOOD: readonly (readonly [RegExp, string])[] = [
  [/^Invalid username\/password/, "check the password"],
  [/^User does not exist/, "register the account, or leave the password out to be a guest"],
  [/^That username is registered/, 'give its password: "user": ["name", "password"]'],
  [/^That username is reserved/, OTHER_NAME],
  [/^Invalid username/, OTHER_NAME],
];

/** Kicks that are for good, with what to do. */
const KICKED_FOR_GOOD: readonly (readonly [RegExp, string])[] = [
  [/^You(?:'re| are) (?:IP )?banned/i, "ask its moderators"],
  [/^Channel (?:was banned|could not be loaded: Channel is banned)/, "the site has closed it"],
  [/^This channel has banned connections from Tor/, "connect without Tor"],
  [/^Invalid channel name/, 'correct "channel"'],
];

/**
 * The error of a failed login.
 *
 * @param name The name that was tried.
 * @param error The server's words.
 * @returns One that says whether and when to try again.
 */
export function loginRefused(
  name: string,
  error: string,
  { redact = asItIs }: QuoteOptions = {},
): Error {
  const known = FOR_GOOD.find(([pattern]) => pattern.test(error));
  const message = `Cannot log in as ${name}: ${redact(error) || "the server gives no reason"}`;
  if (known) return new ChannelRefusedError(`${message} (${known[1]})`);
  const guest = /^Guest logins are restricted(?:.* per (\d{1,4}) seconds)?/.exec(error);
  if (guest) {
    const waitMs = (Number(guest[1] ?? GUEST_SECONDS) + MARGIN_SECONDS) * 1000;
    return new ChannelUnavailableError(`${message} (an account has no such limit)`, { waitMs });
  }
  if (/^That name is already in use/.test(error)) {
    const who = "somebody else uses it, or her own last session has not ended yet";
    const waitMs = (GUEST_SECONDS + MARGIN_SECONDS) * 1000;
    return new ChannelUnavailableError(`${message} (${who})`, { waitMs });
  }
  return new ChannelUnavailableError(message, { waitMs: BUSY_PAUSE_MS });
}

/**
 * The error of a kick.
 *
 * @param channel The channel's name.
 * @param reason The server's words, or a moderator's.
 * @returns One that says whether and when to come back.
 */
export function kicked(
  channel: string,
  reason: string,
  { redact = asItIs }: QuoteOptions = {},
): Error {
  const message = `Kicked from ${channel}: ${redact(reason) || "no reason given"}`;
  const known = KICKED_FOR_GOOD.find(([pattern]) => pattern.test(reason));
  if (known) return new ChannelRefusedError(`${message} (${known[1]})`);
  if (reason === "Duplicate login") {
    const advice = "another session uses the account; she comes back when it is gone";
    return new ChannelUnavailableError(`${message} (${advice})`, { absence: "elsewhere" });
  }
  if (/^Channel (?:shutting down|reloading)/.test(reason)) {
    return new ChannelUnavailableError(message);
  }
  if (/^(?:Too many connections|Rate limit exceeded|Channel could not be loaded)/.test(reason)) {
    return new ChannelUnavailableError(message, { waitMs: BUSY_PAUSE_MS });
  }
  return new ChannelUnavailableError(message, { absence: "kicked" });
}

/**
 * The error of a connection that did not come about.
 *
 * @param url The socket server.
 * @param reason Its words, or the network's.
 * @returns One that says whether and when to try again.
 */
export function connectRefused(
  url: string,
  reason: string,
  { redact = asItIs }: QuoteOptions = {},
): Error {
  const message = `Cannot connect to ${url}: ${redact(reason)}`;
  if (/^You are banned/.test(reason)) {
    return new ChannelRefusedError(`${message} (ask the site's administrators)`);
  }
  const waitMs = /rate limit/i.test(reason) ? RATE_LIMIT_PAUSE_MS : 0;
  return new ChannelUnavailableError(message, { waitMs });
}

/**
 * The error of a channel that asks for a password.
 *
 * @param channel The channel, with the password that was given.
 * @returns One that says what to do.
 */
export function passwordRefused(channel: Credentials): Error {
  const what = channel.password === undefined
    ? 'it needs a password: set "channel" to ["name", "password"]'
    : "its password is another one: correct it in the configuration";
  return new ChannelRefusedError(`Cannot join ${channel.name}: ${what}`);
}

/**
 * The error of a complaint that comes instead of the channel.
 *
 * @param channel The channel's name.
 * @param complaint The server's words.
 * @returns The error, or null when the complaint keeps nobody out.
 */
export function joinRefused(
  channel: string,
  complaint: string,
  { redact = asItIs }: QuoteOptions = {},
): Error | null {
  const message = `Cannot join ${channel}: ${redact(complaint)}`;
  if (/hosted on another server/.test(complaint)) return new ChannelUnavailableError(message);
  if (/^Unable to join channel/.test(complaint)) {
    return new ChannelUnavailableError(message, { waitMs: BUSY_PAUSE_MS });
  }
  return null;
}

/**
 * Whether an `errorMsg` is about a message of the bot's own. Source: CyTube's `handlePm` and its
 * check of types.
 *
 * @param message The server's words.
 * @returns What kind of message was refused, or null when it is about something else.
 */
export function refusedMessage(message: string): "pm" | "chat" | null {
  if (/^PM failed: |^You can't PM yourself|to send PMs$/.test(message)) return "pm";
  const [, kind] = /^Unexpected error for message (pm|chatMsg): /.exec(message) ?? [];
  return kind === undefined ? null : kind === "pm" ? "pm" : "chat";
}
