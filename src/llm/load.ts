/**
 * Loading a model, for minutes if need be.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import { type Clock, delay } from "../clock.ts";
import { type Provider, ProviderError } from "./provider.ts";
import { watch } from "./watch.ts";

const log = getLogger(["rosey", "llm"]);

/** Between two looks at the server. */
const LOOK_MS = 15_000;
/** Before a load is begun anew that a proxy gave up. */
const PAUSE_MS = 1000;
/** A proxy that gives up sooner did not wait for a load: the server is away. */
const AT_ONCE_MS = 3000;
/** What a proxy says that did not want to wait for the server. */
const GIVEN_UP: readonly (number | undefined)[] = [408, 504, 522, 524];

/**
 * Has the model loaded, for minutes if need be.
 *
 * A proxy that gives up while the model loads ends the load, as Ollama takes the client for gone. What
 * was read from the disk by then is in the server's memory, so each further load is faster: it is asked
 * for until the time for loading is up.
 *
 * @param provider Whose model.
 * @param signal Ends it.
 * @param clock The time.
 * @throws {ProviderError} The failure of the last load; `reset` when the server is gone.
 */
export async function loadPatiently(
  provider: Provider,
  signal: AbortSignal,
  clock: Clock,
): Promise<void> {
  const deadlineMs = clock.now() + provider.loadTimeoutMs;
  for (let tries = 1;; tries++) {
    const begunMs = clock.now();
    try {
      return await loadWatched(provider, { signal, clock, alone: tries > 1 });
    } catch (error) {
      if (!(error instanceof ProviderError) || !GIVEN_UP.includes(error.status)) throw error;
      const triedMs = clock.now() - begunMs;
      const again = triedMs >= AT_ONCE_MS && clock.now() + PAUSE_MS < deadlineMs;
      if (!again) throw error;
      const fields = {
        reason: error.message,
        host: provider.host,
        seconds: Math.round(triedMs / 1000),
      };
      const text = "The load on {host} was given up after {seconds} s and begins anew: {reason}";
      if (tries === 1) log.warning(text, fields);
      else log.debug(text, fields);
      await delay(PAUSE_MS, { signal, clock });
    }
  }
}

interface LoadOptions {
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Whether there is one request at a time. */
  readonly alone: boolean;
}

/**
 * The server is asked for the load again beside the first request, in case it was restarted; one that
 * loads already has the second wait for the same load. Not behind a proxy that cuts requests off: there
 * the second would take over from the first with little of its time left.
 */
async function loadWatched(provider: Provider, options: LoadOptions): Promise<void> {
  const { signal, clock, alone } = options;
  const own = new AbortController();
  const working = AbortSignal.any([signal, own.signal]);
  const loaded = Promise.withResolvers<void>();
  const ask = () => void provider.load(working).then(loaded.resolve, loaded.reject);
  const onAlive = alone ? undefined : ask;
  try {
    ask();
    watch(provider, { everyMs: LOOK_MS, signal: working, clock, onAlive }).catch((error) => {
      const { found = String(error), next } = error as Partial<ProviderError>;
      const lost = `lost while the model was loading: ${found}`;
      loaded.reject(new ProviderError("reset", lost, { next, cause: error }));
    });
    await loaded.promise;
  } finally {
    own.abort();
  }
}
