/**
 * People who left: for good, or to be back in a moment, as after a reload of the page.
 *
 * @module
 */
import type { Clock } from "../clock.ts";

/** Options of {@linkcode LeaveTimers}. */
export interface LeaveTimersOptions {
  /** The time. */
  readonly clock: Clock;
  /** Who is back after this is taken for never having left. */
  readonly graceMs: number;
  /** Whether somebody is here. */
  readonly isHere: (user: string) => boolean;
  /** Told of whoever is not back in time. */
  readonly onGone: (user: string) => void;
}

/** Waits for those who left. */
export class LeaveTimers {
  readonly #options: LeaveTimersOptions;
  readonly #waiting = new Map<string, () => void>();

  /**
   * Waits for nobody yet.
   *
   * @param options For how long, and what then.
   */
  constructor(options: LeaveTimersOptions) {
    this.#options = options;
  }

  /**
   * Somebody left.
   *
   * @param user Their name.
   */
  left(user: string): void {
    const { clock, graceMs, isHere, onGone } = this.#options;
    const name = user.toLowerCase();
    this.#waiting.get(name)?.();
    const cancel = clock.setTimer(() => {
      this.#waiting.delete(name);
      if (!isHere(user)) onGone(user);
    }, graceMs);
    this.#waiting.set(name, cancel);
  }

  /** Waits for nobody any more. */
  clear(): void {
    for (const cancel of this.#waiting.values()) cancel();
    this.#waiting.clear();
  }
}
