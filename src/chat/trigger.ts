/** Detects lines that call the bot. */

export type Trigger = (message: string) => boolean;

const WORD = /[\p{L}\p{M}\p{N}_]/u;
/** First characters of other bots' commands. */
const COMMAND = /[!$./]/;
const POSSESSIVE = /^['\u2019]s(?![\p{L}\p{N}])/iu;
/** NFC changes no character below U+0300. */
const NEEDS_NFC = /[^\0-\u02ff]/;

/**
 * Compiles the test for calls. A trigger matches as a whole word, case-insensitively: `rosey` is found
 * in `@Rosey,`; not in `prosey`, in `rosey-bot` (names may contain hyphens), in the command `!rosey`,
 * nor inside a URL.
 *
 * @param words Words or phrases; a space within them matches any white space.
 * @param options.possessive Whether `rosey's` matches; default true.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { compileTrigger } from "./trigger.ts";
 *
 * assertEquals(compileTrigger(["rosey"])("Hey @Rosey, you there?"), true);
 * ```
 */
export function compileTrigger(
  words: readonly string[],
  { possessive = true }: { readonly possessive?: boolean } = {},
): Trigger {
  const phrases = words.map((word) => word.normalize("NFC").trim()).filter((word) => word !== "");
  if (phrases.length === 0) return () => false;
  // Longest first: `rosey bot` must not be found as `rosey`.
  const sources = phrases.sort((a, b) => b.length - a.length).map((phrase) =>
    phrase.split(/\s+/).map(RegExp.escape).join("\\s+")
  );
  const all = sources.map((source) => new RegExp(source, "giu"));
  // Few lines have a candidate: one pass for all phrases, then one for each.
  const any = new RegExp(sources.join("|"), "iu");
  return (message) => {
    const text = NEEDS_NFC.test(message) ? message.normalize("NFC") : message;
    if (!any.test(text)) return false;
    for (const candidates of all) {
      candidates.lastIndex = 0;
      for (let found = candidates.exec(text); found; found = candidates.exec(text)) {
        const end = found.index + found[0].length;
        const isPossessive = !possessive && POSSESSIVE.test(text.slice(end, end + 4));
        if (!isPossessive && standsAlone(text, found.index, end)) return true;
        // Candidates may overlap.
        candidates.lastIndex = found.index + (text.codePointAt(found.index)! > 0xffff ? 2 : 1);
      }
    }
    return false;
  };
}

function standsAlone(text: string, start: number, end: number): boolean {
  const before = charBefore(text, start);
  const after = charAt(text, end);
  const first = charAt(text, start);
  const last = charBefore(text, end);
  if (WORD.test(first)) {
    if (WORD.test(before)) return false;
    if (before === "-" && WORD.test(charBefore(text, start - 1))) return false;
    if (before === "@" && WORD.test(charBefore(text, start - 1))) return false;
  } else if (WORD.test(before)) return false;
  if (WORD.test(last)) {
    if (WORD.test(after)) return false;
    if (after === "-" && WORD.test(charAt(text, end + 1))) return false;
  }
  return !isInUrl(text, start) && (!COMMAND.test(before) || !beginsToken(text, start));
}

/** `!rosey` is a command; `hello!rosey` is not. */
function beginsToken(text: string, start: number): boolean {
  let at = start;
  while (at > 0 && COMMAND.test(text[at - 1]!)) at--;
  // An ellipsis is punctuation.
  if (/^\.{2,}$/.test(text.slice(at, start))) return false;
  return at === 0 || /\s/.test(text[at - 1]!);
}

function isInUrl(text: string, start: number): boolean {
  return /(?:^|\s)(?:\w+:\/\/|www\.)\S*$/i.test(text.slice(Math.max(0, start - 300), start));
}

function charAt(text: string, index: number): string {
  const code = text.codePointAt(index);
  return code === undefined ? "" : String.fromCodePoint(code);
}

function charBefore(text: string, index: number): string {
  if (index <= 0) return "";
  const pair = index > 1 && text.codePointAt(index - 2)! > 0xffff;
  return text.slice(index - (pair ? 2 : 1), index);
}
