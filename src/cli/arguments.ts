import { parseArgs } from "@std/cli";
import { nearest } from "../nearest.ts";
import { oneLine } from "../one_line.ts";

export interface ValueType<Value> {
  /** @returns Undefined for an invalid text. */
  readonly read: (text: string) => Value | undefined;
  /** A sentence about valid values. */
  readonly expected: string;
  /** All valid values, if they are few. */
  readonly choices?: readonly string[];
}

export interface Flag<Value = unknown> {
  readonly description: string;
  readonly short?: string;
  /** The name of its value in the help; without it the flag is a boolean. */
  readonly value?: string;
  /** Default: any text. */
  readonly type?: ValueType<Value>;
  /** The text of its value when the flag is missing. */
  readonly default?: string;
  /** The text of its value when the flag has no value. */
  readonly bare?: string;
}

export interface NamedFlag extends Flag {
  /** Such as `logLevel`, and `--log-level`. */
  readonly key: string;
  readonly long: string;
}

export interface Command<Values extends object = object> {
  readonly name: string;
  readonly description: string;
  /** A positional argument: optional, or one of its choices. */
  readonly argument?: {
    readonly name: string;
    readonly description: string;
    readonly choices?: readonly string[];
  };
  /** In the order of the help. */
  readonly flags: { readonly [Key in keyof Values]-?: Flag<Exclude<Values[Key], undefined>> };
  /** What each command line does, such as `rosey check --json`. A test executes them. */
  readonly examples: Readonly<Record<string, string>>;
  /** @returns The exit code. */
  run(values: Values, options: RunOptions): Promise<number>;
}

export interface RunOptions {
  readonly signal: AbortSignal;
  readonly argument?: string;
}

export class UsageError extends Error {
  override readonly name = "UsageError";
}

export interface Parsed {
  /** When set, the other arguments were not checked. */
  readonly asked?: "version" | "help";
  readonly values: Readonly<Record<string, unknown>>;
  readonly argument?: string;
}

/** Every command accepts them too. */
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

/** `-c, --config <path>`; brackets for an optional value. */
export function formOf({ short, long, value, bare }: NamedFlag): string {
  const names = short === undefined ? long : `-${short}, ${long}`;
  if (value === undefined) return names;
  return bare === undefined ? `${names} <${value}>` : `${names} [${value}]`;
}

/** @throws {UsageError} When an argument is missing, unknown or invalid. */
export function parse(command: Command, args: readonly string[]): Parsed {
  const own = named(command.flags);
  const flags = [...own, ...PROGRAM_FLAGS];
  const unknown: string[] = [];
  const parsed = parseArgs(joinValues(args, flags), {
    // "_": keep a positional argument such as `007` a text.
    string: ["_", ...flags.filter(({ value }) => value !== undefined).map(bareName)],
    boolean: flags.filter(({ value }) => value === undefined).map(bareName),
    unknown: (arg, key) => key === undefined || (unknown.push(arg), false),
  });
  if (parsed.version) return { asked: "version", values: {} };
  if (parsed.help) return { asked: "help", values: {} };
  if (unknown[0] !== undefined) throw unknownFlag(unknown[0], flags);
  const positional = parsed._.map(String);
  if (positional.length > (command.argument ? 1 : 0)) {
    const most = command.argument ? "1 argument" : "0 arguments";
    const got = `${positional.length}: ${oneLine(positional.join(", "))}`;
    throw new UsageError(
      `too many arguments for '${command.name}'. Expected ${most} but got ${got}.`,
    );
  }
  checkChoice(command, positional[0]);
  const values: Record<string, unknown> = {};
  for (const flag of own) {
    const found = parsed[bareName(flag)] ?? flag.default;
    if (found !== undefined) values[flag.key] = converted(found, flag);
  }
  return { values, argument: positional[0] };
}

/**
 * Rewrites `--config a`, `-c a` and `-ca` as `--config=a`. On its own, `parseArgs` ignores a value that
 * is empty or begins with a dash, and takes `true` after a boolean flag as its value.
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

function checkChoice({ name, argument }: Command, given: string | undefined): void {
  const choices = argument?.choices;
  if (!choices || (given !== undefined && choices.includes(given))) return;
  const found = given === undefined
    ? "argument missing"
    : `argument '${oneLine(given)}' is invalid`;
  const near = given === undefined ? undefined : nearest(given, choices);
  const expected = `Choose one of ${choices.join(", ")}.`;
  throw new UsageError(`${found} for '${name}'. ${expected}${didYouMean(near)}`);
}

function bareName({ long }: NamedFlag): string {
  return long.slice(2);
}

function converted(found: unknown, flag: NamedFlag): unknown {
  if (flag.type === undefined || typeof found !== "string") return found;
  const value = flag.type.read(found);
  if (value !== undefined) return value;
  const wrong = `argument '${oneLine(found)}' is invalid. ${flag.type.expected}`;
  throw new UsageError(`option '${formOf(flag)}' ${wrong}`);
}

/** Does not repeat the value, which may be a secret. */
function unknownFlag(arg: string, flags: readonly NamedFlag[]): UsageError {
  const name = arg.split("=", 1)[0]!;
  const near = name.startsWith("--") ? nearest(name.slice(2), flags.map(bareName)) : undefined;
  return new UsageError(`unknown option '${oneLine(name)}'${didYouMean(near && `--${near}`)}`);
}

export function didYouMean(near: string | undefined): string {
  return near === undefined ? "" : `\n(Did you mean ${near}?)`;
}
