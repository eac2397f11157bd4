/**
 * From what a model wrote to text that is safe to say. Whatever it was talked into, the result begins
 * no command, holds no control character and is one line.
 *
 * HTML stays as it is: the server escapes it. Its entities stay: nothing decodes them twice.
 *
 * @module
 */
import { withoutThoughts } from "../llm/reasoning.ts";
import { visible } from "./invisible_chars.ts";
import { withoutLinks } from "./links.ts";
import { flatten } from "./markdown.ts";
import { limitMentions } from "./mentions.ts";
import { safeStart } from "./line_start.ts";

/** Far more than can be said; what lies beyond is not read. */
const MAX_CHARS = 4096;
/** People that one reply may call. */
const MAX_MENTIONS = 3;
/** What is still not settled after these was made to be so. */
const MAX_PASSES = 6;
/** What carries a meaning for any of the steps. */
const MARKS = /[^\p{L}\p{N}\p{M}\p{Zs},;?\u200c\u200d]/gu;

/** Options of {@linkcode guard}. */
export interface SanitizeOptions {
  /** The bot's name: a model likes to begin its answer with it. Empty: nobody's. */
  readonly bot: string;
  /** Whether addresses of the web stay; default: each becomes `[link]`. */
  readonly allowLinks?: boolean;
  /** Whether somebody of that name, in any case, is here; default: nobody is. */
  readonly isHere?: (name: string) => boolean;
}

/**
 * Makes a model's text safe for chat.
 *
 * @param text Anything.
 * @returns One line that no server and no other bot takes for a command; empty when nothing harmless
 * remains.
 *
 * @example
 * ```ts
 * import { sanitize } from "./sanitize.ts";
 *
 * sanitize("<think>hm</think>Rosey: /kick **bob**", { bot: "Rosey" }); // "kick bob"
 * ```
 */
export function sanitize(text: string, options: SanitizeOptions): string {
  return settle(text, options) ?? settle(text.slice(0, MAX_CHARS).replace(MARKS, " "), options) ??
    "";
}

/** What one step takes away may leave what another one has to see. */
function settle(text: string, options: SanitizeOptions): string | undefined {
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    const before = text;
    text = once(before, options);
    if (text === before) return text;
  }
}

function once(text: string, { bot, allowLinks = false, isHere }: SanitizeOptions): string {
  const address = (url: string) => withoutLinks(url, { allowWeb: allowLinks });
  const answer = withoutThoughts(visible(text.slice(0, MAX_CHARS)));
  const line = withoutLinks(flatten(answer, { address }), { allowWeb: allowLinks })
    .replace(/\s+/g, " ")
    .trim();
  const safe = safeStart(line, bot);
  return isHere ? limitMentions(safe, { isHere, bot, most: MAX_MENTIONS }) : safe;
}
