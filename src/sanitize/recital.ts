/** Finds where a reply recites its prompt: 40 characters, word for word. */
import { type Cut, firstProved, fold, UNSPACED } from "./cut.ts";

const MIN_CHARS = 40;
/** 40 characters contain a whole block, wherever they start. */
const BLOCK = 20;
/** Places of equal blocks that are compared. */
const MAX_PLACES = 4;
/** Fewer are an address, a line of dashes or laughter. */
const MIN_SPACES = 3;

interface Place {
  readonly source: string;
  readonly at: number;
}

/** What a model was told, indexed once for all checks of one reply. */
export class ToldText {
  readonly #blocks = new Map<string, Place[]>();

  /** @param texts Such as the system prompt and the lines of the transcript, in any order. */
  constructor(texts: readonly string[]) {
    for (const text of texts) {
      const source = fold(text.replace(/\s+/g, " "));
      for (let at = 0; at + BLOCK <= source.length && source.length >= MIN_CHARS; at += BLOCK) {
        const block = source.slice(at, at + BLOCK);
        const places = this.#blocks.get(block);
        if (places === undefined) this.#blocks.set(block, [{ source, at }]);
        else if (places.length < MAX_PLACES) places.push({ source, at });
      }
    }
  }

  /** The start of the first recital; white space must be collapsed. */
  recital(text: string): Cut | undefined {
    if (this.#blocks.size === 0) return;
    const folded = fold(text);
    let first: Cut | undefined;
    for (let at = 0; at + BLOCK <= Math.min(folded.length, first?.seen ?? Infinity); at++) {
      for (const place of this.#blocks.get(folded.slice(at, at + BLOCK)) ?? []) {
        const found = extend(folded, at, place);
        if (found) first = firstProved(first ? [first, found] : [found]);
      }
    }
    return first;
  }
}

/** The recital around a block that is the same in both texts. */
function extend(text: string, at: number, { source, at: sourceAt }: Place): Cut | undefined {
  const most = Math.min(at, sourceAt, MIN_CHARS - BLOCK);
  let before = 0;
  while (before < most && text[at - before - 1] === source[sourceAt - before - 1]) before++;
  const start = at - before;
  const seen = start + MIN_CHARS;
  const words = text.slice(start, seen);
  if (words.length < MIN_CHARS || !source.startsWith(words, sourceAt - before)) return;
  const isProse = words.split(" ").length > MIN_SPACES || UNSPACED.test(words);
  return isProse ? { at: start, seen } : undefined;
}
