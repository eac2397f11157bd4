/**
 * Whether a line of chat is what the channel made of a line that was sent.
 *
 * A channel's filters may delete, replace and add anything, links become pictures, and the server
 * cuts what is too long: an echo is hardly ever equal to what was sent, byte by byte.
 *
 * @module
 */

import type { OutgoingLine } from "./outbox_stats.ts";

/** From this similarity on a line is taken for the echo of another. */
const MIN_SIMILARITY = 0.5;

/** A good part of a line is as good as the line, for the server cuts and filters delete. */
const PART = 0.9;
const LEAST_PART = 0.4;

const LINK = /\w+:\/\/\S+/g;
/** What the default filters take away, and how spoilers are written. */
const MARKS = /\[\/?sp\]|[\s_*`~]+/g;
const NOT_A_WORD = /[^\p{L}\p{N}]+/gu;

/** More would be no line of chat. */
const MAX_LENGTH = 2000;

/**
 * How alike two lines are, whatever case, spaces, marks and links they have.
 *
 * @param sent What was sent.
 * @param echo What came back, as plain text.
 * @returns From 0, nothing in common, to 1, equal.
 *
 * @example
 * ```ts
 * import { similarity } from "./echo.ts";
 *
 * similarity("a *bold* move", "a bold move"); // 1
 * ```
 */
export function similarity(sent: string, echo: string): number {
  const [a, b] = [essence(sent), essence(echo)];
  if (a === b) return 1;
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  if (short.length >= LEAST_PART * long.length && isPart(short, long)) return PART;
  return common(a, b);
}

/** Whether the one is a piece of the other, or the other with a piece cut out. */
function isPart(short: string, long: string): boolean {
  if (long.includes(short)) return true;
  let begin = 0;
  while (begin < short.length && short[begin] === long[begin]) begin++;
  return long.endsWith(short.slice(begin));
}

/**
 * The line that an echo belongs to.
 *
 * @param echo What came back.
 * @param lines What was sent.
 * @returns The one that is most like it, of several the first; none where all are too different.
 */
export function bestMatch<T extends OutgoingLine>(
  echo: OutgoingLine,
  lines: readonly T[],
): T | undefined {
  let best: T | undefined;
  let most = 0;
  for (const line of lines) {
    const found = sameAddressee(line, echo) ? similarity(line.text, echo.text) : 0;
    if (found < MIN_SIMILARITY || found <= most) continue;
    most = found;
    best = line;
  }
  return best;
}

/** Whether both went to the room, or to the same person: the server corrects the case of names. */
export function sameAddressee(one: OutgoingLine, other: OutgoingLine): boolean {
  return one.to?.toLowerCase() === other.to?.toLowerCase();
}

/** What is left of a line when everything is gone that filters like to change. */
function essence(text: string): string {
  const plain = text.slice(0, MAX_LENGTH).toLowerCase();
  const unmarked = plain.replace(LINK, "").replace(MARKS, "");
  const words = unmarked.replace(NOT_A_WORD, "");
  // A line of signs alone is compared by them, a line of nothing but a link by the link.
  return words || unmarked || plain.trim();
}

/** Dice's coefficient of the pieces of three characters. */
function common(a: string, b: string): number {
  const [left, right] = [pieces(a), pieces(b)];
  let shared = 0;
  for (const [piece, count] of left) shared += Math.min(count, right.get(piece) ?? 0);
  const total = Math.max(0, a.length - 2) + Math.max(0, b.length - 2);
  return total === 0 ? 0 : 2 * shared / total;
}

function pieces(text: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (let at = 0; at + 3 <= text.length; at++) {
    const piece = text.slice(at, at + 3);
    counts.set(piece, (counts.get(piece) ?? 0) + 1);
  }
  return counts;
}
