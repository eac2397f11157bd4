/** A model whose every word says which reply it belongs to, and where in it. */
import type { ChatMessage } from "../../tests/fakes/ollama/server.ts";
import { delay } from "../../src/clock.ts";

/** What the model said. */
export interface SoakReply {
  /** How many words it has. */
  readonly words: number;
  /** The questions that it answers. */
  readonly asks: readonly number[];
}

/** A run of words within one reply. */
export interface Piece {
  readonly reply: number;
  /** The first word. */
  readonly from: number;
  /** The word after the last. */
  readonly to: number;
  /** Whether the rest of the reply was left out because it was too long. */
  readonly cut: boolean;
}

/** Words of a reply: mostly one line, now and then two, three, and more than three. */
const LENGTHS = [4, 8, 12, 6, 25, 10, 5, 45, 9, 15, 7, 70, 20, 5, 140];
/** Of so many replies one takes its time, so that others wait. */
const SLOW_EVERY = 25;
const SLOW_MS = 1000;
/** What her prompt puts between the room's lines and the question. */
const QUESTION = "[End of what was said.]\n";

/** Answers, and remembers what it answered. */
export class SoakModel {
  /** All of them; a reply's number is its place. */
  readonly replies: SoakReply[] = [];

  /**
   * Answers a question.
   *
   * @param messages As the server got them.
   */
  async *reply(messages: readonly ChatMessage[]): AsyncGenerator<string> {
    const question = messages.at(-1)?.content.split(QUESTION).at(-1) ?? "";
    const asks = [...question.matchAll(/\bask (\d+)\b/g)].map(([, ask]) => Number(ask));
    const reply = this.replies.length;
    const words = LENGTHS[reply % LENGTHS.length]!;
    this.replies.push({ words, asks });
    if (reply % SLOW_EVERY === SLOW_EVERY - 1) await delay(SLOW_MS);
    yield Array.from({ length: words }, (_, word) => `q${reply}w${word}`).join(" ");
  }
}

/**
 * Reads a line that was said, or was not.
 *
 * @param line The whole of it.
 * @returns None where it is no run of words of one reply.
 */
export function pieceOf(line: string): Piece | undefined {
  const cut = line.endsWith("…");
  const words = (cut ? line.slice(0, -1) : line).split(" ").map((word) =>
    /^q(\d+)w(\d+)$/.exec(word)
  );
  const [reply, from] = [Number(words[0]?.[1]), Number(words[0]?.[2])];
  const follows = words.every((word, at) =>
    word && Number(word[1]) === reply && Number(word[2]) === from + at
  );
  return follows ? { reply, from, to: from + words.length, cut } : undefined;
}
