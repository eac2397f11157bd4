import { getLogger } from "@logtape/logtape";
import { refusedMessage } from "../cytube/login_and_kick_errors.ts";
import type { AntifloodLimits, ChannelEvent } from "../cytube/events.ts";
import type { Outbox } from "./outbox.ts";

const log = getLogger(["rosey", "cytube"]);

/** The bot's state in the channel. */
export interface Presence {
  readonly antiflood: AntifloodLimits;
  readonly rank: number;
  isSelf(name: string): boolean;
}

/**
 * Tells the outbox what an event means for its lines: one was said or refused, or the limits
 * changed. Events before the join (`live` is false) are the channel's history.
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
      if (live) outbox.echoed({ text: event.line.text }, event.line.time);
      else outbox.foundInHistory({ text: event.line.text }, event.line.time);
      break;
    case "pm":
      if (!presence.isSelf(event.line.user)) break;
      outbox.echoed({ text: event.line.text, to: event.to }, event.line.time);
      break;
    case "channelOpts":
    case "rank":
      outbox.setLimits(presence.antiflood, presence.rank);
      break;
    case "cooldown":
      outbox.cooldown(event.waitMs);
      break;
    case "noflood":
      // Other actions are commands, which the bot does not send.
      if (event.action === "chat") outbox.mute(event.message, { answer: true });
      break;
    case "userlist":
      // A mute lasts across reconnects.
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
    case "errorMsg": {
      const kind = refusedMessage(event.message);
      if (kind && outbox.refused("refused", event.message, kind)) break;
      log.warning("The channel says: {message}", { message: event.message });
      break;
    }
  }
}

/** Source: the reasons in CyTube's chat filter for new accounts. */
function spamReason(reason: string): string {
  if (!/^NEW_USER_CHAT/.test(reason)) return reason;
  return `${reason}, the account is too new for this channel: a moderator can shorten its delay ` +
    "for new users or give the account rank 2";
}
