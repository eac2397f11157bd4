/**
 * Where each event of the channel goes.
 *
 * @module
 */
import type { Conversation } from "./chat/conversation.ts";
import type { Room } from "./chat/room.ts";
import type { Commands } from "./commands/commands.ts";
import type { ChannelEvent, ChatLine, Media } from "./cytube/events.ts";
import { routeToOutbox } from "./outbox/route_to_outbox.ts";
import type { Outbox } from "./outbox/outbox.ts";
import { chatText, mediaText, type Transcript } from "./storage/transcript.ts";

/** Options of {@linkcode Dispatch}. */
export interface DispatchOptions {
  /** Who is here and what plays. */
  readonly room: Room;
  /** What is being said. */
  readonly outbox: Outbox;
  /** What is heard. */
  readonly conversation: Conversation;
  /** What is commanded. */
  readonly commands: Commands;
  /** Where what is said is written. */
  readonly chatLog?: Transcript;
  /** Where what is played is written. */
  readonly mediaLog?: Transcript;
}

/** Hands events on, in the order in which they come. */
export class Dispatch {
  readonly #options: DispatchOptions;
  #playing: string | undefined;

  /**
   * Has seen nothing yet.
   *
   * @param options Who is told.
   */
  constructor(options: DispatchOptions) {
    this.#options = options;
  }

  /**
   * Takes in an event.
   *
   * @param event Any.
   * @param live False for lines of before the bot joined.
   */
  take(event: ChannelEvent, live: boolean): void {
    const { room, outbox, conversation } = this.#options;
    const before = event.type === "userlist" ? room.users.map(({ name }) => name) : [];
    room.update(event);
    routeToOutbox(outbox, event, { live, presence: room });
    switch (event.type) {
      case "chatMsg":
        this.#hear(event.line, live);
        break;
      case "pm":
        this.#hearPrivately(event.line);
        break;
      case "changeMedia":
        this.#play(event.media);
        break;
      case "setPlaylistMeta":
        // The same may be played once more.
        if (event.count === 0) this.#playing = "";
        break;
      case "userlist":
        conversation.rejoined(before);
        break;
      case "addUser":
        if (live && !room.isSelf(event.user.name)) conversation.joined(event.user.name);
        break;
      case "userLeave":
        conversation.left(event.name);
        break;
      case "clearchat":
        if (live) this.#options.chatLog?.add(`[server] ${event.by || "somebody"} cleared chat`);
        conversation.reset();
        break;
    }
  }

  #hear(line: ChatLine, live: boolean): void {
    const { room, conversation, commands, chatLog } = this.#options;
    if (live) chatLog?.add(chatText(line));
    const heard = live && !room.isSelf(line.user) && commands.hear(line, false);
    if (heard) return conversation.heardCommand(line.user);
    conversation.hear(line, { live, private: false });
  }

  #hearPrivately(line: ChatLine): void {
    const { room, conversation, commands } = this.#options;
    if (room.isSelf(line.user)) return;
    if (commands.hear(line, true)) return conversation.heardCommand(line.user);
    conversation.hear(line, { live: true, private: true });
  }

  /** It is sent again to whoever joins, and on every shuffle. */
  #play(media: Media): void {
    const { conversation, mediaLog } = this.#options;
    if (media.id === this.#playing) return;
    mediaLog?.add(mediaText(media));
    // What plays when she comes is no change.
    if (this.#playing !== undefined) conversation.played();
    this.#playing = media.id;
  }
}
