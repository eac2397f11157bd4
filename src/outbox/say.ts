export interface SayOptions {
  /** The addressee of private messages; default: the room. */
  readonly to?: string;
  /** Called once, when no line waits any more, with the lines that were said. */
  readonly onSettled?: (said: readonly string[]) => void;
}

/** Queues the lines of one reply; see `Outbox.say`. */
export type Say = (lines: readonly string[], options?: SayOptions) => boolean;

/** Follows the lines of one reply until the last one is said or dropped. */
export class PendingReply {
  #left: number;
  readonly #said: string[] = [];
  readonly #onSettled: (said: readonly string[]) => void;

  constructor(lines: number, onSettled: (said: readonly string[]) => void) {
    this.#left = lines;
    this.#onSettled = onSettled;
  }

  /** More lines are needed: the server takes shorter ones only. */
  grow(lines: number): void {
    this.#left += lines;
  }

  /** @param said The line if it was said. */
  settle(said?: string): void {
    if (said !== undefined) this.#said.push(said);
    if (--this.#left === 0) this.#onSettled(this.#said);
  }
}
