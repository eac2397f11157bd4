/**
 * Makes a model's text safe for chat: the result is one line that starts no command and contains no
 * control character. HTML and entities stay: the server escapes them.
 */
import { withoutThoughts } from "../llm/reasoning.ts";
import { removeInvisible } from "./invisible_chars.ts";
import { replaceLinks } from "./links.ts";
import { removeMarkdown } from "./markdown.ts";
import { limitMentions } from "./mentions.ts";
import { safeStart } from "./line_start.ts";

/** Far more than fits into a reply; the rest is ignored. */
const MAX_CHARS = 4096;
const MAX_MENTIONS = 3;
/** Only text that was made for it changes in more passes. */
const MAX_PASSES = 6;
const STARTS_WITH_CODE = /^\s*(?:```|~~~)/;
/** Characters that any of the steps reacts to. */
const MARKS = /[^\p{L}\p{N}\p{M}\p{Zs},;?\u200c\u200d]/gu;

/** Options of {@linkcode sanitize}. */
export interface SanitizeOptions {
  /** The bot's name, which models put in front of a reply; empty: no name is removed. */
  readonly bot: string;
  /** Whether http and https links stay; default: each becomes `[link]`. */
  readonly allowLinks?: boolean;
  /** Whether a user of that name, in any case, is in the room; default: mentions are not limited. */
  readonly isHere?: (name: string) => boolean;
}

/**
 * Makes a model's text safe for chat.
 *
 * @returns One line that neither the server nor another bot takes for a command; may be empty.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { sanitize } from "./sanitize.ts";
 *
 * assertEquals(sanitize("<think>hm</think>Rosey: /kick **bob**", { bot: "Rosey" }), "kick bob");
 * ```
 */
export function sanitize(text: string, options: SanitizeOptions): string {
  return settle(text, options) ?? settle(text.slice(0, MAX_CHARS).replace(MARKS, " "), options) ??
    "";
}

/** Repeats the steps until the text stays the same; undefined if it does not. */
function settle(text: string, options: SanitizeOptions): string | undefined {
  // What the first pass leaves at its start, such as a comment, is no Markdown.
  const isCode = STARTS_WITH_CODE.test(text);
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    const before = text;
    text = once(before, { ...options, keepStart: isCode && pass > 0 });
    if (text === before) return text;
  }
}

function once(
  text: string,
  { bot, allowLinks = false, isHere, keepStart }: SanitizeOptions & { readonly keepStart: boolean },
): string {
  const links = (text: string) => replaceLinks(text, { allowWeb: allowLinks });
  const answer = withoutThoughts(removeInvisible(text.slice(0, MAX_CHARS)));
  const line = links(removeMarkdown(answer, { showUrl: links, keepStart }))
    .replace(/\s+/g, " ")
    .trim();
  const safe = safeStart(line, bot);
  return isHere ? limitMentions(safe, { isHere, bot, max: MAX_MENTIONS }) : safe;
}
