/**
 * From a line to a command.
 *
 * @module
 */
import { COMMAND_NAMES, type CommandName } from "../config/command_names.ts";
import type { CommandSettings } from "../config/settings.ts";

/** A command that somebody gave. */
export interface GivenCommand {
  /** Which, whatever the operator calls it. */
  readonly name: CommandName;
  /** What follows it, without white space around. */
  readonly argument: string;
}

/** The commands as they are typed in this channel. */
export class Vocabulary {
  readonly #prefix: string;
  readonly #byTyped: ReadonlyMap<string, CommandName>;
  readonly #typed: ReadonlyMap<CommandName, string>;

  /**
   * Knows the names that the operator chose.
   *
   * @param settings Prefix and names.
   */
  constructor({ enabled, prefix, names }: CommandSettings) {
    this.#prefix = prefix;
    const known = enabled
      ? COMMAND_NAMES.map((name) => [name, names[name] ?? name] as const)
        .filter(([, typed]) => typed !== "")
      : [];
    this.#typed = new Map(known);
    this.#byTyped = new Map(known.map(([name, typed]) => [typed.toLowerCase(), name]));
  }

  /**
   * Reads a line.
   *
   * @param text What somebody wrote.
   * @returns The command that it is; undefined for talk, and for commands of other bots.
   */
  parse(text: string): GivenCommand | undefined {
    if (!text.startsWith(this.#prefix)) return undefined;
    const given = text.slice(this.#prefix.length);
    const end = given.search(/\s/);
    const word = end < 0 ? given : given.slice(0, end);
    const name = this.#byTyped.get(word.toLowerCase());
    return name && { name, argument: end < 0 ? "" : given.slice(end).trim() };
  }

  /**
   * Finds a command that somebody asks about.
   *
   * @param word Its name, as it is typed or as this program calls it, with or without prefix.
   * @returns Which it is; undefined where there is none, or it is switched off.
   */
  find(word: string): CommandName | undefined {
    const bare = word.startsWith(this.#prefix) ? word.slice(this.#prefix.length) : word;
    const key = bare.toLowerCase();
    return this.#byTyped.get(key) ??
      COMMAND_NAMES.find((name) => name === key && this.#typed.has(name));
  }

  /**
   * How a command is typed.
   *
   * @param name Which.
   * @returns With its prefix; undefined where it is switched off.
   */
  typed(name: CommandName): string | undefined {
    const word = this.#typed.get(name);
    return word === undefined ? undefined : this.#prefix + word;
  }
}
