/** The state of one server, since when, and why. */
import { type Clock, OVER, within } from "../clock.ts";
import { Condition } from "../condition.ts";

/**
 * - `checking`: a probe is under way, at the start and after a failure.
 * - `loading`: the model is being loaded.
 * - `up`: requests are sent.
 * - `degraded`: requests are sent, but the last one failed.
 * - `down`: no requests are sent; the server is probed again after a pause.
 */
export type ServerState = "checking" | "loading" | "up" | "degraded" | "down";

/** Why the state is not `up`; `message` is the reason with a hint. */
export interface StateReason {
  readonly reason: string;
  readonly message?: string;
}

const OK: StateReason = { reason: "" };
/** An outage longer than this was a model load, not a probe. */
const PROBE_MS = 1000;

export class ServerStatus {
  readonly #clock: Clock;
  readonly #changed = new Condition();
  #state: ServerState = "checking";
  #why = OK;
  #sinceMs: number;
  #unavailableSinceMs: number;
  #readySinceMs = -Infinity;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#sinceMs = this.#unavailableSinceMs = clock.now();
  }

  get state(): ServerState {
    return this.#state;
  }

  get available(): boolean {
    return this.#state === "up" || this.#state === "degraded";
  }

  get why(): StateReason {
    return this.#why;
  }

  get reason(): string {
    return this.#why.reason;
  }

  get forMs(): number {
    return this.#clock.now() - this.#sinceMs;
  }

  /** Since when the server is available, by the clock; short probes are not counted. */
  get readySinceMs(): number {
    return this.#readySinceMs;
  }

  set(state: ServerState, why = OK): void {
    const now = this.#clock.now();
    const wasAvailable = this.available;
    if (state !== this.#state) this.#sinceMs = now;
    this.#state = state;
    this.#why = why;
    if (wasAvailable && !this.available) this.#unavailableSinceMs = now;
    const isReady = !wasAvailable && this.available;
    if (isReady && now - this.#unavailableSinceMs > PROBE_MS) this.#readySinceMs = now;
    this.#changed.notifyAll();
  }

  changed(signal: AbortSignal): Promise<void> {
    return this.#changed.wait(signal);
  }

  /** Resolves after the next change, or after `ms`. */
  async changedWithin(ms: number, signal: AbortSignal): Promise<void> {
    const over = new AbortController();
    try {
      await within(this.changed(over.signal), ms, { signal, clock: this.#clock });
    } finally {
      over.abort(OVER);
    }
  }
}
