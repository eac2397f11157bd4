/**
 * Not losing sight of a server that is waited for: a host that loses power, or whose packets are
 * dropped, closes no connection.
 *
 * @module
 */
import { type Clock, delay } from "../clock.ts";
import type { Provider } from "./provider.ts";

/** A busy server may be slow to answer once. */
const MISSES = 2;

/** Options of {@linkcode watch}. */
export interface WatchOptions {
  /** Between two looks at the server. */
  readonly everyMs: number;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** The time. */
  readonly clock: Clock;
  /** Told of each look that was answered. */
  readonly onAlive?: () => void;
}

/**
 * Looks after a server until it is gone.
 *
 * @param provider Whose server.
 * @returns Never.
 * @throws {ProviderError} The failure of the last look; the signal's reason.
 */
export async function watch(provider: Provider, options: WatchOptions): Promise<never> {
  const { everyMs, signal, clock, onAlive } = options;
  for (let misses = 0;;) {
    await delay(everyMs, { signal, clock });
    try {
      await provider.alive(signal);
      misses = 0;
    } catch (error) {
      if (++misses >= MISSES || signal.aborted) throw error;
      continue;
    }
    if (!signal.aborted) onAlive?.();
  }
}
