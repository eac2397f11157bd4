/**
 * Questions that wait for the model: few, in order, and not for ever.
 *
 * @module
 */

/** Somebody's question. */
export interface Question {
  /** Who asked. */
  readonly user: string;
  /** What they wrote. */
  readonly text: string;
  /** When it was asked, in milliseconds of a monotonic clock. */
  readonly askedMs: number;
}

/** Options of {@linkcode QuestionQueue}. */
export interface QueueOptions {
  /** Questions that may wait. */
  readonly capacity: number;
  /** A question that waited longer is not answered any more. */
  readonly staleMs: number;
}

/** A bounded queue. */
export class QuestionQueue {
  readonly #options: QueueOptions;
  #waiting: Question[] = [];

  /**
   * Nobody waits yet.
   *
   * @param options Its bounds.
   */
  constructor(options: QueueOptions) {
    this.#options = options;
  }

  /** Whether no further person can wait. */
  get full(): boolean {
    return this.#waiting.length >= this.#options.capacity;
  }

  /** How many questions wait. */
  get size(): number {
    return this.#waiting.length;
  }

  /**
   * Puts a question at the end. Somebody who asks again before the answer means the newer question,
   * and keeps the place of the older.
   *
   * @returns Whether there was room.
   */
  push(question: Question): boolean {
    const at = this.#waiting.findIndex(by(question.user));
    if (at >= 0) {
      this.#waiting[at] = question;
      return true;
    }
    if (this.full) return false;
    this.#waiting.push(question);
    return true;
  }

  /** Whether this person's question waits. */
  has(user: string): boolean {
    return this.#waiting.some(by(user));
  }

  /** Takes this person's question away. */
  drop(user: string): void {
    this.#waiting = this.#waiting.filter((question) => !by(user)(question));
  }

  /**
   * Takes the next question.
   *
   * @param now Milliseconds of the same clock.
   * @returns The first that is not stale, and those that were dropped before it.
   */
  shift(now: number): { next?: Question; stale: Question[] } {
    const stale: Question[] = [];
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
      if (now - next.askedMs <= this.#options.staleMs) return { next, stale };
      stale.push(next);
    }
    return { stale };
  }

  /** Drops everything. */
  clear(): void {
    this.#waiting = [];
  }
}

function by(user: string): (question: Question) => boolean {
  const name = user.toLowerCase();
  return (question) => question.user.toLowerCase() === name;
}
