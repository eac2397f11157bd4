/**
 * Limits how many users a reply mentions.
 *
 * Source: CyTube's page highlights a line and plays a sound if the line contains the user's name
 * between two word boundaries, in any case. The channel's filters turn underscores into boundaries.
 */

export interface MentionOptions {
  /** Whether a user of that name, in any case, is in the room. */
  readonly isHere: (name: string) => boolean;
  /** The bot's own name does not count. */
  readonly bot: string;
  /** Different users that may be mentioned. */
  readonly max: number;
}

/** Source: CyTube's user names. */
const MAX_NAME = 20;
/** Each pass makes names shorter. */
const MAX_PASSES = MAX_NAME;
const BREAK = "·";
/** Where a name may begin and end within a word. */
const NAME_STARTS = /^|(?<=[-_])[^\W_]|(?<=-)_/g;
const NAME_ENDS = /[^\W_](?=[-_])|_(?=-)/g;

/** Keeps the first mentions and breaks the others: `d·ave`. Names of one letter are words. */
export function limitMentions(text: string, options: MentionOptions): string {
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    const before = text;
    const named = new Set([options.bot.toLowerCase()]);
    const max = options.max + named.size;
    const isOneTooMany = (name: string) => {
      const key = name.toLowerCase();
      if (named.has(key) || !options.isHere(name)) return false;
      if (named.size >= max) return true;
      named.add(key);
      return false;
    };
    text = text.replace(/[\w-]+/g, (run) => breakNames(run, isOneTooMany));
    if (text === before) break;
  }
  return text;
}

/** Breaks the names within a word such as `alice-bob_carol`. */
function breakNames(run: string, isOneTooMany: (name: string) => boolean): string {
  const ends = [...run.matchAll(NAME_ENDS)].map(({ index }) => index + 1);
  ends.push(run.length);
  let [result, done, next] = ["", 0, 0];
  for (const { index: from } of run.matchAll(NAME_STARTS)) {
    while (ends[next]! < from + 2 && next < ends.length - 1) next++;
    for (let at = next; at < ends.length && ends[at]! <= from + MAX_NAME; at++) {
      if (ends[at]! < from + 2 || !isOneTooMany(run.slice(from, ends[at]))) continue;
      result += run.slice(done, from + 1) + BREAK;
      done = from + 1;
      break;
    }
  }
  return result + run.slice(done);
}
