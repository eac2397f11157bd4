/**
 * How the link to one server stands, since when, and why.
 *
 * @module
 */
import { Bell } from "../bell.ts";
import type { Clock } from "../clock.ts";
import type { ProviderError } from "./provider.ts";

/**
 * `checking`: the server is asked whether it is there, at the start and after a failure. `loading`: the
 * model is warmed up. `up`: it can be asked. `degraded`: it can, but the last request failed. `down`: it
 * cannot, and is asked again after a pause.
 */
export type LinkState = "checking" | "loading" | "up" | "degraded" | "down";

/** Why a link is as it is: in short, and with what to do about it. */
export type Why = Partial<Pick<ProviderError, "found" | "message">>;

/** The state of one link. */
export class Standing {
  readonly #clock: Clock;
  readonly #bell = new Bell();
  #state: LinkState = "checking";
  #why: Why = {};
  #sinceMs: number;

  /**
   * Begins with a check.
   *
   * @param clock The time.
   */
  constructor(clock: Clock) {
    this.#clock = clock;
    this.#sinceMs = clock.now();
  }

  /** Whether the model can be asked. */
  get state(): LinkState {
    return this.#state;
  }

  /** Whether requests may go to the server. */
  get usable(): boolean {
    return this.#state === "up" || this.#state === "degraded";
  }

  /** Why it is not up; of the last failure while it is. */
  get why(): Why {
    return this.#why;
  }

  /** How long it has been so, in milliseconds. */
  get forMs(): number {
    return this.#clock.now() - this.#sinceMs;
  }

  /**
   * It is different from now on.
   *
   * @param state How.
   * @param why Why; nothing where all is well.
   */
  become(state: LinkState, why: Why = {}): void {
    if (state !== this.#state) this.#sinceMs = this.#clock.now();
    this.#state = state;
    this.#why = why;
    this.#bell.ring();
  }

  /**
   * Waits until it is different.
   *
   * @param signal Ends the wait, too.
   * @returns Resolves either way.
   */
  changed(signal: AbortSignal): Promise<void> {
    return this.#bell.next(signal);
  }
}
