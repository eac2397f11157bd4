/**
 * Loading a model, for minutes if need be.
 *
 * @module
 */
import { type Clock, delay } from "../clock.ts";
import { type Provider, ProviderError } from "./provider.ts";
import { watch } from "./watch.ts";

/** Between two looks at the server. */
const LOOK_MS = 15_000;
/** Before a load is begun anew that a proxy gave up. */
const PAUSE_MS = 1000;
/** A proxy that gives up sooner did not wait for a load: the server is away. */
const AT_ONCE_MS = 3000;
/** What a proxy says that does not want to wait for the server any longer, if it says anything. */
const GIVEN_UP: readonly (number | undefined)[] = [408, 502, 503, 504, 522, 524];

/** Options of {@linkcode loadPatiently}. */
export interface LoadOptions {
  /** Ends it. */
  readonly signal: AbortSignal;
  /** The time. */
  readonly clock: Clock;
  /** Told of a load that a proxy gave up after so many seconds, and that begins anew. */
  readonly onGivenUp: (error: ProviderError, seconds: number) => void;
}

/**
 * Has the model loaded, for minutes if need be.
 *
 * A proxy that gives up while the model loads ends the load, as Ollama takes the client for gone. What
 * was read from the disk by then is in the server's memory, so each further load is faster: it is asked
 * for until the time for loading is up.
 *
 * @param provider Whose model.
 * @throws {ProviderError} The failure of the last load; `reset` when the server is gone.
 */
export async function loadPatiently(provider: Provider, options: LoadOptions): Promise<void> {
  const { signal, clock, onGivenUp } = options;
  const deadlineMs = clock.now() + provider.loadTimeoutMs;
  for (let alone = false;; alone = true) {
    const begunMs = clock.now();
    try {
      return await loadWatched(provider, { signal, clock, deadlineMs, alone });
    } catch (error) {
      const triedMs = clock.now() - begunMs;
      const isGivenUp = error instanceof ProviderError && triedMs >= AT_ONCE_MS &&
        (GIVEN_UP.includes(error.status) || (error.kind === "reset" && !isLost(error)));
      if (!isGivenUp || clock.now() + PAUSE_MS >= deadlineMs) throw error;
      await delay(PAUSE_MS, { signal, clock });
      await provider.alive(signal).catch(() => {
        signal.throwIfAborted();
        throw error;
      });
      onGivenUp(error, triedMs / 1000);
    }
  }
}

/** Whether it was not seen any more, beside the load. */
function isLost({ cause }: ProviderError): boolean {
  return cause instanceof ProviderError;
}

interface WatchedOptions extends Pick<LoadOptions, "signal" | "clock"> {
  readonly deadlineMs: number;
  /** Whether there is one request at a time. */
  readonly alone: boolean;
}

/**
 * The server is asked for the load again beside the first request, in case it was restarted; one that
 * loads already has the second wait for the same load. At most two requests are open at a time. Not behind a proxy that cuts requests off: there
 * the second would take over from the first with little of its time left.
 */
async function loadWatched(provider: Provider, options: WatchedOptions): Promise<void> {
  const { signal, clock, deadlineMs, alone } = options;
  const own = new AbortController();
  const working = AbortSignal.any([signal, own.signal]);
  const loaded = Promise.withResolvers<void>();
  const first = provider.load(working);
  let isBesideOpen = false;
  const retryLoad = () => {
    // Once is enough: each further request would wait for the same load.
    if (isBesideOpen) return;
    isBesideOpen = true;
    // A failure beside the first request says nothing about the first.
    provider.load(working).then(loaded.resolve, () => isBesideOpen = false);
  };
  const onAlive = alone || !provider.sharesLoads ? undefined : retryLoad;
  const seconds = provider.loadTimeoutMs / 1000;
  const cancel = clock.setTimer(() => {
    const next = `raise llm.load_timeout, or try on the server: ollama run ${provider.model}`;
    loaded.reject(new ProviderError("timeout", `not loaded within ${seconds} s`, { next }));
  }, Math.max(0, deadlineMs - clock.now()));
  try {
    first.then(loaded.resolve, loaded.reject);
    watch(provider, { everyMs: LOOK_MS, signal: working, clock, onAlive }).catch((error) => {
      const { found = String(error), next } = error as Partial<ProviderError>;
      const lost = `lost while the model was loading: ${found}`;
      loaded.reject(new ProviderError("reset", lost, { next, cause: error }));
    });
    await loaded.promise;
  } finally {
    cancel();
    own.abort();
  }
}
