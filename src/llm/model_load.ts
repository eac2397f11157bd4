/** Loads a model, which may take minutes. */
import { type Clock, delay } from "../clock.ts";
import { ProviderError, providerError } from "./errors.ts";
import { loadTimeoutHint } from "./hints.ts";
import type { Provider } from "./provider.ts";
import { watch } from "./watch.ts";

/** Between two checks of the server. */
const CHECK_MS = 15_000;
/** Before a load that a proxy cut off is started again. */
const PAUSE_MS = 1000;
/** A proxy that gives up sooner did not wait for a load: the server is away. */
const MIN_LOAD_MS = 3000;

export interface LoadOptions {
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Called when a load that a proxy cut off is started again. */
  readonly onRestart: (error: ProviderError, seconds: number) => void;
}

/**
 * Loads the model within {@linkcode Provider.loadTimeoutMs}.
 *
 * A proxy that gives up ends the load, as Ollama sees the client disconnect. What was read from the disk
 * is in the server's memory by then, so each further load is faster; it is repeated until the timeout.
 *
 * @throws {ProviderError} The failure of the last load; `reset` if the server is gone.
 */
export async function loadModel(provider: Provider, options: LoadOptions): Promise<void> {
  const { signal, clock, onRestart } = options;
  const deadlineMs = clock.now() + provider.loadTimeoutMs;
  for (let canRetry = provider.sharesLoads;; canRetry = false) {
    const begunMs = clock.now();
    try {
      return await loadWatched(provider, { signal, clock, deadlineMs, canRetry });
    } catch (error) {
      const triedMs = clock.now() - begunMs;
      const isCutOff = error instanceof ProviderError && triedMs >= MIN_LOAD_MS &&
        ["network", "server"].includes(error.blames) &&
        // A proxy that gives up answers with a status that a question is not repeated for.
        (error.retry !== "never" || error.status !== undefined);
      if (!isCutOff || clock.now() + PAUSE_MS >= deadlineMs) throw error;
      await delay(PAUSE_MS, { signal, clock });
      await provider.alive(signal).catch(() => {
        signal.throwIfAborted();
        throw error;
      });
      onRestart(error, triedMs / 1000);
    }
  }
}

interface WatchedOptions extends Pick<LoadOptions, "signal" | "clock"> {
  readonly deadlineMs: number;
  readonly canRetry: boolean;
}

/**
 * With `canRetry`, sends a second load request beside the first one, in case the server was restarted;
 * a server that is still loading lets both wait for the same load. Behind a proxy that cuts requests
 * off, the second would take over from the first with little of its time left.
 */
async function loadWatched(provider: Provider, options: WatchedOptions): Promise<void> {
  const { signal, clock, deadlineMs, canRetry } = options;
  const own = new AbortController();
  const loadSignal = AbortSignal.any([signal, own.signal]);
  const loaded = Promise.withResolvers<void>();
  let isRetrying = false;
  const retryLoad = () => {
    if (isRetrying || !canRetry) return;
    isRetrying = true;
    // A failure of the second request says nothing about the first.
    provider.load(loadSignal).then(loaded.resolve, () => isRetrying = false);
  };
  const cancel = clock.setTimer(() => {
    const reason = `not loaded within ${provider.loadTimeoutMs / 1000} s`;
    const hint = loadTimeoutHint(provider.model);
    loaded.reject(new ProviderError("timeout", reason, { hint }));
  }, Math.max(0, deadlineMs - clock.now()));
  try {
    provider.load(loadSignal).then(loaded.resolve, loaded.reject);
    watch(provider, { everyMs: CHECK_MS, signal: loadSignal, clock, onAlive: retryLoad })
      .catch((cause) => {
        const { reason, hint } = providerError(cause);
        const lost = `lost while the model was loading: ${reason}`;
        loaded.reject(new ProviderError("reset", lost, { hint, retry: "never", cause }));
      });
    await loaded.promise;
  } finally {
    cancel();
    own.abort();
  }
}
