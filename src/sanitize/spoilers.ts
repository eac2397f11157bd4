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
/** A spoiler of one or two words needs a word of so many letters, such as a name. */
const MIN_NAME_LETTERS = 4;
/** Longer words that are no names. Hidden, they would cover every answer. */
const COMMON = new Set(
  `about after also because been before being could does down even ever every first from good have here
  into just know like made make many more most much must only other over really said same should some
  such than that their them then there these they thing think this those time very want well were what
  when where which while will with would year your
  aber alle auch auf dass dein denn dich diese dieser dieses doch durch eine einem einen einer eines
  etwas euch ganz gibt habe haben hast hatte heute hier ihre immer jetzt kann kein keine können mach
  machen mehr mein meine mich nach nicht noch oder ohne schon sehr sein seine sich sind über
  viel vielleicht wenn werden wieder wird wurde
  algo aquí bien como cómo cuando desde donde ella ellos entre eres esta está este esto hace hasta
  mejor mucho muy nada otra otro para pero poco porque puede quien siempre sobre solo también tengo
  tiene todo todos
  alors aussi avec avoir bien c'est cette comme dans deux elle elles encore entre être faire fait
  leur mais même moins nous parce peut plus pour pourquoi quand quel quelle sans sont tous tout
  toute très trop vous`.split(/\s+/),
);
/** Of the newest lines. */
const MAX_SPOILERS = 100;
/** A character of a script without spaces counts as so many letters. */
const UNSPACED_LETTERS = 2;
/** The script of particles and endings, such as `です`. */
const HIRAGANA = /\p{sc=Hiragana}/u;

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

/** The spoilers that a reply must not repeat openly, prepared once for all checks of one reply. */
export class SpoilerIndex {
  /** Spoilers of at most {@linkcode MIN_WORDS} words. */
  readonly #short = new Set<string>();
  /** Each {@linkcode MIN_WORDS} words of longer ones. */
  readonly #parts = new Set<string>();

  /** @param spoilers Oldest first, see {@linkcode spoilersOf}. */
  constructor(spoilers: readonly string[]) {
    const known = new Map<string, readonly string[]>();
    for (const spoiler of spoilers) {
      const words = wordsOf(spoiler);
      const key = words.join(" ");
      known.delete(key);
      if (isTelling(words)) known.set(key, words);
    }
    for (const [key, words] of [...known].slice(-MAX_SPOILERS)) {
      if (words.length <= MIN_WORDS) this.#short.add(key);
      else {for (let at = 0; at + MIN_WORDS <= words.length; at++) {
          this.#parts.add(partAt(words, at));
        }}
    }
  }

  /**
   * Puts each part of a reply that repeats a spoiler between tags, and pairs the tags that are there.
   * The result must be sanitized: a tag may have hidden how the reply starts.
   */
  hide(reply: string): string {
    const paired = pairTags(reply);
    if (this.#short.size + this.#parts.size === 0) return paired;
    let [result, done] = ["", 0];
    for (const { from, to } of hiddenParts(paired)) {
      result += this.#hideIn(paired.slice(done, from)) + paired.slice(from, to);
      done = to;
    }
    return result + this.#hideIn(paired.slice(done));
  }

  /** @param text Without tags. */
  #hideIn(text: string): string {
    const words = [...text.matchAll(WORD)];
    const hidden = this.#repeated(words.map(([word]) => foldWord(word)));
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

  /** The indices of words that are a whole spoiler or a telling part of one. */
  #repeated(words: readonly string[]): ReadonlySet<number> {
    const found = new Set<number>();
    const add = (from: number, to: number) => {
      for (let at = from; at < to; at++) found.add(at);
    };
    for (let from = 0; from < words.length; from++) {
      for (let size = 1; size <= Math.min(MIN_WORDS, words.length - from); size++) {
        if (this.#short.has(partAt(words, from, size))) add(from, from + size);
      }
    }
    for (let from = 0; from + MIN_WORDS <= words.length; from++) {
      let to = from;
      while (to + MIN_WORDS <= words.length && this.#parts.has(partAt(words, to))) to++;
      if (to === from) continue;
      const end = to + MIN_WORDS - 1;
      if (lettersOf(words.slice(from, end)) >= MIN_LETTERS) add(from, end);
      from = to;
    }
    return found;
  }
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

/** Whether a reply without these words says less. */
function isTelling(words: readonly string[]): boolean {
  if (words.length === 0) return false;
  if (words.length >= MIN_WORDS) return true;
  if (words.every((word) => UNSPACED.test(word))) {
    return lettersOf(words) >= MIN_NAME_LETTERS && !words.every((word) => HIRAGANA.test(word));
  }
  return words.some((word) => word.length >= MIN_NAME_LETTERS && !COMMON.has(word));
}

function partAt(words: readonly string[], at: number, size = MIN_WORDS): string {
  return words.slice(at, at + size).join(" ");
}

function lettersOf(words: readonly string[]): number {
  return words.reduce(
    (sum, word) => sum + (UNSPACED.test(word) ? UNSPACED_LETTERS : word.length),
    0,
  );
}

function wordsOf(text: string): string[] {
  return [...text.matchAll(WORD)].map(([word]) => foldWord(word));
}

function foldWord(word: string): string {
  return word.toLowerCase().replaceAll("’", "'");
}
