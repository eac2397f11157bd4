/** A model whose every word names its reply and its position there. */
import type { ChatMessage } from "../../tests/fakes/ollama/server.ts";
import { delay } from "../../src/clock.ts";

/** A reply of the model. */
export interface SoakReply {
  /** Number of words. */
  readonly words: number;
  /** Numbers of the questions that it answers. */
  readonly asks: readonly number[];
}

/** A run of words within one reply. */
export interface Piece {
  readonly reply: number;
  /** The first word. */
  readonly from: number;
  /** The word after the last. */
  readonly to: number;
  /** Whether the rest of the reply was omitted because it was too long. */
  readonly cut: boolean;
}

/** Numbers of words of the replies: mostly one line, sometimes two, three or more. */
const LENGTHS = [4, 8, 12, 6, 25, 10, 5, 45, 9, 15, 7, 70, 20, 5, 140];
/** One in this many replies is slow, so that other questions wait. */
const SLOW_EVERY = 25;
const SLOW_MS = 1000;
/** The bot's prompt has this between the room's lines and the question. */
const QUESTION = "[End of what was said.]\n";

/** Answers questions and records the replies. */
export class SoakModel {
  /** All replies; the number of a reply is its index. */
  readonly replies: SoakReply[] = [];

  /** Answers the messages of a chat request. */
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

/** Parses a line of the bot. Returns undefined if it is no run of words of one reply. */
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
