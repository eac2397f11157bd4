/**
 * Errors for the reasons with which a CyTube server refuses or ends a session. Sources: recorded
 * traffic, and CyTube's `user.js`, `ioserver.js`, `kickban.js`, `channel.js` and `server.js`.
 *
 * @module
 */
import type { Credentials } from "../config/settings.ts";
import { ChannelRefusedError, ChannelUnavailableError } from "../errors.ts";
import { networkFailure } from "../network_errors.ts";
import type { Redact } from "../redact.ts";

/** CyTube's default pause between two guest logins from one address. */
const GUEST_SECONDS = 60;
/** Allows for the difference between the server's clock and the bot's. */
const MARGIN_SECONDS = 5;
const BUSY_PAUSE_MS = 30_000;
/** The server admits one connection in ten seconds once its burst is spent. */
const RATE_LIMIT_PAUSE_MS = 15_000;

const PERMANENT_LOGIN_ERRORS: readonly (readonly [RegExp, string])[] = [
  [/^Invalid username\/password/, "check the password"],
  [/^User does not exist/, "register the account, or leave the password out to be a guest"],
  [/^That username is registered/, 'give its password: "user": ["name", "password"]'],
  [/^(?:That username is reserved|Invalid username)/, "choose another name"],
];

/** Reasons of permanent kicks, with what to do. */
const PERMANENT_KICKS: readonly (readonly [RegExp, string])[] = [
  [/^You(?:'re| are) (?:IP )?banned/i, "ask its moderators"],
  [/^Channel (?:was banned|could not be loaded: Channel is banned)/, "the site has closed it"],
  [/^This channel has banned connections from Tor/, "connect without Tor"],
  [/^Invalid channel name/, 'correct "channel"'],
];

/** `redact` removes passwords from the server's text, here and below. */
export function loginRefused(name: string, error: string, redact: Redact): Error {
  const what = `Cannot log in as ${name}: ${redact(error) || "the server gives no reason"}`;
  const known = PERMANENT_LOGIN_ERRORS.find(([pattern]) => pattern.test(error));
  if (known) return new ChannelRefusedError(`${what} (${known[1]})`);
  const guest = /^Guest logins are restricted(?:.* per (\d{1,4}) seconds)?/.exec(error);
  const waitMs = (Number(guest?.[1] ?? GUEST_SECONDS) + MARGIN_SECONDS) * 1000;
  if (guest) {
    return new ChannelUnavailableError(`${what} (wait a minute, or register an account)`, {
      waitMs,
    });
  }
  if (/^That name is already in use/.test(error)) {
    const why = "another session uses it, or the bot's last session has not ended yet";
    return new ChannelUnavailableError(`${what} (${why})`, { waitMs });
  }
  return new ChannelUnavailableError(what, { waitMs: BUSY_PAUSE_MS });
}

/** The bot stays out of a channel that another session of its account is in. */
export function nameInUse(channel: string, user: string): Error {
  const what = `Stays out of ${channel}: another session is there as ${user}`;
  return new ChannelUnavailableError(what, { kind: "name_in_use" });
}

/** It cannot be seen whether another session of the account is in the channel. */
export function nameHidden(channel: string, why: string): Error {
  const what = `Cannot see whether the bot's account is in ${channel} already: ${why}`;
  return new ChannelUnavailableError(what, { kind: "name_hidden" });
}

/**
 * The error of a kick.
 *
 * @param options.joined Whether the bot was in the channel. There a moderator may kick with any words:
 * only a refused join proves a ban.
 */
export function kicked(
  channel: string,
  reason: string,
  options: { readonly redact: Redact; readonly joined: boolean },
): Error {
  const what = `Kicked from ${channel}: ${options.redact(reason) || "no reason given"}`;
  const known = PERMANENT_KICKS.find(([pattern]) => pattern.test(reason));
  if (known && !options.joined) return new ChannelRefusedError(`${what} (${known[1]})`);
  if (reason === "Duplicate login") {
    const advice = "another session uses the account; the bot comes back when it is gone";
    return new ChannelUnavailableError(`${what} (${advice})`, { kind: "name_in_use" });
  }
  if (/^Channel (?:shutting down|reloading)/.test(reason)) return new ChannelUnavailableError(what);
  if (/^(?:Too many connections|Rate limit exceeded|Channel could not be loaded)/.test(reason)) {
    return new ChannelUnavailableError(what, { waitMs: BUSY_PAUSE_MS });
  }
  return new ChannelUnavailableError(what, { kind: "kicked" });
}

export function connectRefused(url: string, reason: string, redact: Redact): Error {
  const what = `Cannot connect to ${url}: ${redact(reason)}`;
  if (/^You are banned/.test(reason)) {
    return new ChannelRefusedError(`${what} (ask the site's administrators)`);
  }
  const waitMs = /rate limit/i.test(reason) ? RATE_LIMIT_PAUSE_MS : 0;
  return new ChannelUnavailableError(what, { waitMs });
}

/** The error of a WebSocket that could not be opened. */
export function notConnected(url: string, cause: unknown): Error {
  const { reason, hint } = networkFailure(cause, { url: new URL(url) });
  return new ChannelUnavailableError(`Cannot connect to ${url}: ${reason}`, { hint, cause });
}

/** The error of a channel that asks for a password, or for another one. */
export function passwordRefused(channel: Credentials): Error {
  const what = channel.password === undefined
    ? 'it needs a password: set "channel" to ["name", "password"]'
    : "its password is another one: correct it in the configuration";
  return new ChannelRefusedError(`Cannot join ${channel.name}: ${what}`);
}

/** The error of an `errorMsg` during the join, or null when the message does not prevent it. */
export function joinRefused(channel: string, reason: string, redact: Redact): Error | null {
  const isElsewhere = /hosted on another server/.test(reason);
  if (!isElsewhere && !/^Unable to join channel/.test(reason)) return null;
  const what = `Cannot join ${channel}: ${redact(reason)}`;
  return new ChannelUnavailableError(what, { waitMs: isElsewhere ? 0 : BUSY_PAUSE_MS });
}

/**
 * The kind of message that an `errorMsg` refuses, or null when it is about something else. Source:
 * CyTube's `handlePm` and its check of types.
 */
export function refusedMessage(message: string): "pm" | "chat" | null {
  if (/^PM failed: |^You can't PM yourself|to send PMs$/.test(message)) return "pm";
  if (/^Unexpected error for message pm: /.test(message)) return "pm";
  return /^Unexpected error for message chatMsg: /.test(message) ? "chat" : null;
}
