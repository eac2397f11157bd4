/**
 * Lines that wait to be said.
 *
 * @module
 */
import type { DropReason, OutboxStats, OutgoingLine } from "./outbox_stats.ts";

/** A line of a reply. */
export interface ReplyLine extends OutgoingLine {
  /** The same for all lines of one reply. */
  readonly reply: symbol;
  /** When it was queued, in milliseconds of a monotonic clock. */
  readonly queuedMs: number;
  /** How often it was sent. */
  tries: number;
  /** Why it is not sent again, although the server may lose it. */
  withdrawn?: { readonly reason: DropReason; readonly why: string };
}

/** Bounds of {@linkcode LineQueue}. */
export interface QueueBounds {
  /** Lines that may wait at the most. */
  readonly capacity: number;
  /** A line that waited longer is not said any more, in milliseconds. */
  readonly maxAgeMs: number;
}

/** A queue, bounded by lines and by age. */
export class LineQueue {
  readonly #stats: OutboxStats;
  readonly #bounds: QueueBounds;
  #lines: ReplyLine[] = [];

  /**
   * Empty at first.
   *
   * @param tally Told what is dropped.
   * @param bounds How much may wait, and how long.
   */
  constructor(stats: OutboxStats, bounds: QueueBounds) {
    this.#stats = stats;
    this.#bounds = bounds;
  }

  /** How many wait. */
  get length(): number {
    return this.#lines.length;
  }

  /**
   * Takes a reply, whole or not at all.
   *
   * @param lines All of it.
   * @returns Whether there was room.
   */
  add(lines: readonly ReplyLine[]): boolean {
    if (this.#lines.length + lines.length > this.#bounds.capacity) {
      this.#stats.dropped("no room", lines, `${this.#lines.length} lines wait to be said`);
      return false;
    }
    this.#lines.push(...lines);
    return true;
  }

  /** Puts a line back: it is the next. */
  putBack(line: ReplyLine): void {
    this.#lines.unshift(line);
  }

  /**
   * The next line, after all that waited too long.
   *
   * @param now Milliseconds of the clock of {@linkcode ReplyLine.queuedMs}.
   * @returns None where nothing waits.
   */
  next(now: number): ReplyLine | undefined {
    const isOld = ({ queuedMs }: ReplyLine) => now - queuedMs > this.#bounds.maxAgeMs;
    this.drop("too old", isOld, "it waited too long");
    return this.#lines[0];
  }

  /** Takes out the next line. */
  shift(): void {
    this.#lines.shift();
  }

  /**
   * Drops lines.
   *
   * @param reason What they are counted under.
   * @param which Whether one of them is dropped.
   * @param why What the log says.
   */
  drop(reason: DropReason, which: (line: ReplyLine) => boolean, why: string): void {
    this.#stats.dropped(reason, this.#lines.filter(which), why);
    this.#lines = this.#lines.filter((line) => !which(line));
  }

  /**
   * Drops the rest of a reply.
   *
   * @param reason What its lines are counted under.
   * @param line One that was not said.
   * @param why What the log says.
   */
  dropRest(reason: DropReason, line: ReplyLine, why: string): void {
    this.drop(reason, ({ reply }) => reply === line.reply, why);
  }
}
