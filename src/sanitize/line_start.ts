/**
 * How a line may begin.
 *
 * Source: CyTube turns control characters into spaces and trims nothing; a message whose first
 * character is `/` is then a command, and one that begins with `>` is green. Other bots listen for
 * `!`, `$` and `.` once the channel's filters have turned `*…*` and the like into tags.
 *
 * @module
 */
import { literal } from "./pattern.ts";

/** What may not come first: command and greentext marks and their look-alikes, joiners, marks. */
const UNSAFE =
  /^[\s\p{M}\p{Cf}\u2800/>\uff0f\uff1e\u1735\u2044\u2215\u2571\u27cb\u29f8\u2cc6\u2f03\u3033\u31d3\ufe65\u{1d23a}\u02c3\u203a\u276f\u{16f3f}]+/u;
const EXCLAMATION = /^[!\uff01]+/;
/** `$help` and `.help`; not `...well`, `$5`, `.5s`. */
const DOLLAR_OR_DOT = /^(?:[$\uff04]+|[.\uff0e])(?=(?:[\s*_`~]|\[\/?sp\])*[\p{L}\p{N}_])/iu;
const AMOUNT =
  /^(?:[$\uff04]+|[.\uff0e])\s*\p{Nd}[\p{Nd}.,]*[\p{L}%]{0,2}(?![\p{L}\p{N}_*`~]|\[\/?sp\])/iu;
/** The channel's filters make a tag of each of these that has a partner. */
const FILTERED = /^(?:[\s*_`]|~~|\[\/?sp\])+/i;

/**
 * Whether a line may be sent as it is.
 *
 * @param line A line that is about to be said.
 * @returns False for one that would be a command, another bot's command, or green.
 */
export function startsSafely(line: string): boolean {
  return withoutUnsafeStart(line) === line;
}

/**
 * Takes away what may not come first, once.
 *
 * @param line Anything.
 * @returns What is left; it may begin with the next thing that may not come first.
 */
function withoutUnsafeStart(line: string): string {
  const bare = line.replace(UNSAFE, "").replace(EXCLAMATION, "");
  if (DOLLAR_OR_DOT.test(bare)) return AMOUNT.test(bare) ? bare : bare.replace(DOLLAR_OR_DOT, "");
  const marks = FILTERED.exec(bare)?.[0];
  if (marks === undefined) return bare;
  const rest = bare.slice(marks.length);
  const hidden = EXCLAMATION.test(rest) || DOLLAR_OR_DOT.test(rest) && !AMOUNT.test(rest);
  return hidden && /[*_`]|~~|\[\/sp\]/i.test(bare.slice(1)) ? rest : bare;
}

/**
 * Takes away what may not come first, the name of whoever speaks, and quotes around the whole.
 *
 * @param text One line.
 * @param bot Who speaks; empty: nobody in particular.
 * @returns A text that {@linkcode startsSafely}, or nothing.
 */
export function safeStart(text: string, bot: string): string {
  const name = bot === ""
    ? /(?!)/
    : new RegExp(`^(?:["'(*]*@?${literal(bot)}["')*]*\\s*:\\s*)+`, "iu");
  // What is left after one thing was taken away may begin with the next.
  let before: string;
  do {
    before = text;
    const quoted = /^["“]([^"“”]*)["”]$/u.exec(text);
    text = withoutUnsafeStart((quoted?.[1]?.trim() ?? text).replace(name, ""));
  } while (text !== before);
  return text;
}
