/**
 * What is wrong with a configuration, in words for an operator.
 *
 * @module
 */
import { type ParseError, parseTree, printParseErrorCode } from "jsonc-parser";
import { nearest } from "../nearest.ts";

/**
 * Every place where a text is not JSON.
 *
 * @param text A file's content.
 * @returns One sentence each, with line and column from 1; empty for valid JSON.
 */
export function syntaxProblems(text: string): string[] {
  const errors: ParseError[] = [];
  parseTree(text, errors, { disallowComments: true });
  return errors.map(({ error, offset }) => {
    const before = text.slice(0, offset).split("\n");
    const column = (before.at(-1)?.length ?? 0) + 1;
    // Not the text itself: it may be a password.
    const found = text.slice(offset, offset + 1).trim();
    const what = printParseErrorCode(error).replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();
    return `line ${before.length}, column ${column}: ${what}, found ${
      found ? JSON.stringify(found) : "the end of the line"
    }`;
  });
}

/** A failed check, as valibot tells it. */
export interface SchemaIssue {
  /** From the top to the value. */
  readonly path?: readonly { readonly key: unknown }[];
  /** What was expected, in the schema's words. */
  readonly message: string;
  /** The kind of what was found. */
  readonly received: string;
  /** What was found. */
  readonly input: unknown;
}

/**
 * A failed check of the schema.
 *
 * @param issue What valibot found.
 * @returns `llm.llm_cooldown: expected a number of seconds …, found "ten"`.
 */
export function schemaProblem(issue: SchemaIssue): string {
  const keys = issue.path?.map((item) => item.key) ?? [];
  const path = keys.reduce<string>(
    (before, key) =>
      typeof key === "number" ? `${before}[${key}]` : before ? `${before}.${key}` : `${key}`,
    "",
  );
  const name = path === "" ? "the file" : path;
  if (issue.received === "undefined") return `${name}: missing`;
  const secret = /^(?:user|channel)\b|key|password|token/.test(path);
  const { message, input } = issue;
  return `${name}: expected ${message}, found ${shown(input, secret)}${withScheme(message, input)}`;
}

/** Most addresses that are wrong lack their begin. */
function withScheme(expected: string, found: unknown): string {
  if (!expected.endsWith("https:// URL") || typeof found !== "string") return "";
  return /^[\w-]+(?:\.[\w-]+)+(?::\d+)?\/?$/.test(found)
    ? `; did you mean "https://${found}"?`
    : "";
}

function shown(value: unknown, secret: boolean): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "object") return "an object";
  if (secret && typeof value !== "string") return `a ${typeof value}`;
  const text = JSON.stringify(value).replace(/(?<=\/\/).*@/, "");
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

/**
 * Warnings for keys that no setting has. Those that begin with `_` or `$` are not settings.
 *
 * @param section What was written.
 * @param known The settings' names.
 * @param prefix `llm.` within that section.
 * @returns One sentence each, with the nearest setting.
 */
export function unknownKeys(section: object, known: readonly string[], prefix = ""): string[] {
  return Object.keys(section)
    .filter((key) => !/^[_$]/.test(key) && !known.includes(key))
    .map((key) => {
      const near = nearest(key, known);
      const hint = near === undefined ? "" : `; did you mean ${prefix}${near}?`;
      return `${prefix}${key} is not a setting and has no effect${hint}`;
    });
}
