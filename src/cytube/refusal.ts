/**
 * What it means when a channel does not want the bot.
 *
 * @module
 */
import { ChannelRefusedError, ChannelUnavailableError } from "../errors.ts";

/** A guest may log in once a minute from one address. */
const GUEST_PAUSE_MS = 65_000;
/** Whoever was sent away stays away: coming straight back is what gets bots banned. */
const KICK_PAUSE_MS = 300_000;
const BUSY_PAUSE_MS = 30_000;

/** Login errors that another try does not cure, with what to do. Source: recorded traffic. */
const FOR_GOOD: readonly (readonly [RegExp, string])[] = [
  [/^Invalid username\/password/, "check the password"],
  [/^User does not exist/, "register the account, or leave the password out to be a guest"],
  [/^That username is registered/, 'give its password: "user": ["name", "password"]'],
  [/^That username is reserved/, "choose another name"],
  [/^Invalid username/, "choose another name"],
];

/**
 * The error of a failed login.
 *
 * @param name The name that was tried.
 * @param error The server's words.
 * @returns One that says whether and when to try again.
 */
export function loginRefused(name: string, error: string): Error {
  const known = FOR_GOOD.find(([pattern]) => pattern.test(error));
  const message = `Cannot log in as ${name}: ${error}`;
  if (known) return new ChannelRefusedError(`${message} (${known[1]})`);
  const waitMs = /^Guest logins are restricted/.test(error) ? GUEST_PAUSE_MS : BUSY_PAUSE_MS;
  return new ChannelUnavailableError(message, { waitMs });
}

/**
 * The error of a kick.
 *
 * @param channel The channel's name.
 * @param reason The server's words, or a moderator's.
 * @returns One that says whether and when to come back.
 */
export function kicked(channel: string, reason: string): Error {
  const message = `Kicked from ${channel}: ${reason || "no reason given"}`;
  if (/^You(?:'re| are) (?:IP )?banned/i.test(reason)) return new ChannelRefusedError(message);
  if (/^Channel shutting down/.test(reason)) return new ChannelUnavailableError(message);
  const busy = /^(?:Too many connections|Rate limit exceeded)/.test(reason);
  return new ChannelUnavailableError(message, { waitMs: busy ? BUSY_PAUSE_MS : KICK_PAUSE_MS });
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
