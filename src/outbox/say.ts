export interface SayOptions {
  /** The addressee of private messages; default: the room. */
  readonly to?: string;
  /** Called once, when no line waits any more, with the lines that were said. */
  readonly onSettled?: (said: readonly string[]) => void;
}

/** Queues the lines of one reply; see `Outbox.say`. */
export type Say = (lines: readonly string[], options?: SayOptions) => QueuedReply;

/** A reply that was queued; or dropped at once, then it is settled already. */
export interface QueuedReply {
  /** Whether a line of it was sent. */
  readonly begun: boolean;
  /** Removes a reply that is not begun, without a trace; `onSettled` is not called. */
  takeBack(): void;
}

interface ReplyRemover {
  remove(reply: PendingReply): void;
}

/** Follows the lines of one reply until the last one is said or dropped. */
export class PendingReply implements QueuedReply {
  begun = false;
  #left: number;
  readonly #said: string[] = [];
  readonly #onSettled: (said: readonly string[]) => void;
  readonly #queue: ReplyRemover;

  constructor(
    lines: number,
    { onSettled = () => {}, queue }: SayOptions & { readonly queue: ReplyRemover },
  ) {
    this.#left = lines;
    this.#onSettled = onSettled;
    this.#queue = queue;
  }

  takeBack(): void {
    if (!this.begun) this.#queue.remove(this);
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
