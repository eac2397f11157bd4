import type { AntifloodLimits } from "../cytube/events.ts";

/** A burst, a rate, and the quiet time after which the burst is free again. */
export type Limits = Omit<AntifloodLimits, "enabled">;

/** What every server enforces. Source: CyTube's built-in minimum. */
export const SERVER_LIMITS: Limits = { burst: 20, perSecond: 10, resetSeconds: 2 };

/** The channel's own limits do not apply to moderators. */
const EXEMPT_RANK = 2;

/** The network may bring lines closer together than they were sent. */
const MARGIN_MS = 50;

/** Later answers belong to another conversation. */
const BUSY_MS = 8000;
/** The newest reply's share of the average number of lines. */
const NEWEST_SHARE = 0.2;

/**
 * Tells when the next line may be sent. All times are milliseconds of one monotonic clock. A channel's
 * own limits do not apply to a private message (`pm`), but it counts.
 *
 * Source: CyTube's rate limiter: a burst is free, then lines must be an interval apart, and after a
 * quiet time the burst is free again. A line that comes too early is lost.
 */
export class RateLimiter {
  #limits: Limits;
  #count = 0;
  #lastMs = -Infinity;
  #notBeforeMs = -Infinity;
  /** Of the last replies, on the average. */
  #linesPerReply = 1;

  constructor(limits: Limits = SERVER_LIMITS) {
    this.#limits = limits;
  }

  setLimits(antiflood: AntifloodLimits, rank: number): void {
    const applies = antiflood.enabled && rank < EXEMPT_RANK && antiflood.perSecond > 0;
    this.#limits = applies ? antiflood : SERVER_LIMITS;
  }

  /** Milliseconds until the line may be sent, 0 for at once; about so many if others are `ahead`. */
  waitMs(now: number, { pm = false, ahead = 0 } = {}): number {
    const { burst, perSecond, resetSeconds } = pm ? SERVER_LIMITS : this.#limits;
    const quiet = now - this.#lastMs > resetSeconds * 1000 + MARGIN_MS;
    const free = burst - (quiet ? 0 : this.#count);
    const intervalMs = 1000 / perSecond + MARGIN_MS;
    const due = ahead < free
      ? now
      : (free > 0 ? now : this.#lastMs) + (ahead - Math.max(0, free) + 1) * intervalMs;
    return Math.max(0, due - now, this.#notBeforeMs - now);
  }

  /** A reply of so many lines is queued. */
  replyQueued(lines: number): void {
    this.#linesPerReply += (lines - this.#linesPerReply) * NEWEST_SHARE;
  }

  /** Whether a line could not be sent soon if others are `ahead`, and `replies` of usual length. */
  isBusy(now: number, { ahead, replies }: { readonly ahead: number; readonly replies: number }) {
    return this.waitMs(now, { ahead: ahead + Math.ceil(replies * this.#linesPerReply) }) > BUSY_MS;
  }

  sent(now: number, { pm = false } = {}): void {
    const { resetSeconds } = pm ? SERVER_LIMITS : this.#limits;
    const quiet = now - this.#lastMs > resetSeconds * 1000 + MARGIN_MS;
    this.#count = quiet ? 1 : this.#count + 1;
    this.#lastMs = now;
  }

  /** The echo of a line came: the server accepted it before now, however late that was. */
  confirmed(now: number): void {
    this.#lastMs = now;
  }

  /** The server refused a line as too early and wants a pause: its count is ahead of this one. */
  refused(now: number, waitMs: number): void {
    this.#count = Math.max(this.#count, this.#limits.burst);
    this.#notBeforeMs = now + waitMs + MARGIN_MS;
  }
}
