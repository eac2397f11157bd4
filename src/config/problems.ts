import { type ParseError, parseTree, printParseErrorCode } from "jsonc-parser";
import type { BaseIssue } from "valibot";
import { nearest } from "../nearest.ts";
import { siteUrl } from "./ollama_host.ts";

/** One sentence for each place where a text is not JSON, with line and column from 1. */
export function syntaxProblems(text: string): string[] {
  const errors: ParseError[] = [];
  parseTree(text, errors, { disallowComments: true });
  return errors.map(({ error, offset }) => {
    const before = text.slice(0, offset).split("\n");
    const column = (before.at(-1)?.length ?? 0) + 1;
    // One character only: the text may be a password.
    const found = text.slice(offset, offset + 1).trim();
    const what = printParseErrorCode(error).replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();
    return `line ${before.length}, column ${column}: ${what}, found ${
      found ? JSON.stringify(found) : "the end of the line"
    }`;
  });
}

/** Such as `llm.llm_cooldown: expected a number of seconds …, found "ten"`. */
export function schemaProblem(issue: BaseIssue<unknown>, setting: string): string {
  const keys = issue.path?.map(({ key }) => typeof key === "number" ? `[${key}]` : `.${key}`) ?? [];
  const name = setting + keys.join("");
  const { message, input, received } = issue;
  if (received === "undefined") return `${name}: missing`;
  // A text is never wrong for a secret, but may be one in the place of an object that has it.
  const secret = typeof input === "string"
    ? input !== "" && /^(?:an object|a list of objects)/.test(message)
    : /^(?:user|channel)\b|key|password|token|\.headers\b/.test(name);
  // The usual mistake is a missing scheme.
  const lacksScheme = message.endsWith("https:// URL") && typeof input === "string" &&
    /^(?:localhost|[\w-]+(?:\.[\w-]+)+)(?::\d+)?\/?$/.test(input);
  const hint = lacksScheme ? `; did you mean "${siteUrl(input)}"?` : "";
  return `${name}: expected ${message}, found ${shown(input, secret)}${hint}`;
}

/** A value of a configuration for a message; of a `secret` one only its type. */
export function shown(value: unknown, secret: boolean): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "object") return "an object";
  if (secret) return `a ${typeof value}`;
  // An address may have a password, also one without its scheme.
  const text = JSON.stringify(value).replace(/(?<=\/\/).*@|(?<=^")[^\s/:@]*:.*@/, "");
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

/** In the warning for an unknown key. */
export const NOT_A_SETTING = "is not a setting";

/** A warning for each key that is not a setting. Keys that begin with `_` or `$` are comments. */
export function unknownKeys(section: object, known: readonly string[], prefix: string): string[] {
  return Object.keys(section)
    .filter((key) => !/^[_$]/.test(key) && !known.includes(key))
    .map((key) => {
      const near = nearest(key, known);
      const hint = near === undefined ? "" : `; did you mean ${prefix}${near}?`;
      return `${prefix}${key} ${NOT_A_SETTING} and has no effect${hint}`;
    });
}
