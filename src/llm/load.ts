/**
 * Loading a model, for minutes if need be.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import { errorMessage } from "../errors.ts";
import { type Provider, ProviderError } from "./provider.ts";
import { watch } from "./watch.ts";

/** Between two looks at the server. */
const LOOK_MS = 15_000;

/**
 * Has the model loaded, for minutes if need be. The server is asked for the load again beside the
 * first request, in case it was restarted; one that loads already has the second wait for the same load.
 *
 * @param provider Whose model.
 * @param signal Ends it.
 * @param clock The time.
 * @throws {ProviderError} The failure of the load; `reset` when the server is gone.
 */
export async function loadWatched(
  provider: Provider,
  signal: AbortSignal,
  clock: Clock,
): Promise<void> {
  const own = new AbortController();
  const working = AbortSignal.any([signal, own.signal]);
  const loaded = Promise.withResolvers<void>();
  const ask = () => void provider.load(working).then(loaded.resolve, loaded.reject);
  try {
    ask();
    watch(provider, { everyMs: LOOK_MS, signal: working, clock, onAlive: ask }).catch(
      (error) =>
        loaded.reject(
          new ProviderError("reset", `lost while the model was loading: ${errorMessage(error)}`, {
            cause: error,
          }),
        ),
    );
    await loaded.promise;
  } finally {
    own.abort();
  }
}
