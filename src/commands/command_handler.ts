/**
 * Commands: who may give them, by their rank at this moment, and what comes of them.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import type { Say } from "../chat/reply_generator.ts";
import type { ChatHandler } from "../chat/chat_handler.ts";
import { Cooldown } from "../chat/cooldown.ts";
import { sanitize } from "../sanitize/sanitize.ts";
import type { Room } from "../chat/room.ts";
import { split } from "../sanitize/split.ts";
import type { Clock } from "../clock.ts";
import type { CommandName } from "../config/command_names.ts";
import type { CommandSettings } from "../config/settings.ts";
import type { ChatLine } from "../cytube/events.ts";
import type { RuntimeSettings } from "../runtime_settings.ts";
import { sameModel } from "../llm/provider.ts";
import type { BotReport } from "../report.ts";
import { type GivenCommand, Vocabulary } from "./parse.ts";
import { COMMANDS } from "./table.ts";
import { helpText, nowPlaying, statusText, whyText } from "./texts.ts";

const log = getLogger(["rosey", "commands"]);

/** Options of {@linkcode CommandHandler}. */
export interface CommandHandlerOptions {
  /** Prefix, names and ranks. */
  readonly settings: CommandSettings;
  /** What is commanded. */
  readonly chat: ChatHandler;
  /** Model and persona. */
  readonly runtimeSettings: RuntimeSettings;
  /** Models that the server has; undefined where it keeps no list. */
  readonly offeredModels: () => readonly string[] | undefined;
  /** Who is here and what plays. */
  readonly room: Room;
  /** Whether the channel does not let the bot talk. */
  readonly isMuted: () => boolean;
  /** Says an answer. */
  readonly say: Say;
  /** How the bot is. */
  readonly report: () => BotReport;
  /** The time. */
  readonly clock: Clock;
}

/** Between two commands of somebody who is no moderator, and between two equal answers in the room. */
const PAUSE_MS = 3000;
/** CyTube's names. */
const USER_NAME = /^[\w-]{1,20}$/;
const WHY_ENTRIES = 20;
/** Carried out however often: what people want of their own words. Only the answer may be left out. */
const ALWAYS: readonly CommandName[] = ["optout", "optin", "forget"];
const MAX_LINES = 6;

/** Carries out commands. */
export class CommandHandler {
  readonly #options: CommandHandlerOptions;
  readonly #pauses = new Cooldown(PAUSE_MS);
  #settings: CommandSettings;
  #vocabulary: Vocabulary;

  /**
   * Listens to commands.
   *
   * @param options What they work on.
   */
  constructor(options: CommandHandlerOptions) {
    this.#options = options;
    this.#settings = options.settings;
    this.#vocabulary = new Vocabulary(options.settings);
  }

  /**
   * Listens to other names and ranks from now on.
   *
   * @param settings Which.
   */
  updateSettings(settings: CommandSettings): void {
    this.#settings = settings;
    this.#vocabulary = new Vocabulary(settings);
  }

  /**
   * Takes in a line.
   *
   * @param line A live line of somebody else.
   * @param isPrivate Whether it is a private message.
   * @returns Whether it was a command, carried out or not.
   */
  handle(line: ChatLine, isPrivate: boolean): boolean {
    const command = this.#vocabulary.parse(line.text);
    if (!command) return false;
    const { user } = line;
    const { controls } = this.#options.chat;
    const moderator = this.#rankOf(user) >= this.#settings.moderatorRank;
    // Another bot may have a moderator's rank, and commands of the same names.
    if (line.shadow || controls.isIgnoredByOperator(user)) return true;
    if (!moderator && controls.isIgnored(user)) return true;
    const quiet = isPrivate || this.#options.isMuted() || (controls.paused && !moderator);
    const toPerson = quiet || COMMANDS[command.name].private;
    const tooSoon = !moderator && this.#isTooSoon(user, toPerson ? undefined : command);
    if (tooSoon && !ALWAYS.includes(command.name)) return true;
    const { moderators } = COMMANDS[command.name];
    const allowed = moderator || !moderators;
    log.info("Command {command} of {user}{denied}", {
      command: moderators && !isPrivate
        ? `${command.name} ${command.argument}`.trim()
        : command.name,
      user,
      denied: allowed ? "" : ": not allowed",
    });
    const answer = allowed
      ? this.#run(command, { user, moderator })
      : `Only moderators may use ${this.#vocabulary.typed(command.name)}.`;
    if (answer === "" || tooSoon) return true;
    const isHere = (name: string) => this.#options.room.user(name) !== undefined;
    const lines = split(sanitize(answer, { bot: "", allowLinks: moderators, isHere }), {
      maxLines: MAX_LINES,
    });
    this.#options.say(lines, toPerson || !allowed ? { to: user } : {});
    return true;
  }

