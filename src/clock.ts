/** Time and timers. Code that waits or measures takes a clock, so that tests do not wait. */
export interface Clock {
  /** Milliseconds since some fixed moment; never goes backwards. */
  now(): number;
  /** Milliseconds since 1970; may jump. */
  wall(): number;
  /** Calls `fn` once after `ms` milliseconds. The returned function cancels it. */
  setTimer(fn: () => void, ms: number): () => void;
}

/** The real time. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  setTimer: (fn, ms) => {
    const id = setTimeout(fn, ms);
    return () => clearTimeout(id);
  },
};

/** Reason of an `abort` that no code reads. The default one is an exception with a stack trace. */
export const OVER = "over";

/** Options of {@linkcode delay}. */
export interface DelayOptions {
  /** Ends the wait early. */
  signal?: AbortSignal;
  /** Default: the real time. */
  clock?: Clock;
}

/** Waits. Rejects with the signal's reason when it is aborted. */
export function delay(ms: number, options: DelayOptions = {}): Promise<void> {
  const { signal, clock = systemClock } = options;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = () => {
      cancel();
      reject(signal?.reason);
    };
    const cancel = clock.setTimer(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

/** Options of {@linkcode backoff}. */
export interface BackoffOptions {
  /** The first delay. */
  minMs: number;
  /** The longest delay. */
  maxMs: number;
  /** A number in [0, 1); default `Math.random`. */
  random?: () => number;
}

/** Exponential backoff in milliseconds, with jitter over the upper half of the delay. */
export function backoff(attempt: number, options: BackoffOptions): number {
  const full = Math.min(options.maxMs, options.minMs * 2 ** Math.min(attempt, 30));
  return full / 2 + (options.random ?? Math.random)() * full / 2;
}

/** Waits for a promise. Rejects with the signal's reason when it is aborted; the promise continues. */
export async function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) {
    promise.catch(() => {});
    throw signal.reason;
  }
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** Waits for a promise. Resolves to undefined when the time is over; the promise continues. */
export async function within<T>(
  promise: Promise<T>,
  ms: number,
  { signal, clock = systemClock }: DelayOptions = {},
): Promise<T | undefined> {
  const over = Promise.withResolvers<undefined>();
  const cancel = clock.setTimer(() => over.resolve(undefined), ms);
  const first = Promise.race([promise, over.promise]);
  return await (signal ? abortable(first, signal) : first).finally(cancel);
}

/** `3 d 4 h`, `2 h 5 min`, `7 min` or `12 s`. */
export function durationText(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const [days, hours, minutes] = [86_400, 3600, 60].map((unit) => Math.floor(seconds / unit));
  if (days! > 0) return `${days} d ${hours! % 24} h`;
  if (hours! > 0) return `${hours} h ${minutes! % 60} min`;
  return minutes! > 0 ? `${minutes} min` : `${seconds} s`;
}
