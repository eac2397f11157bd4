/** Routes each event of the channel to the parts that handle it. */
import type { ChatHandler } from "./chat/chat_handler.ts";
import type { LineOrigin } from "./chat/decide.ts";
import type { Room } from "./chat/room.ts";
import type { CommandHandler } from "./commands/command_handler.ts";
import type { ChannelEvent, ChatLine, Media } from "./cytube/events.ts";
import { routeToOutbox } from "./outbox/route_to_outbox.ts";
import type { Outbox } from "./outbox/outbox.ts";
import { chatText, mediaText, type Transcript } from "./storage/transcript.ts";

export interface EventRouterOptions {
  readonly room: Room;
  readonly outbox: Outbox;
  readonly chat: ChatHandler;
  readonly commands: CommandHandler;
  readonly chatLog?: Transcript;
  readonly mediaLog?: Transcript;
}

export class EventRouter {
  readonly #options: EventRouterOptions;
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
      case "clearchat":
        if (live) chatLog?.add(`[server] ${event.by || "somebody"} cleared chat`);
        chat.controls.reset();
        break;
    }
  }

  #handleLine(line: ChatLine, origin: LineOrigin): void {
    const { room, chat, commands } = this.#options;
    const mayBeCommand = origin.live && !room.isSelf(line.user);
    if (mayBeCommand && commands.handle(line, origin.private)) {
      chat.decisions.ignored(line.user, "command");
    } else {
      chat.handleLine(line, origin);
    }
  }

  /** The server repeats the current media after a join and after a shuffle. */
  #handleMedia(media: Media): void {
    if (media.id === this.#mediaId) return;
    this.#options.mediaLog?.add(mediaText(media));
    if (this.#mediaId !== undefined) this.#options.chat.mediaChanged();
    this.#mediaId = media.id;
  }
}
