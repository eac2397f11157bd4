/** A room without a channel: in a terminal, or in a log that is replayed. */
import { type Clock, systemClock } from "../clock.ts";
import { CommandNames } from "../commands/command_names.ts";
import type { Settings } from "../config/settings.ts";
import type { ChatLine } from "../cytube/events.ts";
import type { Say } from "../outbox/say.ts";
import { ChatHandler, type ChatHandlerOptions } from "./chat_handler.ts";
import type { Decision } from "./decide.ts";
import { Room } from "./room.ts";

const LIVE = { live: true, private: false };

interface LocalRoomOptions extends
  Pick<
    ChatHandlerOptions,
    "models" | "random" | "onDecided" | "onPrompt" | "onProgress" | "isAlone"
  > {
  readonly settings: Settings;
  readonly clock?: Clock;
  /** Called with the lines of an answer, before it is decided that the question is answered. */
  readonly onSaid: (lines: readonly string[]) => void;
}

export class LocalRoom {
  readonly room: Room;
  readonly chat: ChatHandler;
  readonly #clock: Clock;
  readonly #onSaid: (lines: readonly string[]) => void;
  #commands: CommandNames;

  constructor({ settings, clock = systemClock, onSaid, ...options }: LocalRoomOptions) {
    const { user, channel, llm, commands } = settings;
    this.#clock = clock;
    this.#commands = new CommandNames(commands);
    this.#onSaid = onSaid;
    this.room = new Room(clock);
    this.room.ownName = user.name;
    this.chat = new ChatHandler({
      ...options,
      clock,
      room: this.room,
      say: this.#say,
      isMuted: () => false,
      isBusy: () => false,
      withdraw: () => {},
      channel: channel.name,
      talk: llm,
    });
  }

  updateSettings({ user, commands, llm }: Settings): void {
    this.room.ownName = user.name;
    this.#commands = new CommandNames(commands);
    this.chat.updateSettings(llm);
  }

  join(name: string): void {
    if (this.room.user(name)) return;
    this.room.update({ type: "addUser", user: { name, rank: 1, afk: false, muted: false } });
  }

  /** Commands such as `!help` are not run: their replies come from the channel's state. */
  hear(line: ChatLine): Decision {
    const isOwn = this.room.isSelf(line.user);
    if (isOwn || !this.#commands.parse(line.text)) return this.chat.handleLine(line, LIVE);
    return this.chat.commandHandled(line, false);
  }

  /** Lines come back, and count as said, as soon as the model is asked no more. */
  readonly #say: Say = (lines, { onSettled } = {}) => {
    this.#clock.setTimer(() => {
      this.#onSaid(lines);
      onSettled?.(lines);
      const user = this.room.ownName;
      for (const text of lines) {
        this.hear({ user, text, time: this.#clock.wall(), shadow: false, action: false });
      }
    }, 0);
    return { begun: true, takeBack: () => {} };
  };
}
