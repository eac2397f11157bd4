/** Timeouts of one exchange. */
import { type Clock, systemClock } from "../clock.ts";
import { type FailureKind, ProviderError } from "./errors.ts";

/** Limits of one exchange. */
export interface Limits {
  /** For the whole exchange, in milliseconds of real time. */
  readonly totalMs: number;
  /** Until the first data of the answer. Default: the whole time. */
  readonly firstByteMs?: number;
  /** Between two pieces of the answer. Default: the whole time. */
  readonly idleMs?: number;
  /** Called when the first data arrives. */
  readonly onBegin?: () => void;
}

export class ExchangeTimeouts {
  readonly #giveUp: (reason: ProviderError) => void;
  readonly #limits: Limits;
  readonly #clock: Clock;
  readonly #cancelTotal: () => void;
  #begun = false;
  /** Cancels the timer for the first data, later the idle timer. */
  #cancel = () => {};
  /** When the next piece is overdue; undefined before the idle timer runs. */
  #idleUntilMs: number | undefined;
  /** Whether data arrived since the idle timer was set. */
  #moved = false;

  /** `giveUp` is called with the failure when a limit is reached. */
  constructor(giveUp: (reason: ProviderError) => void, limits: Limits, clock: Clock) {
    this.#giveUp = giveUp;
    this.#limits = limits;
    this.#clock = clock;
    const { firstByteMs = Infinity, totalMs } = limits;
    this.#cancelTotal = systemClock.setTimer(() => {
      const seconds = Math.round(totalMs / 100) / 10;
      this.#fail("timeout", `no complete answer within ${seconds} s`);
    }, Math.max(0, Math.ceil(totalMs)));
    if (firstByteMs >= totalMs) return;
    this.#cancel = clock.setTimer(() => {
      this.#fail("timeout", `the answer did not begin within ${firstByteMs / 1000} s`);
    }, firstByteMs);
  }

  /** The first data arrived. */
  heard(): void {
    if (this.#begun) return;
    this.#begun = true;
    this.#cancel();
    this.#limits.onBegin?.();
  }

  /**
   * The next piece is being read. The idle timer is not reset per piece, as that costs more than the
   * read; when it fires, it re-arms if data arrived meanwhile.
   */
  waiting(): void {
    const { idleMs } = this.#limits;
    if (!this.#begun || idleMs === undefined) return;
    const isFirst = this.#idleUntilMs === undefined;
    this.#idleUntilMs = this.#clock.now() + idleMs;
    if (isFirst) this.#setIdleTimer(idleMs);
    else this.#moved = true;
  }

  end(): void {
    this.#cancel();
    this.#cancelTotal();
  }

  #setIdleTimer(ms: number): void {
    this.#moved = false;
    this.#cancel = this.#clock.setTimer(() => {
      if (this.#moved) this.#setIdleTimer(Math.max(0, this.#idleUntilMs! - this.#clock.now()));
      else this.#fail("idle", `nothing more came for ${this.#limits.idleMs! / 1000} s`);
    }, ms);
  }

  #fail(kind: FailureKind, reason: string): void {
    this.#giveUp(new ProviderError(kind, reason));
  }
}
