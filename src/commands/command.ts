/** What a command is. To add one, add an object to a list that the registry contains. */
import type { ChatHandler } from "../chat/chat_handler.ts";
import type { Room } from "../chat/room.ts";
import type { BotReport } from "../report.ts";
import type { RuntimeSettings } from "../runtime_settings.ts";
import type { CommandNames } from "./command_names.ts";

export interface CommandEnvironment {
  readonly chat: ChatHandler;
  readonly room: Room;
  readonly runtimeSettings: RuntimeSettings;
  /** Models that the server has; undefined if it does not list them. */
  readonly offeredModels: () => readonly string[] | undefined;
  readonly report: () => BotReport;
}

export interface CommandContext extends CommandEnvironment {
  readonly command: Command;
  readonly user: string;
  /** What follows the name, trimmed. */
  readonly argument: string;
  readonly isModerator: (user: string) => boolean;
  /** The commands as they are typed in this channel. */
  readonly names: CommandNames;
}

export interface Command {
  /** The default of `commands.names`. */
  readonly name: string;
  /** Other names; they work unless `commands.names` renames the command. */
  readonly aliases?: readonly string[];
  /** The argument in the help text, such as `NAME` or `[NAME]`. */
  readonly argument?: string;
  readonly help: string;
  readonly access: "everyone" | "moderators";
  /** Whether the reply is always a private message. */
  readonly private?: boolean;
  /** Whether it is exempt from the rate limit; only its reply can then be left out. */
  readonly unlimited?: boolean;
  /** Returns the reply; empty for none. It is sanitized before it is said. */
  run(context: CommandContext): string;
}
