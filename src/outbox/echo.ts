/** A line to the room, or with `to` a private message. */
export interface OutgoingLine {
  readonly text: string;
  readonly to?: string;
}

/** From this similarity on a line is taken for the echo of another. */
const MIN_SIMILARITY = 0.5;
/** The server cuts lines and filters delete words: a part of a line is similar to the line. */
const PART_SIMILARITY = 0.9;
const MIN_PART = 0.4;
const MAX_LENGTH = 2000;

const LINK = /\w+:\/\/\S+/g;
/** What the default filters remove, and the marks of spoilers. */
const MARKS = /\[\/?sp\]|[\s_*`~]+/g;
const NOT_A_WORD = /[^\p{L}\p{N}]+/gu;

/**
 * Compares a sent line with an echo, ignoring case, spaces, marks and links: from 0, nothing in
 * common, to 1, equal. A channel's filters may delete and replace anything, and the server cuts long
 * lines, so an echo is rarely equal.
 */
export function similarity(sent: string, echo: string): number {
  const [a, b] = [normalize(sent), normalize(echo)];
  if (a === b) return 1;
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  if (short.length >= MIN_PART * long.length && isPart(short, long)) return PART_SIMILARITY;
  return diceCoefficient(a, b);
}

/** Whether `short` is a substring of `long`, or `long` with a substring removed. */
function isPart(short: string, long: string): boolean {
  if (long.includes(short)) return true;
  let begin = 0;
  while (begin < short.length && short[begin] === long[begin]) begin++;
  return long.endsWith(short.slice(begin));
}

/** The sent line that is most similar to an echo; the first of equals, none below the minimum. */
export function bestMatch<T extends OutgoingLine>(
  echo: OutgoingLine,
  lines: readonly T[],
): T | undefined {
  const [best] = lines
    .filter((line) => sameAddressee(line, echo))
    .map((line) => ({ line, found: similarity(line.text, echo.text) }))
    .filter(({ found }) => found >= MIN_SIMILARITY)
    .sort((a, b) => b.found - a.found);
  return best?.line;
}

/** Whether both are for the room or for the same person; the server corrects the case of names. */
export function sameAddressee(one: OutgoingLine, other: OutgoingLine): boolean {
  return one.to?.toLowerCase() === other.to?.toLowerCase();
}

function normalize(text: string): string {
  const plain = text.slice(0, MAX_LENGTH).toLowerCase();
  const unmarked = plain.replace(LINK, "").replace(MARKS, "");
  const words = unmarked.replace(NOT_A_WORD, "");
  // A line without words is compared by its signs, a line of nothing but a link by the link.
  return words || unmarked || plain.trim();
}

function diceCoefficient(a: string, b: string): number {
  const [left, right] = [trigrams(a), trigrams(b)];
  let shared = 0;
  for (const [trigram, count] of left) shared += Math.min(count, right.get(trigram) ?? 0);
  const total = Math.max(0, a.length - 2) + Math.max(0, b.length - 2);
  return total === 0 ? 0 : 2 * shared / total;
}

function trigrams(text: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (let at = 0; at + 3 <= text.length; at++) {
    const trigram = text.slice(at, at + 3);
    counts.set(trigram, (counts.get(trigram) ?? 0) + 1);
  }
  return counts;
}
