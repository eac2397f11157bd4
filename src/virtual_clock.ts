import type { Clock } from "./clock.ts";

interface Timer {
  readonly fn: () => void;
  readonly dueMs: number;
}

/** A clock that advances only when told. */
export class VirtualClock implements Clock {
  readonly #startMs: number;
  #now = 0;
  #timers: Timer[] = [];

  /** @param startMs Where its calendar begins, in milliseconds since 1970. */
  constructor(startMs: number) {
    this.#startMs = startMs;
  }

  /** Timers that have neither fired nor been cancelled. */
  get pending(): number {
    return this.#timers.length;
  }

  /** When the next timer is due; undefined without timers. */
  get nextMs(): number | undefined {
    return this.#due(Infinity)?.dueMs;
  }

  now(): number {
    return this.#now;
  }

  wall(): number {
    return this.#startMs + this.#now;
  }

  setTimer(fn: () => void, ms: number): () => void {
    const timer = { fn, dueMs: this.#now + ms };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Advances the time and calls the timers that become due, in order. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (let next = this.#due(end); next; next = this.#due(end)) {
      this.#timers = this.#timers.filter((other) => other !== next);
      this.#now = Math.max(this.#now, next.dueMs);
      next.fn();
    }
    this.#now = end;
  }

  /** The first timer that is due by then; of two at the same moment the one that was set first. */
  #due(end: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.dueMs <= end && (!first || timer.dueMs < first.dueMs)) first = timer;
    }
    return first;
  }
}
