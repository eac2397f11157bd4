/** Notices that a server is gone: a host without power closes no connection. */
import { type Clock, delay } from "../clock.ts";
import type { Provider } from "./provider.ts";

/** A busy server may miss one check. */
const MAX_MISSES = 2;

interface WatchOptions {
  /** Between two checks. */
  readonly everyMs: number;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Called after each check that was answered. */
  readonly onAlive?: () => void;
}

/** Checks a server until two checks in a row fail; throws the failure of the second one. */
export async function watch(provider: Provider, options: WatchOptions): Promise<never> {
  const { everyMs, signal, clock, onAlive } = options;
  for (let misses = 0;;) {
    await delay(everyMs, { signal, clock });
    try {
      await provider.alive(signal);
      misses = 0;
    } catch (error) {
      if (++misses >= MAX_MISSES || signal.aborted) throw error;
      continue;
    }
    if (!signal.aborted) onAlive?.();
  }
}
