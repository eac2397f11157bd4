/** What the rules that end a reply share. */

/** Where a rule ends a reply. */
export interface Cut {
  /** The index where the reply ends. */
  readonly at: number;
  /**
   * The length of text that proves it. The start of a stream that is at least so long gives the same
   * cut, whatever follows.
   */
  readonly seen: number;
}

const SCRIPTS = ["Han", "Hiragana", "Katakana", "Thai", "Lao", "Khmer", "Myanmar"];
/** A character of a script without spaces between words. */
export const UNSPACED = new RegExp(`[${SCRIPTS.map((name) => `\\p{sc=${name}}`).join("")}]`, "u");

/** The cut with the smallest `seen`: text that arrives later cannot change the choice. */
export function firstProved<T extends Cut>(cuts: readonly T[]): T | undefined {
  return cuts.toSorted((a, b) => a.seen - b.seen || a.at - b.at)[0];
}

/** Text to compare: lower case, plain quotes and spaces, of the same length. */
export function fold(text: string): string {
  const lower = text.toLowerCase();
  const folded = lower.length === text.length ? lower : [...text].map(lowerOfSameLength).join("");
  return folded.replace(/\s/g, " ").replace(/[‘’]/g, "'").replace(/[“”]/g, '"');
}

function lowerOfSameLength(char: string): string {
  const lower = char.toLowerCase();
  return lower.length === char.length ? lower : char;
}
