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
/** Where a name may begin and end within a word. */
const NAME_STARTS = /^|(?<=[-_])[^\W_]|(?<=-)_/g;
const NAME_ENDS = /[^\W_](?=[-_])|_(?=-)/g;

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
  const ends = [...run.matchAll(NAME_ENDS)].map(({ index }) => index + 1);
  ends.push(run.length);
  let [result, done, next] = ["", 0, 0];
  for (const { index: from } of run.matchAll(NAME_STARTS)) {
    while (ends[next]! < from + 2 && next < ends.length - 1) next++;
    for (let at = next; at < ends.length && ends[at]! <= from + MAX_NAME; at++) {
      if (ends[at]! < from + 2 || !rings(run.slice(from, ends[at]))) continue;
      result += run.slice(done, from + 1) + BREAK;
      done = from + 1;
      break;
    }
  }
  return result + run.slice(done);
}
