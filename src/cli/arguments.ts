/**
 * Reads arguments by a table of commands and flags.
 *
 * @module
 */
import { parseArgs } from "@std/cli";
import { nearest } from "../nearest.ts";
import { oneLine } from "../one_line.ts";

/** What a value must be. */
export interface ValueType<Value> {
  /** Converts what was typed; undefined where it is not valid. */
  readonly read: (text: string) => Value | undefined;
  /** What is valid, as a sentence. */
  readonly expected: string;
}

/** A flag of a command. */
export interface Flag<Value = unknown> {
  /** One line for the help. */
  readonly description: string;
  /** The letter that stands for it. */
  readonly short?: string;
  /** What its value is called; a flag without one is a switch. */
  readonly value?: string;
  /** By default any text. */
  readonly type?: ValueType<Value>;
  /** Its value, as typed, where the flag is not given. */
  readonly default?: string;
  /** Its value, as typed, where the flag is given without one. */
  readonly bare?: string;
}

/** A flag with its names. */
export interface NamedFlag extends Flag {
  /** In the command's values: `logLevel`. */
  readonly key: string;
  /** As it is typed: `--log-level`. */
  readonly long: string;
}

/** A command of the program. */
export interface Command<Values extends object = object> {
  /** As it is typed. */
  readonly name: string;
  /** One line for the help. */
  readonly description: string;
  /** The one argument that is not a flag; it may be left out. */
  readonly argument?: { readonly name: string; readonly description: string };
  /** In the order of the help. */
  readonly flags: { readonly [Key in keyof Values]-?: Flag<Exclude<Values[Key], undefined>> };
  /** Returns the exit code. */
  run(values: Values, options: RunOptions): Promise<number>;
}

/** What a command is given beside its flags. */
export interface RunOptions {
  /** Asks it to stop. */
  readonly signal: AbortSignal;
  /** The argument that is not a flag. */
  readonly argument?: string;
}

/** The arguments are not valid. */
export class UsageError extends Error {
  /** Tells it from other errors in logs. */
  override readonly name = "UsageError";
}

/** What was typed. */
export interface Parsed {
  /** Help or the version was asked for: nothing else was looked at. */
  readonly asked?: "version" | "help";
  /** By the flags' keys, converted. */
  readonly values: Readonly<Record<string, unknown>>;
  /** The argument that is not a flag. */
  readonly argument?: string;
}

/** Flags of the program without a command; every command understands them too. */
export const PROGRAM_FLAGS: readonly NamedFlag[] = named({
  version: { short: "V", description: "output the version number" },
  help: { short: "h", description: "display help for command" },
});

/** A command's own flags, and `--help`. */
export function flagsOf(command: Command): readonly NamedFlag[] {
  return [...named(command.flags), ...PROGRAM_FLAGS.filter(({ key }) => key === "help")];
}

function named(flags: object): NamedFlag[] {
  return Object.entries<Flag>({ ...flags }).map(([key, flag]) => ({
    ...flag,
    key,
    long: `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
  }));
}

/** `-c, --config <path>`; a value that may be left out is in brackets. */
export function formOf({ short, long, value, bare }: NamedFlag): string {
  const names = short === undefined ? long : `-${short}, ${long}`;
  if (value === undefined) return names;
  return bare === undefined ? `${names} <${value}>` : `${names} [${value}]`;
}

/**
 * Reads a command's arguments.
 *
 * @throws {UsageError} Where one is missing, unknown, or not valid.
 */
export function parse(command: Command, args: readonly string[]): Parsed {
  const own = named(command.flags);
  const flags = [...own, ...PROGRAM_FLAGS];
  const unknown: string[] = [];
  const parsed = parseArgs(joinValues(args, flags), {
    // Without "_" a model's name that looks like a number would become one.
    string: ["_", ...flags.filter(({ value }) => value !== undefined).map(bareName)],
    boolean: flags.filter(({ value }) => value === undefined).map(bareName),
    unknown: (arg, key) => key === undefined || (unknown.push(arg), false),
  });
  if (parsed.version) return { asked: "version", values: {} };
  if (parsed.help) return { asked: "help", values: {} };
  if (unknown[0] !== undefined) throw unknownFlag(unknown[0], flags);
  const positional = parsed._.map(String);
  const most = command.argument ? 1 : 0;
  if (positional.length > most) {
    throw new UsageError(
      `too many arguments for '${command.name}'. Expected ${most} argument${
        most === 1 ? "" : "s"
      } ` +
        `but got ${positional.length}: ${oneLine(positional.join(", "))}.`,
    );
  }
  const values: Record<string, unknown> = {};
  for (const flag of own) {
    const found = parsed[bareName(flag)] ?? flag.default;
    if (found !== undefined) values[flag.key] = converted(found, flag);
  }
  return { values, argument: positional[0] };
}

/**
 * Makes `--config=a` of `--config a`, `-c a` and `-ca`. The parser would take no value from the next
 * argument that is empty or begins with a dash, and would take one for a switch where it is `true`.
 */
function joinValues(args: readonly string[], flags: readonly NamedFlag[]): string[] {
  const joined: string[] = [];
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    if (arg === "--") return [...joined, arg, ...rest];
    const [, typed, equals, attached] = /^(--[^=]+|-[^-])(=?)([^]*)$/.exec(arg) ?? [];
    const flag = flags.find(({ long, short }) => typed === long || typed === `-${short}`);
    if (flag === undefined) {
      joined.push(arg);
    } else if (flag.value === undefined) {
      if (equals) throw new UsageError(`option '${flag.long}' takes no value`);
      joined.push(attached ? arg : `${flag.long}=true`);
    } else {
      const isBare = flag.bare !== undefined && (rest.length === 0 || /^-\D/.test(rest[0]!));
      const value = equals || attached ? attached : isBare ? flag.bare : rest.shift();
      if (value === undefined) throw new UsageError(`option '${formOf(flag)}' argument missing`);
      joined.push(`${flag.long}=${value}`);
    }
  }
  return joined;
}

/** The name by which the parser knows a flag. */
function bareName({ long }: NamedFlag): string {
  return long.slice(2);
}

function converted(found: unknown, flag: NamedFlag): unknown {
  if (flag.type === undefined || typeof found !== "string") return found;
  const value = flag.type.read(found);
  if (value !== undefined) return value;
  throw new UsageError(
    `option '${formOf(flag)}' argument '${oneLine(found)}' is invalid. ${flag.type.expected}`,
  );
}

/** The value is not repeated: it may be a secret. */
function unknownFlag(arg: string, flags: readonly NamedFlag[]): UsageError {
  const name = arg.split("=", 1)[0]!;
  const near = name.startsWith("--") ? nearest(name.slice(2), flags.map(bareName)) : undefined;
  return new UsageError(`unknown option '${oneLine(name)}'${didYouMean(near && `--${near}`)}`);
}

/** Names what was probably meant. */
export function didYouMean(near: string | undefined): string {
  return near === undefined ? "" : `\n(Did you mean ${near}?)`;
}
