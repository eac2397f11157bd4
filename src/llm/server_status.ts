/**
 * How the link to one server stands, since when, and why.
 *
 * @module
 */
import { Condition } from "../condition.ts";
import { type Clock, within } from "../clock.ts";
import type { ProviderError } from "./provider.ts";

/**
 * `checking`: the server is asked whether it is there, at the start and after a failure. `loading`: the
 * model is warmed up. `up`: it can be asked. `degraded`: it can, but the last request failed. `down`: it
 * cannot, and is asked again after a pause.
 */
export type ServerState = "checking" | "loading" | "up" | "degraded" | "down";

/** Why a link is as it is: in short, and with what to do about it. */
export type Why = Partial<Pick<ProviderError, "found" | "message">>;

/** A check whether the model is there takes less; more was a wait for it. */
const CHECK_MS = 1000;
/** After more than this nobody waits for the answer. */
const MAX_LOAD_MS = 120_000;

/** The state of one link. */
export class Standing {
  readonly #clock: Clock;
  readonly #changed = new Condition();
  #state: ServerState = "checking";
  #why: Why = {};
  #sinceMs: number;
  #unusableSinceMs: number;
  #readySinceMs = -Infinity;

  /**
   * Begins with a check.
   *
   * @param clock The time.
   */
  constructor(clock: Clock) {
    this.#clock = clock;
    this.#sinceMs = clock.now();
    this.#unusableSinceMs = this.#sinceMs;
  }

  /** Whether the model can be asked. */
  get state(): ServerState {
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

  /** Since when requests may go to the server, in milliseconds of the clock; short checks do not count. */
  get readySinceMs(): number {
    return this.#readySinceMs;
  }

  /**
   * It is different from now on.
   *
   * @param state How.
   * @param why Why; nothing where all is well.
   */
  become(state: ServerState, why: Why = {}): void {
    const now = this.#clock.now();
    const wasUsable = this.usable;
    if (state !== this.#state) this.#sinceMs = now;
    this.#state = state;
    this.#why = why;
    if (wasUsable && !this.usable) this.#unusableSinceMs = now;
    const isReady = !wasUsable && this.usable;
    if (isReady && now - this.#unusableSinceMs > CHECK_MS) this.#readySinceMs = now;
    this.#changed.notifyAll();
  }

  /**
   * Waits until it is different.
   *
   * @param signal Ends the wait, too.
   * @returns Resolves either way.
   */
  changed(signal: AbortSignal): Promise<void> {
    return this.#changed.wait(signal);
  }

  /**
   * Waits until it is different, or the time is up.
   *
   * @throws The signal's reason.
   */
  async changedWithin(ms: number, signal: AbortSignal): Promise<void> {
    const over = new AbortController();
    try {
      await within(this.changed(over.signal), ms, { signal, clock: this.#clock });
    } finally {
      over.abort();
    }
  }

  /**
   * Waits for the end of a check and of a load, two minutes at the most.
   *
   * @returns Whether requests may go to the server.
   * @throws The signal's reason.
   */
  async settled(signal: AbortSignal): Promise<boolean> {
    const deadlineMs = this.#clock.now() + MAX_LOAD_MS;
    while (!this.usable && this.#state !== "down" && this.#clock.now() < deadlineMs) {
      await this.changedWithin(deadlineMs - this.#clock.now(), signal);
    }
    return this.usable;
  }
}
