/** A model whose words have the numbers of their reply and of their position. */
import type { ChatMessage } from "../../tests/fakes/ollama/server.ts";
import { delay } from "../../src/clock.ts";

export interface SoakReply {
  readonly words: number;
  /** The numbers of the lines that it answers; more than one if they were merged. */
  readonly asks: readonly number[];
}

/** A run of words within one reply. */
export interface Piece {
  readonly reply: number;
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
  /** Whether the rest was cut because the reply was too long. */
  readonly cut: boolean;
}

/** Words of a reply: one line mostly, sometimes two, three or more. */
const LENGTHS = [4, 8, 12, 6, 25, 10, 5, 45, 9, 15, 7, 70, 20, 5, 140];
/** One of this many replies is slow, so that others wait. */
const SLOW_EVERY = 25;
const SLOW_MS = 1000;
/** Plays all the time: it stands between the room's lines and the question. */
export const MEDIA = { id: "soak", type: "yt", title: "A live stream", seconds: 0 };
const SITUATION = /^Now playing: .*$/m;

export class SoakModel {
  readonly replies: SoakReply[] = [];
  /** Whether it writes a slow reply. */
  busy = false;

  async *reply(messages: readonly ChatMessage[]): AsyncGenerator<string> {
    const asks = [...questionOf(messages).matchAll(/: (?:Rosey, ask|line) (\d+): /g)].map((
      [, ask],
    ) => Number(ask));
    const reply = this.replies.length;
    const words = LENGTHS[reply % LENGTHS.length]!;
    this.replies.push({ words, asks });
    if (reply % SLOW_EVERY === SLOW_EVERY - 1) {
      this.busy = true;
      await delay(SLOW_MS);
      this.busy = false;
    }
    yield Array.from({ length: words }, (_, word) => `q${reply}w${word}`).join(" ");
  }
}

/** The lines of the question alone. */
export function questionOf(messages: readonly Pick<ChatMessage, "content">[]): string {
  return messages.at(-1)?.content.split(SITUATION).at(-1) ?? "";
}

/** Parses a line; undefined if it is not a run of words of one reply. */
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
