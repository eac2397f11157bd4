/** Routes each event of the channel to the parts that handle it. */
import { getLogger } from "@logtape/logtape";
import type { ChatHandler } from "./chat/chat_handler.ts";
import type { Decision, LineOrigin } from "./chat/decide.ts";
import type { Room } from "./chat/room.ts";
import type { CommandHandler } from "./commands/command_handler.ts";
import { refusedMessage } from "./cytube/login_and_kick_errors.ts";
import type { AntifloodLimits, ChannelEvent, ChatLine, Media } from "./cytube/events.ts";
import type { Outbox } from "./outbox/outbox.ts";
import { chatText, mediaText, type Transcript } from "./storage/transcript.ts";

const log = getLogger(["rosey", "cytube"]);

const UNREGISTERED =
  "Nobody has registered this channel: is its name right? Anybody can join any " +
  "name, and settings are not kept";

export interface EventRouterOptions {
  readonly room: Room;
  readonly outbox: Outbox;
  readonly chat: ChatHandler;
  readonly commands: CommandHandler;
  readonly chatLog?: Transcript;
  readonly mediaLog?: Transcript;
  readonly onHeard?: (line: ChatLine, decision: Decision) => void;
  /** Called when a line of the bot came back. */
  readonly onSaid: () => void;
  /** Takes the lead of the playlist from the bot. */
  readonly handBackLead: () => void;
}

export class EventRouter {
  readonly #options: EventRouterOptions;
  #unregisteredTold = false;
  /** Undefined until the first media; empty after the playlist was emptied. */
  #mediaId: string | undefined;

  constructor(options: EventRouterOptions) {
    this.#options = options;
  }

  /** @param live False for lines that the server repeats from before the bot joined. */
  handle(event: ChannelEvent, live: boolean): void {
    const { room, outbox, chat, chatLog } = this.#options;
    const before = event.type === "userlist" ? room.users.map(({ name }) => name) : [];
    room.update(event);
    routeToOutbox(outbox, event, { live, presence: room });
    switch (event.type) {
      case "chatMsg":
        if (live) chatLog?.add(chatText(event.line));
        if (live && room.isSelf(event.line.user)) this.#options.onSaid();
        this.#handleLine(event.line, { live, private: false });
        break;
      case "pm":
        if (!room.isSelf(event.line.user)) {
          this.#handleLine(event.line, { live: true, private: true });
        }
        break;
      case "changeMedia":
        this.#handleMedia(event.media);
        break;
      case "setPlaylistMeta":
        if (event.count === 0) this.#mediaId = "";
        break;
      case "userlist":
        chat.userListReceived(before);
        break;
      case "addUser":
        if (live && !room.isSelf(event.user.name)) chat.userJoined(event.user.name);
        break;
      case "userLeave":
        chat.userLeft(event.name);
        break;
      case "setLeader":
        if (room.isSelf(event.name)) this.#leadReceived();
        break;
      case "channelNotRegistered":
        // Comes with each join.
        if (!this.#unregisteredTold) log.warning(UNREGISTERED);
        this.#unregisteredTold = true;
        break;
      case "clearchat":
        if (live) chatLog?.add(`[server] ${event.by || "somebody"} cleared chat`);
        chat.controls.reset();
        break;
    }
  }

  #handleLine(line: ChatLine, origin: LineOrigin): void {
    const { room, chat, commands } = this.#options;
    const mayBeCommand = origin.live && !room.isSelf(line.user);
    const isCommand = mayBeCommand && commands.handle(line, origin.private);
    const decision = isCommand
      ? chat.commandHandled(line, origin.private)
      : chat.handleLine(line, origin);
    this.#options.onHeard?.(line, decision);
  }

  /** The leader's player moves the playlist on, and the bot has none. */
  #leadReceived(): void {
    const { room, handBackLead } = this.#options;
    if (room.mayAssignLeader) return handBackLead();
    log.warning(
      "The bot was made leader: the playlist stands still until a moderator takes that back",
    );
  }

  /** The server repeats the current media after a join and after a shuffle. */
  #handleMedia(media: Media): void {
    if (media.id === this.#mediaId) return;
    this.#options.mediaLog?.add(mediaText(media));
    if (this.#mediaId !== undefined) this.#options.chat.mediaChanged();
    this.#mediaId = media.id;
  }
}

/** The bot's state in the channel. */
export interface Presence {
  readonly antiflood: AntifloodLimits;
  readonly rank: number;
  readonly mayChat: boolean;
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
    case "setPermissions":
      outbox.setLimits(presence.antiflood, presence.rank);
      // Before the join the rank is not known.
      if (live) outbox.allow(presence.mayChat);
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
