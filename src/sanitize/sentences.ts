/** Finds where sentences end. In doubt a sentence goes on. */
import type { Cut } from "./cut.ts";

export interface SentenceEnd {
  /** The index after the mark and what belongs to it: closing quotes, brackets, an emoji, a smiley. */
  readonly end: number;
  /** The index where the next sentence starts, or the length of the text. */
  readonly next: number;
}

/** Characters of the next sentence that prove that it is no smiley. */
export const SENTENCE_LOOKAHEAD = 8;

const END = /([.!?…。！？｡؟।॥۔]+)(["'”“’»)\]」』）】*_~`]*)/gu;
/** These need no space after them. */
const UNSPACED_END = /[。！？｡]/;
const EMOJI = String
  .raw`(?:\p{RI}{2}|\p{Extended_Pictographic}[\p{Emoji_Modifier}\ufe0f\u20e3\u{e0020}-\u{e007f}]*(?:\u200d\p{Extended_Pictographic}[\p{Emoji_Modifier}\ufe0f]*)*)`;
const SMILEY = String
  .raw`(?:[:;=]['’]?-?[)(DPpOo3|/\\\[\]*]+|<3|\^_?\^|[xX]D+|T_T|o_O|O_o|-_-|¯\\_\(ツ\)_/¯)(?=\s|$)`;
const AFTER_END = new RegExp(`(?: ?(?:${EMOJI}|${SMILEY}))*`, "uy");
/** Part of the character before. */
const JOINED = /^[\p{M}\p{Cf}\p{Emoji_Modifier}]/u;
const NEXT = /\s*/y;
const WORD_BEFORE = /(?:^|[^\p{L}\p{N}.])([\p{L}\p{N}.]+)$/u;
/** As in `3:10`, which is no number of a list. */
const TIME = /\d:\d+$/;
/** As in `.net` and `._.`. */
const NO_WORD_BEFORE = /(?:^|\s|\.[_-])$/;
const MAX_ABBREVIATION = 8;
/** Such as `e.g.` and `p.m.`, without the last full stop. */
const DOTTED = /^(?:\p{L}{1,2}\.)+\p{L}{1,2}$/u;
/** Initials, and numbers of lists and dates. */
const SHORT = /^(?:\p{L}|\d{1,2})$/u;
/** No sentence ends after these. */
const TITLES = words(
  `mr mrs ms dr prof st jr sr gen col sgt capt lt rev hon mt ft vs mme mlle sra srta ud uds dña`,
);
/** These may end a sentence if a capital letter follows. */
const ABBREVIATIONS = words(
  `etc approx est no vol ep pt fig inc ltd co corp dept min max sec hr hrs jan feb mar apr jun jul aug
  sep sept oct nov dec mon tue wed thu fri sat sun cf ca al bzw usw evtl ggf inkl nr str tel ej pág núm
  av env г д стр рис напр руб тыс млн`,
);

/** The ends of the sentences of a text, in order. */
export function* sentenceEnds(text: string): Generator<SentenceEnd> {
  let from = 0;
  let hasWord = false;
  for (const { 0: { length }, 1: marks = "", 2: closing = "", index } of text.matchAll(END)) {
    hasWord ||= /[\p{L}\p{N}]/u.test(text.slice(from, index));
    from = index;
    if (!hasWord) continue;
    const after = index + length;
    const end = after + lengthAt(AFTER_END, text, after);
    if (end === after && !isFollowed(text, after, marks)) continue;
    if (JOINED.test(text.slice(end, end + 2))) continue;
    const next = end + lengthAt(NEXT, text, end);
    if (/["'”“’»)\]]/.test(closing) && /\p{Ll}/u.test(text.charAt(next))) continue;
    if (!isEnd(text, index, { marks, next })) continue;
    yield { end, next };
    from = next;
    hasWord = false;
  }
}

/** Ends a text after its first sentences. A sentence that is said again at once does not count. */
export function sentenceLimit(text: string, max: number): Cut | undefined {
  let count = 0;
  let start = 0;
  let last = "";
  for (const { end, next } of sentenceEnds(text)) {
    const sentence = text.slice(start, end).toLowerCase();
    if (sentence !== last && ++count === max) {
      return next < text.length ? { at: end, seen: next + SENTENCE_LOOKAHEAD } : undefined;
    }
    start = next;
    last = sentence;
  }
}

/** The index, at most `max`, where the last whole sentence ends; 0 if there is none. */
export function lastSentenceEnd(text: string, max = Infinity): number {
  let last = 0;
  for (const { end } of sentenceEnds(text)) {
    if (end <= max) last = end;
  }
  return last;
}

function isFollowed(text: string, at: number, marks: string): boolean {
  return at === text.length || UNSPACED_END.test(marks) || /\s/.test(text.charAt(at));
}

/** Not: an ellipsis within a sentence, the full stop of an abbreviation or of a number in a list. */
function isEnd(
  text: string,
  at: number,
  { marks, next }: { readonly marks: string; readonly next: number },
): boolean {
  if (/[^.…]/.test(marks)) return true;
  if (marks !== ".") return next > at + marks.length && /\p{Lu}/u.test(text.charAt(next));
  if (TIME.test(text.slice(Math.max(0, at - MAX_ABBREVIATION), at))) return true;
  if (NO_WORD_BEFORE.test(text.slice(Math.max(0, at - 2), at))) return false;
  const word = WORD_BEFORE.exec(text.slice(Math.max(0, at - MAX_ABBREVIATION - 1), at))?.[1]
    ?.toLowerCase();
  if (word === undefined || word.length > MAX_ABBREVIATION) return true;
  if (SHORT.test(word) || DOTTED.test(word) || TITLES.has(word)) return false;
  return !ABBREVIATIONS.has(word) || !/[\p{Ll}\p{N}]/u.test(text.charAt(next));
}

/** The length of a sticky pattern's match at an index. */
export function lengthAt(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0].length ?? 0;
}

export function words(list: string): ReadonlySet<string> {
  return new Set(list.trim().split(/\s+/));
}
