/** Splits a text into lines that fit into the channel. */
import { startsSafely } from "./line_start.ts";

/** Options of {@linkcode split}. */
export interface SplitOptions {
  /** UTF-16 units in a line; the server cuts what is longer. Default: CyTube's 320. */
  readonly maxUnits?: number;
  /** Default: 3. */
  readonly maxLines?: number;
}

const CYTUBE = { maxUnits: 320, maxLines: 3 };
/** The last part of an incomplete text may still change. */
const UNSETTLED_UNITS = 256;
const ELLIPSIS = "…";
/** If the last space comes before this share of the limit, a long word is cut instead. */
const MIN_LINE_SHARE = 0.5;

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/**
 * Splits sanitized text at spaces where possible, never within a grapheme. Text that needs more than
 * `maxLines` ends in `…`.
 */
export function split(text: string, options: SplitOptions = {}): string[] {
  const { maxUnits, maxLines } = { ...CYTUBE, ...options };
  const lines: string[] = [];
  let rest = text.trim();
  while (rest !== "") {
    // Such as a path: at the start of a line it would be a command.
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

/** Whether the start of a reply, sanitized, already fills all lines: the rest cannot be said. */
export function fillsAll(text: string, maxLines: number): boolean {
  return text.length > CYTUBE.maxUnits * maxLines + UNSETTLED_UNITS;
}

/** The best index to cut a text that is longer than `max` units. */
function cutAt(text: string, max: number): number {
  let blank = text.lastIndexOf(" ", max);
  while (blank > 0 && /^\p{M}/u.test(text.slice(blank + 1, blank + 3))) {
    blank = text.lastIndexOf(" ", blank - 1);
  }
  if (blank >= max * MIN_LINE_SHARE) return blank;
  let end = 0;
  // 64 more units contain a whole grapheme at the limit, but not one of 10,000 marks.
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
