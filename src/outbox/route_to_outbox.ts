/**
 * What the channel's events mean for what the bot is saying.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import type { AntifloodLimits, ChannelEvent } from "../cytube/events.ts";
import type { Outbox } from "./outbox.ts";

const log = getLogger(["rosey", "cytube"]);

/** The bot in its channel, as far as its events tell. */
export interface Presence {
  /** The channel's flood limits. */
  readonly antiflood: AntifloodLimits;
  /** The bot's rank here. */
  readonly rank: number;
  /** Whether a name is the bot's own. */
  isSelf(name: string): boolean;
}

/**
 * Passes on what an event says about lines of the bot's own: that one was said or refused, and how
 * fast the next may follow.
 *
 * @param outbox Where these lines are.
 * @param event Any event; most say nothing about them.
 * @param options `live`: whether it is newer than the bot's joining; `presence`: after the event.
 */
export function routeToOutbox(
  outbox: Outbox,
  event: ChannelEvent,
  options: { readonly live: boolean; readonly presence: Presence },
): void {
  const { live, presence } = options;
  switch (event.type) {
    case "chatMsg":
      if (!presence.isSelf(event.line.user)) break;
      if (live) outbox.heard({ text: event.line.text }, event.line.time);
      else outbox.remembered({ text: event.line.text }, event.line.time);
      break;
    case "pm":
      if (!presence.isSelf(event.line.user)) break;
      outbox.heard({ text: event.line.text, to: event.to }, event.line.time);
      break;
    case "channelOpts":
    case "rank":
      outbox.limit(presence.antiflood, presence.rank);
      break;
    case "cooldown":
      outbox.cooldown(event.waitMs);
      break;
    case "noflood":
      // Other actions are those of commands, which she never gives.
      if (event.action === "chat") outbox.mute(event.message, { answer: true });
      break;
    case "userlist":
      // Whoever is muted is so still when they come back.
      if (event.users.some(({ name, muted }) => muted && presence.isSelf(name))) {
        outbox.mute("a moderator said so");
      }
      break;
    case "setUserMeta":
      if (!presence.isSelf(event.name)) break;
      if (event.muted) outbox.mute("a moderator said so");
      else outbox.unmute();
      break;
    case "spamFiltered":
      outbox.refused("spam filter", `the channel's spam filter: ${spamReason(event.reason)}`);
      break;
    case "errorMsg":
      if (outbox.complaint(event.message)) break;
      log.warning("The channel says: {message}", { message: event.message });
      break;
  }
}

/** Source: the reasons in CyTube's chat filter for new accounts. */
function spamReason(reason: string): string {
  if (!/^NEW_USER_CHAT/.test(reason)) return reason;
  return `${reason}, the account is too new for this channel: a moderator can shorten its delay ` +
    "for new users or give the account rank 2";
}
