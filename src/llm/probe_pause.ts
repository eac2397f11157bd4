/** The pause before the next probe of a server that is down. */
import { type Clock, delay, OVER } from "../clock.ts";

export interface PauseOptions {
  readonly signal: AbortSignal;
  /** Whether the server must be left alone: the pause cannot be ended. */
  readonly isFixed: boolean;
}

export class ProbePause {
  readonly #clock: Clock;
  #endMs: number | undefined;
  #end: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Undefined outside a pause. */
  get leftMs(): number | undefined {
    return this.#endMs === undefined ? undefined : Math.max(0, this.#endMs - this.#clock.now());
  }

  /** Resolves when the pause is over, was ended, or the signal aborts. */
  async wait(ms: number, { signal, isFixed }: PauseOptions): Promise<void> {
    this.#endMs = this.#clock.now() + ms;
    const over = new AbortController();
    const end = () => over.abort(OVER);
    signal.addEventListener("abort", end, { once: true });
    if (!isFixed) this.#end = end;
    await delay(ms, { signal: over.signal, clock: this.#clock }).catch(() => {});
    signal.removeEventListener("abort", end);
    this.#end = this.#endMs = undefined;
  }

  /** Returns whether there was a pause that could be ended. */
  end(): boolean {
    this.#end?.();
    const ended = this.#end !== undefined;
    this.#end = undefined;
    return ended;
  }
}
