/**
 * From what a model wrote to text that is safe to say. Whatever it was talked into, the result begins
 * no command, holds no control character and is one line.
 *
 * Source: a CyTube message whose first character is `/` is a command at the bot's rank; a leading `>`
 * turns it green.
 *
 * @module
 */
import { withoutThoughts } from "../llm/thinking.ts";
import { literal } from "./pattern.ts";

/** Far more than can be said; what lies beyond is not read. */
const MAX_CHARS = 8192;

/**
 * Invisible characters that hide or reorder text. Joiners stay: emoji and some scripts need them; so do
 * the tags in flags of regions. U+EEEE goes because CyTube loses every message that holds it.
 */
const INVISIBLE =
  /[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ueeee\ufff9-\ufffb]|(?<!\u{1f3f4}[\u{e0020}-\u{e007e}]{0,8})[\u{e0000}-\u{e007f}]/gu;
// deno-lint-ignore no-control-regex
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g;

/** What may not come first: command and greentext marks and their look-alikes, joiners, marks. */
const UNSAFE_START =
  /^[\s\p{M}\u200c\u200d/>\uff0f\uff1e\u2044\u2215\u29f8\u27cb\ufe65\u203a\u276f]+/u;

/** Options of {@linkcode guard}. */
export interface GuardOptions {
  /** The bot's name: a model likes to begin its answer with it. */
  readonly bot: string;
}

/**
 * Makes a model's text safe for chat.
 *
 * @param text Anything.
 * @returns One line that no server takes for a command; empty when nothing harmless remains.
 *
 * @example
 * ```ts
 * import { guard } from "./guard.ts";
 *
 * guard("<think>hm</think>Rosey: /kick **bob**", { bot: "Rosey" }); // "kick bob"
 * ```
 */
export function guard(text: string, options: GuardOptions): string {
  const plain = flatten(withoutThoughts(text.slice(0, MAX_CHARS)))
    .replace(CONTROL, " ")
    .replace(INVISIBLE, "")
    .replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, "\ufffd")
    .replace(/\s+/g, " ")
    .replace(/(?<=^| )[\p{M}\u200c\u200d]+/gu, "")
    .replace(/\s+/g, " ")
    .trim();
  return stripStart(plain, options.bot);
}

/** What is left after one thing was taken away may begin with the next. */
function stripStart(text: string, bot: string): string {
  const prefix = bot === ""
    ? /(?!)/
    : new RegExp(`^["'(*]*@?${literal(bot)}["')*]*\\s*:\\s*`, "iu");
  let before: string;
  do {
    before = text;
    const quoted = /^(["“])(.*)(["”])$/su.exec(text);
    if (quoted && !/["“”]/.test(quoted[2]!)) text = quoted[2]!.trim();
    text = text.replace(prefix, "").replace(UNSAFE_START, "");
  } while (text !== before);
  return text;
}

/**
 * Whether a line may be sent as it is.
 *
 * @param line A line that is about to be said.
 * @returns False for one that would be a command or green.
 */
export function startsSafely(line: string): boolean {
  return !UNSAFE_START.test(line);
}

/** Markdown without its marks, on one line. */
function flatten(markdown: string): string {
  return markdown
    .replace(/^[ \t]*(?:```|~~~)[^\n`]*$/gm, "")
    .replace(
      /!?\[([^\]\n]*)\]\(\s*(\S+?)(?:\s+"[^"\n]*")?\s*\)/g,
      (_, label: string, url: string) => label === "" || label === url ? url : `${label} (${url})`,
    )
    .replace(/^[ \t]{0,3}#{1,6}[ \t]+/gm, "")
    .replace(/^[ \t]{0,3}(?:>[ \t]?)+/gm, "")
    .replace(/^[ \t]*[-*+][ \t]+/gm, "")
    .replace(/^[ \t]*(?:[-*_][ \t]*){3,}$/gm, "")
    .replace(/(?<![\w*/_])(\*\*|__)(?=\S)([^\n]*?\S)\1(?![\w/_])/g, "$2")
    .replace(/(?<![\w*])\*(?=[^\s*])([^*\n]*[^\s*])\*(?![\w*])/g, "$1")
    .replace(/(?<![\w\\])_(?=[^\s_])([^_\n]*[^\s_])_(?![\w_])/g, "$1")
    .replace(/~~(?=\S)([^~\n]*?\S)~~/g, "$1")
    .replace(/`+([^`\n]+)`+/g, "$1");
}
