/** The model behind both servers: each reply has the numbers of its question and of its own. */
import { pick } from "../../tests/sanitize/attacks/random.ts";
import { CORPUS } from "../../tests/sanitize/attacks/corpus.ts";
import { questionOf } from "../soak/model.ts";

/** Words of a reply. */
const LENGTHS = [5, 12, 30, 8, 60, 20];
/** One of this many replies begins or goes on with a command or the like. */
const HOSTILE_EVERY = 2;
/** Commands of the server and of other bots, by family; short, to leave room for the words. */
const HOSTILE = [
  ...Map.groupBy(
    CORPUS.filter(({ family, text }) => /command/i.test(family) && text.length <= 60),
    ({ family }) => family,
  ).values(),
];

export interface ModelMessage {
  readonly content: string;
}

/** A word of a reply: what it answers, its own number, its place. */
export interface Word {
  readonly question: number;
  readonly reply: number;
  readonly at: number;
}

export class ChaosModel {
  /** The number of replies. */
  replies = 0;
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** A reply, with letters of two and four bytes. */
  reply(messages: readonly ModelMessage[]): string {
    const [, question] = /: Rosey, ask (\d+): /.exec(questionOf(messages)) ?? [];
    // The bot's own probe.
    if (question === undefined) return "Hello.";
    const reply = this.replies++;
    const count = LENGTHS[reply % LENGTHS.length]!;
    const words = Array.from({ length: count }, (_, at) => `q${question}r${reply}w${at}ü🍿`);
    if (reply % HOSTILE_EVERY > 0) return words.join(" ");
    const at = this.#random() < 0.7 ? 0 : Math.floor(count / 2);
    const { text: attack } = pick(pick(HOSTILE, this.#random), this.#random);
    return [...words.slice(0, at), `${at > 0 ? "\n" : ""}${attack}\n`, ...words.slice(at)].join(
      " ",
    );
  }
}

/** The words of replies in a line. */
export function wordsOf(line: string): Word[] {
  return [...line.matchAll(/q(\d+)r(\d+)w(\d+)ü/g)].map(([, question, reply, at]) => ({
    question: Number(question),
    reply: Number(reply),
    at: Number(at),
  }));
}
