/** Limits how often one user is answered. */
import { BoundedMap } from "../bounded_map.ts";
import { type Clock, systemClock } from "../clock.ts";
import { type KeyValueStore, nullStore } from "../storage/key_value_store.ts";

const MAX_USERS = 5000;

export interface CooldownOptions {
  readonly store?: KeyValueStore;
  readonly clock?: Clock;
}

/** One pause per user; names are case-insensitive. */
export class Cooldown {
  pauseMs: number;
  readonly #clock: Clock;
  readonly #store: KeyValueStore;
  readonly #startedMs = new BoundedMap<string, number>(MAX_USERS, {
    onEvicted: (name) => this.#store.remove(name),
  });

  constructor(pauseMs: number, options: CooldownOptions = {}) {
    this.pauseMs = pauseMs;
    this.#clock = options.clock ?? systemClock;
    this.#store = options.store ?? nullStore;
    const now = this.#clock.now();
    const wall = this.#clock.wall();
    for (const [name, startedWall] of this.#store.entries()) {
      if (typeof startedWall !== "number") continue;
      // If the host's clock was set back, the pause must not get longer.
      this.#startedMs.set(name, now - Math.max(0, wall - startedWall));
    }
  }

  remainingMs(user: string, now: number): number {
    const started = this.#startedMs.get(user.toLowerCase());
    return started === undefined ? 0 : Math.max(0, started + this.pauseMs - now);
  }

  start(user: string, now: number): void {
    const key = user.toLowerCase();
    this.#startedMs.set(key, now);
    this.#store.put(key, this.#clock.wall());
    for (const [name, started] of this.#startedMs) {
      if (started + this.pauseMs > now) break;
      this.#startedMs.delete(name);
      this.#store.remove(name);
    }
  }
}
