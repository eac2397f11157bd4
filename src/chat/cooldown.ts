/**
 * How often one person is answered.
 *
 * @module
 */

/** More people than this are not remembered at once. */
const MAX_PEOPLE = 5000;

/** One pause for each person, in any case of their name. */
export class Cooldown {
  /** Milliseconds that lie between two answers to the same person. */
  pauseMs: number;
  /** Oldest first: a Map keeps the order in which names were put in. */
  readonly #last = new Map<string, number>();

  /**
   * Nobody has asked yet.
   *
   * @param pauseMs Milliseconds that lie between two answers to the same person.
   */
  constructor(pauseMs: number) {
    this.pauseMs = pauseMs;
  }

  /**
   * How long somebody still has to wait.
   *
   * @param user Their name.
   * @param now Milliseconds of a monotonic clock.
   * @returns Milliseconds, 0 when they may ask.
   */
  remainingMs(user: string, now: number): number {
    const last = this.#last.get(user.toLowerCase());
    return last === undefined ? 0 : Math.max(0, last + this.pauseMs - now);
  }

  /**
   * Somebody asked: their pause begins.
   *
   * @param user Their name.
   * @param now Milliseconds of the same clock.
   */
  start(user: string, now: number): void {
    const key = user.toLowerCase();
    this.#last.delete(key);
    this.#last.set(key, now);
    for (const [name, last] of this.#last) {
      if (this.#last.size <= MAX_PEOPLE && last + this.pauseMs > now) break;
      this.#last.delete(name);
    }
  }
}
