/** Splits a text into lines that fit into the channel; `llm.max_lines` sets how many an answer has. */
import { startsSafely } from "./line_start.ts";
import { lastSentenceEnd } from "./sentences.ts";
import { hasSpoiler, hidePerLine, TAG_UNITS } from "./spoilers.ts";

/** Options of {@linkcode split}. */
export interface SplitOptions {
  /** UTF-16 units in a line; the server cuts what is longer. Default: CyTube's 320. */
  readonly maxUnits?: number;
  /** Default: 3, for `llm.fallback_response`. */
  readonly maxLines?: number;
}

const CYTUBE = { maxUnits: 320, maxLines: 3 };
/** Shorter lines have no room for the tags of a spoiler. */
const MIN_UNITS_FOR_TAGS = 4 * TAG_UNITS;
/** The last part of an incomplete text may still change. */
const UNSETTLED_UNITS = 256;
/** Of a grapheme at the limit. A longer one, such as a letter with 10,000 marks, may be cut. */
const MAX_GRAPHEME_UNITS = 64;
const ELLIPSIS = "…";
/** The last line ends at a sentence if that keeps so much of it. */
const MIN_SENTENCES_SHARE = 0.5;
/** If the last space comes before this share of the limit, a long word is cut instead. */
const MIN_LINE_SHARE = 0.5;

/** Made when it is first needed: making it takes a third of the time in which the runtime starts. */
let graphemes: Intl.Segmenter | undefined;

/**
 * Splits sanitized text at spaces where possible, never within a grapheme. Text that needs more than
 * `maxLines` ends at a sentence or in `…`. A spoiler that is split stays hidden.
 */
export function split(text: string, options: SplitOptions = {}): string[] {
  const limits = { ...CYTUBE, ...options };
  if (!hasSpoiler(text) || limits.maxUnits < MIN_UNITS_FOR_TAGS) return splitPlain(text, limits);
  return hidePerLine(splitPlain(text, { ...limits, maxUnits: limits.maxUnits - TAG_UNITS }));
}

function splitPlain(text: string, { maxUnits, maxLines }: Required<SplitOptions>): string[] {
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
      lines.push(lastLine(rest, maxUnits));
      break;
    }
    const end = cutAt(rest, maxUnits);
    lines.push(rest.slice(0, end).trimEnd());
    rest = rest.slice(end).trimStart();
  }
  return lines;
}

/** Whether the start of a reply, sanitized, already fills all lines: the rest cannot be said. */
export function fillsAll(text: string, options: SplitOptions = {}): boolean {
  const { maxUnits, maxLines } = { ...CYTUBE, ...options };
  return text.length > maxUnits * maxLines + UNSETTLED_UNITS;
}

/** The part of a text that is too long which fits into one line. */
function lastLine(text: string, maxUnits: number): string {
  const sentences = lastSentenceEnd(text.slice(0, maxUnits + MAX_GRAPHEME_UNITS), maxUnits);
  if (sentences >= maxUnits * MIN_SENTENCES_SHARE) return text.slice(0, sentences);
  const words = text.slice(0, cutAt(text, maxUnits - ELLIPSIS.length)).trimEnd();
  return lastSentenceEnd(words) === words.length ? words : words + ELLIPSIS;
}

/** The best index to cut a text that is longer than `max` units. */
function cutAt(text: string, max: number): number {
  let blank = text.lastIndexOf(" ", max);
  while (blank > 0 && /^\p{M}/u.test(text.slice(blank + 1, blank + 3))) {
    blank = text.lastIndexOf(" ", blank - 1);
  }
  if (blank >= max * MIN_LINE_SHARE) return blank;
  graphemes ??= new Intl.Segmenter(undefined, { granularity: "grapheme" });
  let end = 0;
  for (const { index, segment } of graphemes.segment(text.slice(0, max + MAX_GRAPHEME_UNITS))) {
    if (index + segment.length > max) break;
    end = index + segment.length;
  }
  return end > (text.startsWith(ELLIPSIS) ? 1 : 0) ? end : codePointEnd(text, max);
}

function codePointEnd(text: string, max: number): number {
  const last = text.charCodeAt(max - 1);
  return last >= 0xd800 && last <= 0xdbff ? max - 1 : max;
}
