/**
 * When to come back into a channel: never faster than the server's limits, and the later the less
 * the channel wants the bot.
 *
 * @module
 */
import { backoff } from "../clock.ts";
import type { ChannelUnavailableError } from "../errors.ts";
import { RateLimiter } from "../outbox/rate_limiter.ts";

/** Options of {@linkcode ReconnectPolicy}. */
export interface ComebackOptions {
  /** The first pause after a kick, in milliseconds. */
  readonly kickPauseMs: number;
  /** Whether the bot has no account: then it may not log in as often. */
  readonly guest: boolean;
  /** A number in [0, 1); default `Math.random`. */
  readonly random?: () => number;
}

/** How a try ended. */
export interface Ending {
  /** Why. */
  readonly error: ChannelUnavailableError;
  /** Milliseconds of a monotonic clock. */
  readonly now: number;
  /** How long the bot was in the channel, in milliseconds; 0: it did not get in. */
  readonly stayedMs: number;
}

const PAUSE = { minMs: 2000, maxMs: 60_000 };
/** After a stay of this length the next pause is short again. */
const GOOD_STAY_MS = 60_000;
/** After a stay of this length a kick is forgiven. */
const LONG_STAY_MS = 3_600_000;
const LONGEST_KICK_PAUSE_MS = 3_600_000;
/** Whoever uses the account elsewhere is let alone for this long at first. */
const ELSEWHERE_PAUSE_MS = 300_000;
/** The server takes five connections from an address, then one in ten seconds. */
const CONNECTIONS = { burst: 3, perSecond: 1 / 11, resetSeconds: 60 };
/** It takes one login a minute from a guest's address. */
const GUEST_LOGIN_MS = 61_000;

/** Remembers how often it went wrong. */
export class ReconnectPolicy {
  readonly #options: ComebackOptions;
  readonly #connections = new RateLimiter(CONNECTIONS);
  #failures = 0;
  #kicks = 0;
  #elsewhere = 0;
  #guestLoginMs = -Infinity;

  /**
   * Has not been anywhere.
   *
   * @param options How long to stay out.
   */
  constructor(options: ComebackOptions) {
    this.#options = options;
  }

  /**
   * A connection is made.
   *
   * @param now Milliseconds of a monotonic clock.
   */
  connecting(now: number): void {
    this.#connections.sent(now);
  }

  /**
   * The server took the login.
   *
   * @param now Milliseconds of the same clock.
   */
  loggedIn(now: number): void {
    if (this.#options.guest) this.#guestLoginMs = now;
  }

  /**
   * How long to wait.
   *
   * @param ending How the last try ended.
   * @returns Milliseconds until the next.
   */
  pauseMs({ error, now, stayedMs }: Ending): number {
    if (stayedMs >= GOOD_STAY_MS) this.#failures = 0;
    if (stayedMs >= LONG_STAY_MS) this.#kicks = this.#elsewhere = 0;
    const pause = Math.max(this.#wanted(error), this.#guestLoginMs + GUEST_LOGIN_MS - now);
    return pause + this.#connections.waitMs(now + pause);
  }

  #wanted(error: ChannelUnavailableError): number {
    if (error.absence === "lost") {
      const { random } = this.#options;
      return Math.max(error.waitMs, backoff(this.#failures++, { ...PAUSE, random }));
    }
    const { kickPauseMs } = this.#options;
    // Whoever logs in elsewhere is not to wait longer because a moderator was angry before.
    return error.absence === "kicked"
      ? growing(kickPauseMs, this.#kicks++)
      : growing(Math.max(kickPauseMs, ELSEWHERE_PAUSE_MS), this.#elsewhere++);
  }
}

function growing(firstMs: number, times: number): number {
  const longest = Math.max(firstMs, LONGEST_KICK_PAUSE_MS);
  return Math.min(firstMs * 2 ** Math.min(times, 30), longest);
}
