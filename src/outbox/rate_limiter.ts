/**
 * How fast the channel lets one talk.
 *
 * Source: CyTube's rate limiter: a burst is free, then lines must be an interval apart, and after a
 * quiet time the burst is free again. A line that comes too early is lost.
 *
 * @module
 */
import type { AntifloodLimits } from "../cytube/events.ts";

/** A burst, a rate, and the quiet after which the burst is free again. */
export type Limits = Omit<AntifloodLimits, "enabled">;

/** What every server enforces. Source: CyTube's built-in minimum. */
export const SERVER_LIMITS: Limits = {
  burst: 20,
  perSecond: 10,
  resetSeconds: 2,
};

/** The channel's own limits do not bind moderators. */
const EXEMPT_RANK = 2;

/** The network may bring lines closer together than they were sent. */
const MARGIN_MS = 50;

/** What is to be sent. */
export interface PacedLine {
  /** A private message: the channel's own limits are not for it, yet it counts. */
  readonly pm?: boolean;
}

/** Tells when the next line may be sent. */
export class RateLimiter {
  #limits: Limits;
  #count = 0;
  #lastMs = -Infinity;
  #notBeforeMs = -Infinity;

  /**
   * Has sent nothing yet.
   *
   * @param limits What holds until a channel says otherwise; default {@linkcode SERVER_LIMITS}.
   */
  constructor(limits: Limits = SERVER_LIMITS) {
    this.#limits = limits;
  }

  /**
   * Takes over the channel's limits.
   *
   * @param antiflood What `channelOpts` said.
   * @param rank The bot's rank in the channel.
   */
  adopt(antiflood: AntifloodLimits, rank: number): void {
    const bound = antiflood.enabled && rank < EXEMPT_RANK && antiflood.perSecond > 0;
    this.#limits = bound ? antiflood : SERVER_LIMITS;
  }

  /**
   * How long to wait.
   *
   * @param now Milliseconds of a monotonic clock.
   * @param line What is to be sent.
   * @returns Milliseconds until it may be sent, 0 for at once.
   */
  waitMs(now: number, line: PacedLine = {}): number {
    const { burst, perSecond, resetSeconds } = this.#limitsOf(line);
    const quiet = now - this.#lastMs > resetSeconds * 1000 + MARGIN_MS;
    const due = quiet || this.#count < burst ? now : this.#lastMs + 1000 / perSecond + MARGIN_MS;
    return Math.max(0, due - now, this.#notBeforeMs - now);
  }

  /**
   * Counts a line.
   *
   * @param now When it was sent, in milliseconds of the same clock.
   * @param line What was sent.
   */
  sent(now: number, line: PacedLine = {}): void {
    const quiet = now - this.#lastMs > this.#limitsOf(line).resetSeconds * 1000 + MARGIN_MS;
    this.#count = quiet ? 1 : this.#count + 1;
    this.#lastMs = now;
  }

  /**
   * The echo of a line came: the server took it before now, however late it was.
   *
   * @param now When the echo came, in milliseconds of the same clock.
   */
  heard(now: number): void {
    this.#lastMs = now;
  }

  /**
   * The server refused a line as too early: its count is ahead of ours.
   *
   * @param now When it said so.
   * @param waitMs How long it wants to wait.
   */
  refused(now: number, waitMs: number): void {
    this.#count = Math.max(this.#count, this.#limits.burst);
    this.#notBeforeMs = now + waitMs + MARGIN_MS;
  }

  #limitsOf({ pm = false }: PacedLine): Limits {
    return pm ? SERVER_LIMITS : this.#limits;
  }
}
