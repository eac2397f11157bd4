/**
 * One text, lines that fit.
 *
 * @module
 */
import { startsSafely } from "./line_start.ts";

/** Options of {@linkcode split}. */
export interface SplitOptions {
  /** UTF-16 units in a line; the server cuts what is longer. Default: CyTube's 320. */
  readonly maxUnits?: number;
  /** Lines of one reply; default 3. */
  readonly maxLines?: number;
}

const CYTUBE = { maxUnits: 320, maxLines: 3 };
/** The end of a text that is not at its end may still change. */
const UNSETTLED_UNITS = 256;
const ELLIPSIS = "…";
/** A line shorter than this share of the limit wastes a line: then a long word is cut instead. */
const SHORTEST = 0.5;

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/**
 * Cuts a text into lines: at blanks where that is possible, never inside a character as people see
 * it. A text that needs more lines than there are ends in `…`.
 *
 * @param text One line, as the guard leaves it.
 * @returns Lines within the limit; none for an empty text.
 */
export function split(text: string, options: SplitOptions = {}): string[] {
  const { maxUnits, maxLines } = { ...CYTUBE, ...options };
  const lines: string[] = [];
  let rest = text.trim();
  while (rest !== "") {
    // A path at the begin of a line would be a command.
    if (lines.length > 0 && !startsSafely(rest)) rest = `${ELLIPSIS}${rest}`;
    if (rest.length <= maxUnits) {
      lines.push(rest);
      break;
    }
    if (lines.length === maxLines - 1) {
      const end = cutAt(rest, maxUnits - ELLIPSIS.length);
      lines.push(rest.slice(0, end).trimEnd() + ELLIPSIS);
      break;
    }
    const end = cutAt(rest, maxUnits);
    lines.push(rest.slice(0, end).trimEnd());
    rest = rest.slice(end).trimStart();
  }
  return lines;
}

/**
 * Tells whether what is still to come of a text cannot be said any more.
 *
 * @param text The begin of one, as the guard leaves it.
 * @returns Whether it fills all lines of a reply.
 */
export function fillsAll(text: string): boolean {
  return text.length > CYTUBE.maxUnits * CYTUBE.maxLines + UNSETTLED_UNITS;
}

/** Where a text that is longer than `max` units is cut best. */
function cutAt(text: string, max: number): number {
  let blank = text.lastIndexOf(" ", max);
  while (blank > 0 && /^\p{M}/u.test(text.slice(blank + 1, blank + 3))) {
    blank = text.lastIndexOf(" ", blank - 1);
  }
  if (blank >= max * SHORTEST) return blank;
  let end = 0;
  // A grapheme that straddles the limit must be seen whole, but one of 10,000 marks must not be read.
  for (const { index, segment } of graphemes.segment(text.slice(0, max + 64))) {
    if (index + segment.length > max) break;
    end = index + segment.length;
  }
  return end > (text.startsWith(ELLIPSIS) ? 1 : 0) ? end : codePointEnd(text, max);
}

function codePointEnd(text: string, max: number): number {
  const last = text.charCodeAt(max - 1);
  return last >= 0xd800 && last <= 0xdbff ? max - 1 : max;
}
