import { backoff } from "../clock.ts";
import type { ChannelUnavailableError } from "../errors.ts";
import { RateLimiter } from "../outbox/rate_limiter.ts";

export interface ReconnectOptions {
  readonly kickPauseMs: number;
  /** Without an account the bot may log in only once a minute. */
  readonly guest: boolean;
  /** A number in [0, 1); default `Math.random`. */
  readonly random?: () => number;
}

export interface SessionEnd {
  readonly error: ChannelUnavailableError;
  readonly now: number;
  /** How long the bot was in the channel; 0 if it did not join. */
  readonly stayedMs: number;
}

/** The bot is back within a minute, and answers what it missed of that minute. */
const PAUSE = { minMs: 2000, maxMs: 50_000 };
/** A stay of this length resets the backoff. */
const STABLE_STAY_MS = 60_000;
/** A stay of this length resets the pauses after kicks. */
const LONG_STAY_MS = 3_600_000;
const MAX_KICK_PAUSE_MS = 3_600_000;
/** The first pause when another session uses the account. */
const NAME_IN_USE_PAUSE_MS = 30_000;
/** Where that cannot be seen, the bot throws the other session out after it has had this time. */
const NAME_HIDDEN_PAUSE_MS = 270_000;
/** Stays below the server's limit: five connections from an address, then one in 10 s. */
const CONNECTIONS = { burst: 3, perSecond: 1 / 11, resetSeconds: 60 };
/** The server allows one guest login a minute from an address. */
const GUEST_LOGIN_MS = 61_000;

/**
 * Decides how long to wait before the next connection: within the server's limits, and longer with
 * each failure. All times are milliseconds of one monotonic clock.
 */
export class ReconnectPolicy {
  readonly #options: ReconnectOptions;
  readonly #connections = new RateLimiter(CONNECTIONS);
  #failures = 0;
  #kicks = 0;
  #namesInUse = 0;
  #guestLoginMs = -Infinity;

  constructor(options: ReconnectOptions) {
    this.#options = options;
  }

  connecting(now: number): void {
    this.#connections.sent(now);
  }

  loggedIn(now: number): void {
    if (this.#options.guest) this.#guestLoginMs = now;
  }

  pauseMs({ error, now, stayedMs }: SessionEnd): number {
    if (stayedMs >= STABLE_STAY_MS) this.#failures = 0;
    if (stayedMs >= LONG_STAY_MS) this.#kicks = this.#namesInUse = 0;
    const pause = Math.max(this.#pauseFor(error), this.#guestLoginMs + GUEST_LOGIN_MS - now);
    return pause + this.#connections.waitMs(now + pause);
  }

  #pauseFor(error: ChannelUnavailableError): number {
    const { kickPauseMs, random } = this.#options;
    switch (error.kind) {
      case "lost":
        return Math.max(error.waitMs, backoff(this.#failures++, { ...PAUSE, random }));
      case "kicked":
        return doubling(kickPauseMs, this.#kicks++);
      case "name_in_use":
        return doubling(NAME_IN_USE_PAUSE_MS, this.#namesInUse++);
      case "name_hidden":
        return NAME_HIDDEN_PAUSE_MS;
    }
  }
}

function doubling(firstMs: number, times: number): number {
  const maxMs = Math.max(firstMs, MAX_KICK_PAUSE_MS);
  return Math.min(firstMs * 2 ** Math.min(times, 30), maxMs);
}
