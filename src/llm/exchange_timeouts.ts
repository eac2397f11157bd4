/** Timeouts of one exchange: the defaults that no setting changes, and the timers. */
import { type Clock, systemClock } from "../clock.ts";
import { type FailureKind, ProviderError } from "./errors.ts";

/** For a request that asks for the server's state; the first limit. */
export const PROBE_TIMEOUT_MS = 5000;
/** The limits after timeouts, as multiples of the first one: 5, 15 and 30 s. */
const PROBE_FACTORS = [1, 3, 6];
const MAX_PROBE_TIMEOUT_MS = 30_000;
/** Between two pieces of an answer that has begun. */
export const IDLE_TIMEOUT_MS = 20_000;
/** In a pull: the server is silent while it computes a checksum of 100 GB on a slow disk. */
export const PULL_IDLE_TIMEOUT_MS = 600_000;

export interface Limits {
  /** For the whole exchange, in milliseconds of real time. */
  readonly totalMs: number;
  /** Until the first data of the answer. Default: the whole time. */
  readonly firstByteMs?: number;
  /** Between two pieces of the answer. Default: the whole time. */
  readonly idleMs?: number;
  readonly onBegin?: () => void;
}

export type ExchangeTimeouts = ReturnType<typeof startTimeouts>;

/** `onTimeout` is called with the failure when a limit is reached. */
export function startTimeouts(
  { totalMs, firstByteMs = Infinity, idleMs, onBegin }: Limits,
  onTimeout: (reason: ProviderError) => void,
  clock: Clock,
) {
  let hasBegun = false;
  /** When the next piece is overdue, and whether that changed since the timer was set. */
  let dueMs = 0;
  let dataArrived = false;
  let cancel = () => {};
  const fail = (kind: FailureKind, reason: string) => onTimeout(new ProviderError(kind, reason));
  // A timer per piece would cost more than the read: it re-arms if data arrived meanwhile.
  const wait = (ms: number, onOverdue: () => void) => {
    dataArrived = false;
    cancel = clock.setTimer(() => {
      if (dataArrived) wait(Math.max(0, dueMs - clock.now()), onOverdue);
      else onOverdue();
    }, ms);
  };
  const cancelTotal = systemClock.setTimer(() => {
    fail("timeout", `no complete answer within ${Math.round(totalMs / 100) / 10} s`);
  }, Math.max(0, Math.ceil(totalMs)));
  if (firstByteMs < totalMs) {
    const reason = `the answer did not begin within ${firstByteMs / 1000} s`;
    wait(firstByteMs, () => fail("timeout", reason));
  }
  return {
    hasBegun: () => hasBegun,
    firstByte: () => {
      hasBegun = true;
      cancel();
      onBegin?.();
      if (idleMs) wait(idleMs, () => fail("idle", `nothing more came for ${idleMs / 1000} s`));
    },
    reading: () => {
      if (!hasBegun || !idleMs) return;
      dueMs = clock.now() + idleMs;
      dataArrived = true;
    },
    end: () => {
      cancel();
      cancelTotal();
    },
  };
}

/** The name of the cheapest request for {@linkcode ProbeTimeouts}. */
export const SIGN_OF_LIFE = "HEAD";

/** Limits of requests for a server's state, by name: a server that is slow but alive gets more time. */
export class ProbeTimeouts {
  readonly #firstMs: number;
  /** Timeouts in a row. */
  readonly #timeouts = new Map<string, number>();

  constructor(firstMs = PROBE_TIMEOUT_MS) {
    this.#firstMs = firstMs;
  }

  limitMs(name: string): number {
    const timeouts = this.#timeouts.get(name) ?? 0;
    // A caller takes a server for dead after two signs of life that did not come: that must not last.
    const step = name === SIGN_OF_LIFE ? Math.floor(timeouts / 2) : timeouts;
    const factor = PROBE_FACTORS[Math.min(step, PROBE_FACTORS.length - 1)]!;
    return Math.min(factor * this.#firstMs, Math.max(MAX_PROBE_TIMEOUT_MS, this.#firstMs));
  }

  timedOut(name: string): void {
    this.#timeouts.set(name, (this.#timeouts.get(name) ?? 0) + 1);
  }

  /** The limit stays long for a server that needs it. */
  answered(name: string, tookMs: number): void {
    if (tookMs >= this.#firstMs / 2) return;
    this.#timeouts.delete(name);
  }
}
