/**
 * How often one person is answered.
 *
 * @module
 */
import { BoundedMap } from "../bounded_map.ts";
import { type Clock, systemClock } from "../clock.ts";
import { type KeyValueStore, nullStore } from "../storage/key_value_store.ts";

/** More people than this are not remembered at once. */
const MAX_PEOPLE = 5000;

/** Options of {@linkcode Cooldown}. */
export interface CooldownOptions {
  /** Where pauses are kept; default: nowhere. */
  readonly store?: KeyValueStore;
  /** By whose calendar they are kept; default: the host's. */
  readonly clock?: Clock;
}

/** One pause for each person, in any case of their name. */
export class Cooldown {
  /** Milliseconds that lie between two answers to the same person. */
  pauseMs: number;
  readonly #clock: Clock;
  readonly #store: KeyValueStore;
  readonly #last = new BoundedMap<string, number>(MAX_PEOPLE, {
    onEvicted: (name) => this.#store.remove(name),
  });

  /**
   * Begins with the pauses that were kept.
   *
   * @param pauseMs Milliseconds that lie between two answers to the same person.
   */
  constructor(pauseMs: number, options: CooldownOptions = {}) {
    this.pauseMs = pauseMs;
    this.#clock = options.clock ?? systemClock;
    this.#store = options.store ?? nullStore;
    const now = this.#clock.now();
    const wall = this.#clock.wall();
    for (const [name, askedWall] of this.#store.entries()) {
      // A calendar that was set back must not make a pause longer.
      if (typeof askedWall === "number") this.#last.set(name, now - Math.max(0, wall - askedWall));
    }
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
    this.#last.set(key, now);
    this.#store.put(key, this.#clock.wall());
    for (const [name, last] of this.#last) {
      if (last + this.pauseMs > now) break;
      this.#last.delete(name);
      this.#store.remove(name);
    }
  }
}
