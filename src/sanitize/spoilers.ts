/**
 * Keeps spoilers hidden. CyTube's page hides what stands between `[sp]` and `[/sp]` on one line, and a
 * whole line that was sent with `/sp`.
 */
import { UNSPACED } from "./cut.ts";
import { startsSafely } from "./line_start.ts";

const OPEN = "[sp]";
const CLOSE = "[/sp]";
const TAG_OPEN = /\[sp\]/i;
const TAG = /\[\/?sp\]/gi;
const JOINERS = /^[\u200c\u200d]+|[\u200c\u200d]+$/g;
/** Or a character of a script without spaces. */
const WORD = new RegExp(
  String
    .raw`${UNSPACED.source}|(?:(?!${UNSPACED.source})[\p{L}\p{M}\p{N}]|(?<=\p{L})['’\-](?=\p{L}))+`,
  "gu",
);
/** So many words of a spoiler give it away. */
const MIN_WORDS = 3;
/** Fewer letters are words such as `it is a`. */
const MIN_LETTERS = 9;
/** A character of a script without spaces counts as so many letters. */
const UNSPACED_LETTERS = 2;

/** What {@linkcode hidePerLine} adds to a line at most. */
export const TAG_UNITS = `${OPEN}…${CLOSE}`.length;

/**
 * A line for the transcript.
 *
 * @param isHidden Whether the whole line is a spoiler.
 */
export function markSpoiler(line: string, isHidden: boolean): string {
  return isHidden ? `${OPEN}${line.replace(TAG, "").trim()}${CLOSE}` : line;
}

/** What a line hides. */
export function spoilersOf(line: string): string[] {
  return [...hiddenParts(line)]
    .map(({ from, to }) => line.slice(from + OPEN.length, to - CLOSE.length).trim())
    .filter((hidden) => hidden !== "");
}

/**
 * Puts each part of a reply that repeats a spoiler between tags, and pairs the tags that are there. The
 * result must be sanitized: a tag may have hidden how the reply starts.
 */
export function hideSpoilers(reply: string, spoilers: readonly string[]): string {
  const paired = pairTags(reply);
  const known = spoilers.map(wordsOf).filter((words) => words.length > 0);
  if (known.length === 0) return paired;
  let [result, done] = ["", 0];
  for (const { from, to } of hiddenParts(paired)) {
    result += hideIn(paired.slice(done, from), known) + paired.slice(from, to);
    done = to;
  }
  return result + hideIn(paired.slice(done), known);
}

/** Whether a text hides something, or would if its last tag was closed. */
export function hasSpoiler(text: string): boolean {
  return TAG_OPEN.test(text);
}

/** Hides the parts of a spoiler that was split into lines. Lines stay safe. */
export function hidePerLine(lines: readonly string[]): string[] {
  let isOpen = false;
  return lines.map((line) => {
    const wasOpen = isOpen;
    const lastTag = line.match(TAG)?.at(-1);
    if (lastTag) isOpen = lastTag.length === OPEN.length;
    if (!wasOpen && !isOpen) return line;
    // Next to a tag they would only be invisible.
    const bare = line.replace(JOINERS, "");
    const close = isOpen ? CLOSE : "";
    const starts = wasOpen ? [OPEN, `${OPEN}…`] : [""];
    return starts.map((start) => start + bare + close).find(startsSafely) ?? line;
  });
}

/** Parts with their tags, as the page finds them. */
function* hiddenParts(text: string): Generator<{ readonly from: number; readonly to: number }> {
  let from = -1;
  for (const { 0: tag, index } of text.matchAll(TAG)) {
    const opens = tag.length === OPEN.length;
    if (opens && from < 0) from = index;
    if (opens || from < 0) continue;
    yield { from, to: index + CLOSE.length };
    from = -1;
  }
}

/** Removes stray tags and closes the last one. */
function pairTags(text: string): string {
  let isOpen = false;
  const paired = text.replace(TAG, (tag) => {
    const opens = tag.length === OPEN.length;
    if (opens === isOpen) return "";
    isOpen = opens;
    return opens ? OPEN : CLOSE;
  });
  return isOpen ? paired.trimEnd() + CLOSE : paired;
}

/** A text without tags. */
function hideIn(text: string, spoilers: readonly (readonly string[])[]): string {
  const words = [...text.matchAll(WORD)];
  const folded = words.map(([word]) => foldWord(word));
  const hidden = new Set<number>();
  for (const spoiler of spoilers) {
    for (const [from, to] of repeatedRuns(folded, spoiler)) {
      for (let at = from; at < to; at++) hidden.add(at);
    }
  }
  let [result, done] = ["", 0];
  for (let at = 0; at < words.length; at++) {
    if (!hidden.has(at)) continue;
    const from = words[at]!.index;
    while (hidden.has(at + 1)) at++;
    const to = words[at]!.index + words[at]![0].length;
    result += text.slice(done, from) + OPEN + text.slice(from, to) + CLOSE;
    done = to;
  }
  return result + text.slice(done);
}

/** Runs of words that are a whole spoiler or a telling part of it. */
function* repeatedRuns(
  words: readonly string[],
  spoiler: readonly string[],
): Generator<readonly [from: number, to: number]> {
  const size = Math.min(MIN_WORDS, spoiler.length);
  const partAt = (list: readonly string[], at: number) => list.slice(at, at + size).join(" ");
  const parts = new Set(spoiler.slice(size - 1).map((_, at) => partAt(spoiler, at)));
  for (let from = 0; from + size <= words.length; from++) {
    let to = from;
    while (to + size <= words.length && parts.has(partAt(words, to))) to++;
    if (to === from) continue;
    const end = to + size - 1;
    const letters = words.slice(from, end).reduce((sum, word) => sum + weight(word), 0);
    if (letters >= MIN_LETTERS || spoiler.length <= MIN_WORDS) yield [from, end];
    from = to;
  }
}

function weight(word: string): number {
  return UNSPACED.test(word) ? UNSPACED_LETTERS : word.length;
}

function wordsOf(text: string): string[] {
  return [...text.matchAll(WORD)].map(([word]) => foldWord(word));
}

function foldWord(word: string): string {
  return word.toLowerCase().replaceAll("’", "'");
}
