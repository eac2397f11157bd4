/**
 * How many people a reply may call.
 *
 * Source: CyTube's page highlights a line, and rings, when it holds one's name between two word
 * boundaries, in any case; the channel's filters make boundaries of underscores.
 *
 * @module
 */

/** Options of {@linkcode limitMentions}. */
export interface MentionOptions {
  /** Whether somebody of that name is here; any case. */
  readonly isHere: (name: string) => boolean;
  /** Who speaks: one's own name rings nobody. */
  readonly bot: string;
  /** Different people that may be named. */
  readonly most: number;
}

/** Longer than any name of CyTube. */
const MAX_NAME = 20;
/** Each pass makes names shorter, so there can be no more passes. */
const MAX_PASSES = MAX_NAME;
const BREAK = "·";

/**
 * Leaves the first few names of people who are here; the others stay readable and ring nobody:
 * `d·ave`. Names of one letter are words.
 *
 * @param text One line.
 * @returns The same with few names.
 */
export function limitMentions(text: string, options: MentionOptions): string {
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    const before = text;
    const named = new Set([options.bot.toLowerCase()]);
    const most = options.most + named.size;
    const rings = (name: string) => {
      const key = name.toLowerCase();
      if (named.has(key) || !options.isHere(name)) return false;
      if (named.size >= most) return true;
      named.add(key);
      return false;
    };
    text = text.replace(/[\w-]+/g, (run) => broken(run, rings));
    if (text === before) break;
  }
  return text;
}

/** Breaks each name within a word such as `alice-bob_carol`. */
function broken(run: string, rings: (name: string) => boolean): string {
  let result = "";
  for (let from = 0; from < run.length; from++) {
    result += run[from];
    if (!isEdge(run, from)) continue;
    const until = Math.min(run.length, from + MAX_NAME);
    for (let to = from + 2; to <= until; to++) {
      if (!isEdge(run, to) || !rings(run.slice(from, to))) continue;
      result += BREAK;
      break;
    }
  }
  return result;
}

function isEdge(run: string, at: number): boolean {
  return at === 0 || at === run.length || /[-_]/.test(run.slice(at - 1, at + 1));
}
