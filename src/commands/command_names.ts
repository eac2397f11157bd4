/** The commands as they are typed in a channel: with the operator's prefix and names. */
import type { CommandSettings } from "../config/settings.ts";
import type { Command } from "./command.ts";
import { COMMANDS } from "./registry.ts";

export interface ParsedCommand {
  readonly command: Command;
  /** What follows the name, trimmed. */
  readonly argument: string;
}

export class CommandNames {
  /** The commands that are switched on. */
  readonly commands: readonly Command[];
  readonly #prefix: string;
  /** By the typed name in lower case. */
  readonly #byTyped: ReadonlyMap<string, Command>;
  readonly #typed: ReadonlyMap<string, string>;

  constructor({ enabled, prefix, names }: CommandSettings) {
    this.#prefix = prefix;
    const known = COMMANDS
      .map((command) => ({ command, typed: names[command.name] ?? command.name }))
      .filter(({ typed }) => enabled && typed !== "");
    this.#typed = new Map(known.map(({ command, typed }) => [command.name, typed]));
    this.commands = known.map(({ command }) => command);
    const aliases = known.flatMap(({ command, typed }) =>
      typed === command.name
        ? (command.aliases ?? []).map((alias) => ({ command, typed: alias }))
        : []
    );
    // A name that the operator chose wins over an alias.
    this.#byTyped = new Map(
      [...aliases, ...known].map(({ command, typed }) => [typed.toLowerCase(), command]),
    );
  }

  /** @returns Undefined for chat and for commands of other bots. */
  parse(text: string): ParsedCommand | undefined {
    if (!text.startsWith(this.#prefix)) return undefined;
    const [word = "", rest = ""] = text.slice(this.#prefix.length).split(/\s(.*)/s);
    const command = this.#byTyped.get(word.toLowerCase());
    return command && { command, argument: rest.trim() };
  }

  /** Finds a command by its typed or its default name, with or without prefix. */
  find(word: string): Command | undefined {
    const bare = word.startsWith(this.#prefix) ? word.slice(this.#prefix.length) : word;
    const key = bare.toLowerCase();
    return this.#byTyped.get(key) ?? this.commands.find(({ name }) => name === key);
  }

  /** The command as it is typed, with prefix; undefined if it is switched off. */
  typed(name: string): string | undefined {
    const word = this.#typed.get(name);
    return word === undefined ? undefined : this.#prefix + word;
  }

  /** Such as `!ignore NAME`. */
  usage({ name, argument }: Command): string {
    return [this.typed(name), argument].filter(Boolean).join(" ");
  }
}

/** Finds names that two commands share; returns one sentence for each. */
export function duplicateNames(names: CommandSettings["names"]): string[] {
  const used = new Map<string, string>();
  return COMMANDS.flatMap(({ name }) => {
    const typed = (names[name] ?? name).toLowerCase();
    const other = used.get(typed);
    used.set(typed, name);
    if (typed === "" || other === undefined) return [];
    return [`commands.names: ${other} and ${name} are both called "${typed}"`];
  });
}
