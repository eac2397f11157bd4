/** Finds where a reply begins to repeat itself. Every search takes time proportional to its length. */
import { type Cut, firstProved, fold, UNSPACED } from "./cut.ts";

/** A phrase that is said so often in a row is a loop. */
const MAX_TIMES = 4;
/** Of a row of words such as `no` and `ha` the reply goes on, unless the row is endless. */
const MAX_SHORT_TIMES = 20;
/** Of a short phrase so many times stay. */
const SHORT_KEPT = 3;
/** Different words, or different characters of a script without spaces. */
const MIN_PHRASE_PARTS = 3;
const MIN_PHRASE_CHARS = 12;
/** A character of a script without spaces counts as so many. */
const UNSPACED_CHARS = 3;
const MAX_PHRASE_WORDS = 40;
/** Words of a short phrase, such as `no no yes`. */
const MAX_SHORT_WORDS = 3;
/** So many words of so few different ones are a loop without order. */
const FEW = { words: 24, different: 5 };
/** A longer row of equal characters or syllables is a loop. */
const MIN_ROW_CHARS = 64;
const MAX_SYLLABLE_CHARS = 16;

const WORD = /[\p{L}\p{M}\p{N}]+/gu;
/** Not a part of something longer, such as `o_O`. */
const SPACED_WORD = /[^\s,.;:!?…-]+/gu;
const LETTERS = /^[\p{L}\p{M}]+$/u;

/** Ends a reply after the first time that it says a phrase which it says four times in a row. */
export function repetition(text: string): Cut | undefined {
  const folded = fold(text);
  const rows = Array.from({ length: MAX_SYLLABLE_CHARS }, (_, n) => repeatedRow(folded, n + 1));
  const cuts = [...rows, fewWords(folded)].filter((cut) => cut !== undefined);
  return firstProved([...repeatedPhrases(folded), ...cuts]);
}

/** Ends before the same words are said again: `alice, bob, alice, alice, bob, …`. */
function fewWords(folded: string): Cut | undefined {
  const words = [...folded.matchAll(WORD)];
  const counts = new Map<string, number>();
  for (const [at, { 0: word, index }] of words.entries()) {
    counts.set(word, (counts.get(word) ?? 0) + 1);
    const from = at + 1 - FEW.words;
    const left = words[from - 1]?.[0];
    if (left !== undefined) {
      counts.set(left, counts.get(left)! - 1);
      if (counts.get(left) === 0) counts.delete(left);
    }
    const isFew = from >= 0 && counts.size <= FEW.different;
    // Digits and single letters are data: a matrix, or a melody.
    if (!isFew || [...counts.keys()].some((word) => /^(?:\p{N}|.$)/u.test(word))) continue;
    const again = words.slice(from).findIndex(({ 0: word }, at) =>
      words.slice(from, from + at).some(([earlier]) => earlier === word)
    );
    const last = words[from + again - 1]!;
    return { at: endOfWord(folded, last.index + last[0].length), seen: index + word.length + 1 };
  }
}

function* repeatedPhrases(folded: string): Generator<Cut> {
  const ids = new Map<string, number>();
  const words: number[] = [];
  const ends: number[] = [];
  for (const { 0: word, index } of folded.matchAll(WORD)) {
    if (!ids.has(word)) ids.set(word, ids.size);
    words.push(ids.get(word)!);
    ends.push(index + word.length);
  }
  const spelled = [...ids.keys()];
  for (let count = 1; count <= Math.min(MAX_PHRASE_WORDS, words.length / MAX_TIMES); count++) {
    let same = 0;
    for (let at = count; at < words.length; at++) {
      same = words[at] === words[at - count] ? same + 1 : 0;
      if (same % count !== 0 || same < count * (MAX_TIMES - 1)) continue;
      const short = isShort(words.slice(at + 1 - count, at + 1).map((id) => spelled[id]!));
      if (short && same < count * (MAX_SHORT_TIMES - 1)) continue;
      const first = at - same + (short ? (SHORT_KEPT - 1) * count : 0);
      // The next character shows that the last word is whole.
      yield { at: endOfWord(folded, ends[first]!), seen: ends[at]! + 1 };
      break;
    }
  }
}

/** Keeps three of a short phrase that is said four times in a row or more: `no, no, no!`. */
export function shortenRows(text: string): string {
  for (let count = 1; count <= MAX_SHORT_WORDS; count++) text = shortenRowsOf(count, text);
  return text;
}

/** The same for phrases of so many words. Digits and single letters are data: `0 0 0 0 1`, `E E E E`. */
function shortenRowsOf(count: number, text: string): string {
  const folded = fold(text);
  const words = Array.from(folded.matchAll(SPACED_WORD), ({ 0: word, index }) => ({
    word,
    end: index + word.length,
  }));
  let shortened = "";
  let from = 0;
  for (let at = count; at < words.length; at++) {
    const first = at;
    while (at < words.length && words[at]!.word === words[at - count]!.word) at++;
    const times = 1 + Math.floor((at - first) / count);
    const phrase = words.slice(first - count, first).map(({ word }) => word);
    if (times < MAX_TIMES || !isShort(phrase) || !phrase.every(isSpoken)) continue;
    shortened += text.slice(from, words[first + (SHORT_KEPT - 1) * count - 1]!.end);
    from = words[first + (times - 1) * count - 1]!.end;
  }
  return shortened + text.slice(from);
}

function isSpoken(word: string): boolean {
  return word.length > 1 && LETTERS.test(word);
}

function isShort(phrase: readonly string[]): boolean {
  const different = new Set(phrase);
  return different.size < MIN_PHRASE_PARTS && weight([...different].join("")) < MIN_PHRASE_CHARS;
}

/** A row such as `hahaha` or `😂😂😂`, or a phrase of a script without spaces. */
function repeatedRow(folded: string, period: number): Cut | undefined {
  let same = 0;
  for (let at = period; at < folded.length; at++) {
    same = folded.charCodeAt(at) === folded.charCodeAt(at - period) ? same + 1 : 0;
    const row = same + period;
    if (row < period * MAX_TIMES) continue;
    const phrase = folded.slice(at + 1 - period, at + 1);
    const isPhrase = UNSPACED.test(phrase) && weight(phrase) >= MIN_PHRASE_CHARS &&
      new Set(phrase).size >= MIN_PHRASE_PARTS;
    if (row < MIN_ROW_CHARS && !isPhrase) continue;
    const start = at + 1 - row;
    return { at: start + period * (isPhrase ? 1 : SHORT_KEPT), seen: at + 1 };
  }
}

function weight(phrase: string): number {
  return UNSPACED.test(phrase) ? phrase.length * UNSPACED_CHARS : phrase.length;
}

/** The index after the punctuation that belongs to a word. */
function endOfWord(text: string, at: number): number {
  return at + (/^[.!?…。！？"'”’»)]*/.exec(text.slice(at, at + 4))?.[0].length ?? 0);
}