  #rankOf(user: string): number {
    return this.#options.room.user(user)?.rank ?? 0;
  }

  #isTooSoon(user: string, inRoom: GivenCommand | undefined): boolean {
    const now = this.#options.clock.now();
    // No name holds a colon.
    const keys = inRoom ? [user, `room:${inRoom.name}`] : [user];
    if (keys.some((key) => this.#pauses.remainingMs(key, now) > 0)) return true;
    for (const key of keys) this.#pauses.start(key, now);
    return false;
  }

  #run({ name, argument }: GivenCommand, who: { user: string; moderator: boolean }): string {
    const { chat, room, report } = this.#options;
    const { controls } = chat;
    const { user, moderator } = who;
    switch (name) {
      case "help":
        return helpText(this.#vocabulary, { moderator, about: argument });
      case "np":
        return nowPlaying(room.media);
      case "missed":
        return this.#missed(user);
      case "optout":
        controls.optOut(user);
        return `${user}: I leave you alone and have forgotten what you said. ${
          this.#vocabulary.typed("optin") ?? "A moderator"
        } ends that.`;
      case "optin":
        return controls.optIn(user)
          ? `${user}: good to have you back.`
          : `${user}: you never left.`;
      case "forget":
        controls.forget(user);
        return `${user}: forgotten.`;
      case "pause":
        controls.pause();
        return "I am silent until I am told to resume.";
      case "resume":
        controls.resume();
        return "I am back.";
      case "reset":
        controls.reset();
        return "Everything that was said is forgotten.";
      case "ignore":
        return this.#ignore(argument, true);
      case "unignore":
        return this.#ignore(argument, false);
      case "model":
        return this.#model(argument);
      case "persona":
        return this.#persona(argument);
      case "status":
        return statusText(report(), { paused: controls.paused });
      case "why":
        return whyText(chat.decisions.last(WHY_ENTRIES, argument || undefined));
    }
  }

  /** A guest's name can be taken by anybody: only accounts are told what was said in their absence. */
  #missed(user: string): string {
    const { chat, report } = this.#options;
    if (this.#rankOf(user) < 1) {
      return "Only for registered users: anybody can take a guest's name.";
    }
    const states = report().models.map(({ state }) => state);
    if (states.every((state) => state === "down")) {
      return "I have no model to sum it up with just now.";
    }
    switch (chat.controls.summarizeMissed(user)) {
      case "queued":
        return "";
      case "paused":
        return "I am silent until a moderator lets me speak.";
      case "unknown":
        return "I have not seen you leave, so I do not know what you missed.";
      case "nothing":
        return "Nothing was said while you were away.";
      case "cooldown":
      case "queue full":
        return "I have just been asked; try again in a moment.";
    }
  }

  #ignore(whom: string, ignored: boolean): string {
    const name = whom.replace(/^@/, "");
    const { chat, room } = this.#options;
    if (!USER_NAME.test(name)) return `Whom? ${this.#usage(ignored ? "ignore" : "unignore")}`;
    if (room.isSelf(name)) return "I cannot ignore myself.";
    if (ignored && this.#rankOf(name) >= this.#settings.moderatorRank) {
      return `I cannot ignore ${name}: a moderator.`;
    }
    const changed = ignored ? chat.controls.ignore(name) : chat.controls.unignore(name);
    if (!changed) return `${name} is ${ignored ? "ignored already" : "not ignored"}.`;
    return ignored ? `I ignore ${name} from now on.` : `I listen to ${name} again.`;
  }

  #model(name: string): string {
    const { runtimeSettings, offeredModels } = this.#options;
    const known = offeredModels();
    if (name === "") {
      return `I use ${runtimeSettings.model}.${
        known ? ` The server has ${known.join(", ")}.` : ""
      }`;
    }
    if (!known) return "The model's server does not tell which models it has.";
    const found = known.find((other) => sameModel(other, name));
    if (found === undefined) return `The server has no ${name}; it has ${known.join(", ")}.`;
    runtimeSettings.chooseModel(found);
    return `I use ${found} from now on; it may have to be loaded first.`;
  }

  #persona(name: string): string {
    const { runtimeSettings } = this.#options;
    const all = runtimeSettings.personas.join(", ");
    if (name === "") return `I am ${runtimeSettings.persona}. I can be ${all}.`;
    const found = runtimeSettings.choosePersona(name);
    return found === undefined ? `I know no ${name}; I can be ${all}.` : `I am ${found} now.`;
  }

  #usage(name: "ignore" | "unignore"): string {
    return `${this.#vocabulary.typed(name)} ${COMMANDS[name].argument}`;
  }
}
