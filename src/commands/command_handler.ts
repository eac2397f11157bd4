/** Runs commands: who may use them, how often, and where the reply goes. */
import { getLogger } from "@logtape/logtape";
import { Cooldown } from "../chat/cooldown.ts";
import type { Clock } from "../clock.ts";
import type { CommandSettings } from "../config/settings.ts";
import type { ChatLine } from "../cytube/events.ts";
import type { Say } from "../outbox/say.ts";
import { sanitize } from "../sanitize/sanitize.ts";
import { split } from "../sanitize/split.ts";
import type { CommandEnvironment } from "./command.ts";
import { CommandNames, type ParsedCommand } from "./command_names.ts";

const log = getLogger(["rosey", "commands"]);

/** Between two commands of one user, and between two uses of one command in the room. */
const PAUSE_MS = 3000;
const MAX_REPLY_LINES = 6;

export interface CommandHandlerOptions extends CommandEnvironment {
  readonly settings: CommandSettings;
  readonly isMuted: () => boolean;
  readonly say: Say;
  readonly clock: Clock;
}

export class CommandHandler {
  readonly #options: CommandHandlerOptions;
  readonly #pauses = new Cooldown(PAUSE_MS);
  #moderatorRank = Infinity;
  #moderators: ReadonlySet<string> = new Set();
  #names: CommandNames;

  constructor(options: CommandHandlerOptions) {
    this.#options = options;
    this.#names = new CommandNames(options.settings);
    this.updateSettings(options.settings);
  }

  updateSettings(settings: CommandSettings): void {
    this.#moderatorRank = settings.moderatorRank;
    this.#moderators = new Set(settings.moderators.map((name) => name.toLowerCase()));
    this.#names = new CommandNames(settings);
  }

  /**
   * Handles a live line of another user.
   *
   * @returns Whether it is a command, allowed or not.
   */
  handle(line: ChatLine, isPrivate: boolean): boolean {
    const parsed = this.#names.parse(line.text);
    if (!parsed) return false;
    const { command, argument } = parsed;
    const { user } = line;
    const { chat: { controls }, isMuted } = this.#options;
    const moderator = this.#isModerator(user);
    // Another bot may have a moderator's rank and use the same command names.
    if (line.shadow || controls.isIgnoredByOperator(user)) return true;
    if (!moderator && controls.isIgnored(user)) return true;
    const quiet = isPrivate || isMuted() || (controls.paused && !moderator);
    const replyInPrivate = quiet || command.private === true;
    const tooSoon = !moderator && this.#isTooSoon(user, replyInPrivate ? undefined : command.name);
    if (tooSoon && !command.unlimited) return true;
    const forModerators = command.access === "moderators";
    const allowed = moderator || !forModerators;
    log.info("Command {command}{argument} of {user}{denied}", {
      command: command.name,
      argument: forModerators && !isPrivate && argument ? ` ${argument}` : "",
      user,
      denied: allowed ? "" : ": not allowed",
    });
    const reply = allowed
      ? this.#run(parsed, user)
      : `Only moderators may use ${this.#names.typed(command.name)}.`;
    if (reply !== "" && !tooSoon) {
      this.#reply(reply, {
        allowLinks: forModerators,
        to: replyInPrivate || !allowed ? user : undefined,
      });
    }
    return true;
  }

  /** Listed names need an account: anybody can take a guest's name. */
  #isModerator(user: string): boolean {
    const { room } = this.#options;
    return (room.user(user)?.rank ?? 0) >= this.#moderatorRank ||
      (this.#moderators.has(user.toLowerCase()) && room.isRegistered(user));
  }

  /** @param command The command's name if its reply goes to the room. */
  #isTooSoon(user: string, command: string | undefined): boolean {
    const now = this.#options.clock.now();
    // No user name contains a colon.
    const keys = command === undefined ? [user] : [user, `room:${command}`];
    if (keys.some((key) => this.#pauses.remainingMs(key, now) > 0)) return true;
    for (const key of keys) this.#pauses.start(key, now);
    return false;
  }

  #run({ command, argument }: ParsedCommand, user: string): string {
    return command.run({
      ...this.#options,
      command,
      user,
      argument,
      isModerator: (name) => this.#isModerator(name),
      names: this.#names,
    });
  }

  #reply(text: string, { allowLinks, to }: { allowLinks: boolean; to?: string }): void {
    const { room, say } = this.#options;
    const isHere = (name: string) => room.user(name) !== undefined;
    const safe = sanitize(text, { bot: "", allowLinks, isHere });
    say(split(safe, { maxUnits: room.maxLineUnits, maxLines: MAX_REPLY_LINES }), { to });
  }
}
