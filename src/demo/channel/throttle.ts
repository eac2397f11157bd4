/** A limit of chat messages, with CyTube's field names. */
export interface FloodLimit {
  readonly burst: number;
  /** Messages per second after the burst. */
  readonly sustained: number;
  /** Quiet time in seconds after which a new burst begins. */
  readonly cooldown: number;
}

/** The limit of the server, which applies in every channel. */
export const SERVER_LIMIT: FloodLimit = { burst: 20, sustained: 10, cooldown: 2 };

export const DEFAULT_LIMIT: FloodLimit = { burst: 4, sustained: 1, cooldown: 4 };

/** Counts one user's messages: a burst, then a steady rate, until a quiet time. */
export class ChatThrottle {
  #count = 0;
  #acceptedAt = -Infinity;

  /** Whether a message at `nowMs` is refused. A refused message does not count. */
  refuses(limit: FloodLimit, nowMs: number): boolean {
    const quietMs = nowMs - this.#acceptedAt;
    if (quietMs > limit.cooldown * 1000) this.#count = 1;
    else if (this.#count < limit.burst) this.#count++;
    else if (quietMs < 1000 / limit.sustained) return true;
    this.#acceptedAt = nowMs;
    return false;
  }
}

/** Clamps the limits that a moderator sets to those of the server. */
export function clampLimit(asked: unknown): FloodLimit {
  const isObject = typeof asked === "object" && asked !== null;
  const { burst, sustained } = isObject ? asked as Record<string, unknown> : DEFAULT_LIMIT;
  const most = Math.trunc(Number(burst));
  const rate = Number(sustained);
  const allowed = Math.min(SERVER_LIMIT.burst, most >= 0 ? most : 1);
  const perSecond = Math.min(SERVER_LIMIT.sustained, rate > 0 ? rate : 1);
  return { burst: allowed, sustained: perSecond, cooldown: allowed / perSecond };
}
