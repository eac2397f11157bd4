/** How a key of an old configuration is taken over. */
import { shown } from "../config/problems.ts";
import { isObject, type RawSection } from "../config/schema.ts";

export type Draft = Record<string, unknown>;

/** The files that an old configuration names. */
export interface Files {
  /** A path of the old file, as seen from the new one; undefined if there is no such file. */
  readonly readable: (path: string) => string | undefined;
  /** The same for a file that need not exist. */
  readonly writable: (path: string) => string;
}

/** What a rule may look at and do. */
export interface Taking {
  /** The whole old configuration. */
  readonly old: RawSection;
  /** The section that has the key. */
  readonly section: RawSection;
  readonly files: Files;
  /** The new configuration so far. */
  readonly config: Draft;
  /** Servers of providers that are not in use, by the name of the provider. */
  readonly fallbacks: Map<string, Draft>;
  /** Sets a value of the new configuration. Returns what to report. */
  move(to: string, value: unknown): string;
  /** Sets a value that is valid for its setting. Returns what to report of one that is not. */
  place(config: Draft, to: string, value: unknown): string | undefined;
  /** Reports what becomes of a key in the value. */
  tell(inner: string, became: string): void;
}

/** Takes a value over. Returns what to report of its key; undefined: the keys in it are reported. */
export type Rule = (value: unknown, taking: Taking) => string | undefined;

export const NONE = "no counterpart: left out";
export const PLACEHOLDER = "a placeholder of the template: left out";
export const EMPTY = "empty: left out";
export const SAME = "the same";

/** Whether a key is a setting; a key that begins with `_` or `$` is a comment. */
export function isKey(name: string): boolean {
  return !/^[_$]/.test(name);
}

/** Reports a value of a wrong type. In the place of a section it is not shown: it may be a secret. */
export function notTaken(value: unknown, expected: string): string {
  return `not taken over: ${shown(value, expected === "an object")} is not ${expected}`;
}

/** Makes rules for values of one type. */
function typed<T>(expected: string, is: (value: unknown) => value is T) {
  return (rule: (value: T, taking: Taking) => string | undefined): Rule => (value, taking) =>
    is(value) ? rule(value, taking) : notTaken(value, expected);
}

export const isText = (value: unknown) => typeof value === "string";
export const isFlag = (value: unknown) => typeof value === "boolean";
export const text = typed("a text", isText);
export const flag = typed("true or false", isFlag);
export const number = typed("a number", (value) => typeof value === "number");
export const list = typed("a list", (value): value is unknown[] => Array.isArray(value));
export const object = typed("an object", isObject);
