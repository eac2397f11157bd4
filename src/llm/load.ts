/**
 * Loading a model, for minutes if need be, without losing sight of the server.
 *
 * @module
 */
import { type Clock, delay } from "../clock.ts";
import { type Provider, ProviderError } from "./provider.ts";

/** Between two looks at the server. */
const LOOK_MS = 15_000;
/** A server that loads may be slow to answer once. */
const MISSES = 2;

/**
 * Has the model loaded. A host that loses power closes no connection: the load would be waited for
 * until its limit, on a host that is well again. So the server is looked after, and asked again beside
 * the first request; a server that loads already has it join that load.
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
  const watch = async () => {
    for (let misses = 0;;) {
      await delay(LOOK_MS, { signal: working, clock });
      try {
        await provider.probe(working);
        misses = 0;
        if (!working.aborted) ask();
      } catch (error) {
        if (++misses >= MISSES || working.aborted) throw lost(error);
      }
    }
  };
  try {
    ask();
    watch().catch(loaded.reject);
    await loaded.promise;
  } finally {
    own.abort();
  }
}

function lost(error: unknown): ProviderError {
  const found = error instanceof Error ? error.message : String(error);
  return new ProviderError("reset", `lost while the model was loading: ${found}`, { cause: error });
}
