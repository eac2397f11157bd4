/** A model that takes 0.5 to 1 s for two sentences, and says which calls they answer. */
import type { ChatMessage } from "../../tests/fakes/ollama/server.ts";
import { questionOf } from "../../tools/soak/model.ts";

/** No two alike: a model that repeats itself is cut. */
const WORDS =
  "old silent film about a vampire crew shot within eleven weeks by young students who were " +
  "never paid while its producer changed every ending twice after each screening before " +
  "critics found their lost reels under some theatre";
/** A reply of two sentences of that many words takes 0.5 to 1 s. */
const MIN_WORDS = 20;
const MAX_WORDS = 38;
export const TOKEN_MS = 25;

export class BenchModel {
  /** The calls of each reply, in the order of the requests. */
  readonly replies: number[][] = [];
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  reply(messages: readonly ChatMessage[]): string {
    const calls = [...questionOf(messages).matchAll(/ call (\d+):/g)].map(([, n]) => Number(n));
    this.replies.push(calls);
    const all = WORDS.split(" ");
    const count = MIN_WORDS + Math.floor(this.#random() * (MAX_WORDS - MIN_WORDS + 1));
    const from = Math.floor(this.#random() * all.length);
    const words = [...all, ...all].slice(from, from + Math.min(count, all.length));
    const middle = Math.floor(words.length / 2);
    const [first, second] = [words.slice(0, middle).join(" "), words.slice(middle).join(" ")];
    return `Answer ${calls.join(" and ")}: ${first}. That is ${second}.`;
  }
}
