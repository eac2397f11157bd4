/**
 * Questions that wait for the model: few, in order, and not for ever.
 *
 * @module
 */

import type { ProactiveTrigger } from "./proactive.ts";

/** Something that the model is to say something about. */
export interface Question {
  /** Who asked, or whom it is about; empty where it is about nobody. */
  readonly user: string;
  /** What they wrote. */
  readonly text: string;
  /** When it was asked, in milliseconds of a monotonic clock. */
  readonly askedMs: number;
  /** Whether it was asked by private message, and is answered by one. */
  readonly private: boolean;
  /** Why she speaks: she was called, wants to, or is to tell what somebody missed. */
  readonly kind: "call" | "missed" | ProactiveTrigger;
}

/** Options of {@linkcode ReplyQueue}. */
export interface QueueOptions {
  /** Questions that may wait. */
  readonly capacity: number;
}

/** When a question is too old. */
export interface Staleness {
  /** Milliseconds that it may have waited. */
  readonly staleMs: number;
  /** Since when the model can be asked, in milliseconds of the clock: to wait for it does not count. */
  readonly readySinceMs: number;
}

/** A load of the model takes minutes; after more than this nobody waits for the answer. */
const MAX_LOAD_MS = 120_000;
/** What one person asked while they waited. */
const MAX_MERGED_CHARS = 1000;

/** A bounded queue. */
export class ReplyQueue {
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
   * Puts a question at the end. Somebody who asks again before the answer is answered once, in the place
   * of the first question.
   *
   * @returns What became of it.
   */
  push(question: Question): "added" | "merged" | "full" {
    const at = this.#waiting.findIndex((other) => isSamePlace(other, question));
    if (at >= 0) {
      this.#waiting[at] = merged(this.#waiting[at]!, question);
      return "merged";
    }
    if (this.full) return "full";
    this.#waiting.push(question);
    return "added";
  }

  /** Whether a question of this person waits. */
  has(user: string): boolean {
    return this.#waiting.some(by(user));
  }

  /**
   * Takes this person's questions away.
   *
   * @returns How many there were.
   */
  drop(user: string): number {
    const before = this.#waiting.length;
    this.#waiting = this.#waiting.filter((question) => !by(user)(question));
    return before - this.#waiting.length;
  }

  /**
   * Takes away what is too old.
   *
   * @param now Milliseconds of the same clock.
   * @param limits When a question is too old.
   * @returns What was taken away.
   */
  expire(now: number, { staleMs, readySinceMs }: Staleness): Question[] {
    const isStale = ({ askedMs }: Question) =>
      now - Math.max(askedMs, readySinceMs) > staleMs || now - askedMs > staleMs + MAX_LOAD_MS;
    const stale = this.#waiting.filter(isStale);
    this.#waiting = this.#waiting.filter((question) => !isStale(question));
    return stale;
  }

  /**
   * Tells how long the first question may still wait for the model.
   *
   * @param now Milliseconds of the same clock.
   * @param staleMs Milliseconds that it may wait beside that.
   * @returns Milliseconds; none when nothing waits.
   */
  patienceMs(now: number, staleMs: number): number {
    const [first] = this.#waiting;
    return first ? Math.max(0, first.askedMs + staleMs + MAX_LOAD_MS - now) : 0;
  }

  /**
   * Takes the first question.
   *
   * @returns The question; undefined when nothing waits.
   */
  shift(): Question | undefined {
    return this.#waiting.shift();
  }

  /**
   * Drops everything.
   *
   * @returns What waited.
   */
  clear(): Question[] {
    return this.#waiting.splice(0);
  }
}

function isSamePlace(a: Question, b: Question): boolean {
  return by(a.user)(b) && a.private === b.private &&
    (a.kind === "missed") === (b.kind === "missed");
}

/** The newest words are kept where all are too many. */
function merged(first: Question, second: Question): Question {
  if (second.kind !== "call") return first;
  const text = first.kind === "call" ? `${first.text}\n${second.text}` : second.text;
  return { ...second, text: text.slice(-MAX_MERGED_CHARS), askedMs: first.askedMs };
}

function by(user: string): (question: Question) => boolean {
  const name = user.toLowerCase();
  return (question) => question.user.toLowerCase() === name;
}
