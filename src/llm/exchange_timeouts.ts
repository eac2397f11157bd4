/**
 * How long an exchange waits: for the whole answer, for its first piece, from one piece to the next.
 *
 * @module
 */
import { type Clock, systemClock } from "../clock.ts";
import { ProviderError } from "./provider.ts";

/** Limits of one exchange. */
export interface Limits {
  /** For the whole exchange, in milliseconds of real time. */
  readonly totalMs: number;
  /** Until the first piece of the answer. Default: the whole time. */
  readonly firstByteMs?: number;
  /** Between two pieces of the answer. Default: the whole time. */
  readonly idleMs?: number;
  /** Told of the first piece. */
  readonly onBegin?: () => void;
}

/** The waits of one exchange. */
export class ExchangeTimeouts {
  readonly #giveUp: (reason: ProviderError) => void;
  readonly #limits: Limits;
  readonly #clock: Clock;
  readonly #cancelTotal: () => void;
  #begun = false;
  /** Of the timer for the first piece or, when `#until` is set, for the next one. */
  #cancel = () => {};
  /** When the next piece is overdue. */
  #until: number | undefined;
  #moved = false;

  /**
   * Begins to wait for the first piece.
   *
   * @param giveUp Called with the failure when a limit is reached.
   * @param limits The limits.
   * @param clock The time of all limits but the whole's.
   */
  constructor(giveUp: (reason: ProviderError) => void, limits: Limits, clock: Clock) {
    this.#giveUp = giveUp;
    this.#limits = limits;
    this.#clock = clock;
    const { firstByteMs = Infinity, totalMs } = limits;
    this.#cancelTotal = systemClock.setTimer(() => {
      const seconds = Math.round(totalMs / 100) / 10;
      giveUp(new ProviderError("timeout", `no complete answer within ${seconds} s`));
    }, Math.max(0, Math.ceil(totalMs)));
    if (firstByteMs >= totalMs) return;
    this.#cancel = clock.setTimer(() => {
      const message = `the answer did not begin within ${firstByteMs / 1000} s`;
      giveUp(new ProviderError("timeout", message));
    }, firstByteMs);
  }

  /** A piece came. */
  heard(): void {
    if (this.#begun) return;
    this.#begun = true;
    this.#cancel();
    this.#limits.onBegin?.();
  }

  /**
   * The next piece is waited for. A running timer stays as it is and looks again when it is up: setting
   * one anew for each piece costs more than reading the piece.
   */
  waiting(): void {
    const { idleMs } = this.#limits;
    if (!this.#begun || idleMs === undefined) return;
    const first = this.#until === undefined;
    this.#until = this.#clock.now() + idleMs;
    if (first) this.#wait(idleMs);
    else this.#moved = true;
  }

  /** Nothing is waited for any more. */
  end(): void {
    this.#cancel();
    this.#cancelTotal();
  }

  #wait(ms: number): void {
    this.#moved = false;
    this.#cancel = this.#clock.setTimer(() => this.#probe(), ms);
  }

  #probe(): void {
    if (this.#moved) return this.#wait(Math.max(0, this.#until! - this.#clock.now()));
    const message = `nothing more came for ${this.#limits.idleMs! / 1000} s`;
    this.#giveUp(new ProviderError("idle", message));
  }
}
