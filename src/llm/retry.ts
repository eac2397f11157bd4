/** Retries transient failures of an answer until the deadline. */
import { getLogger } from "@logtape/logtape";
import { backoff, type Clock, delay } from "../clock.ts";
import { ProviderError } from "./errors.ts";
import type { Message, Provider, Reply, ReplyOptions } from "./provider.ts";
import { watch } from "./watch.ts";

const log = getLogger(["rosey", "llm"]);

const MAX_RETRIES = 2;
const RETRY_PAUSE = { minMs: 300, maxMs: 2000 };
/** Between two checks of a server whose answer has not begun. */
const CHECK_MS = 2500;
/** A reload that takes less found the model loaded. */
const RELOAD_MS = 1000;

export interface RetryOptions extends ReplyOptions {
  /** An abort ends the generation on the server. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** A number in [0, 1); default `Math.random`. */
  readonly random?: () => number;
  /**
   * Loads the model again after a crash or restart; after that the answer gets its whole time again.
   * Returns whether the request may be repeated.
   */
  readonly reload?: (error: ProviderError) => Promise<boolean>;
}

/**
 * Gets an answer within {@linkcode Provider.responseTimeoutMs}. A request that fails again after the
 * model was reloaded is not repeated: it may be what crashes the model.
 *
 * @throws {ProviderError} The failure of the last attempt.
 */
export async function chatWithRetry(
  provider: Provider,
  messages: readonly Message[],
  options: RetryOptions,
): Promise<Reply> {
  const { signal, clock, random, reload } = options;
  let deadlineMs = clock.now() + provider.responseTimeoutMs;
  let first: unknown;
  let isReloaded = false;
  for (let attempt = 0;; attempt++) {
    try {
      const totalMs = deadlineMs - clock.now();
      return await chatWatched(provider, messages, { ...options, totalMs });
    } catch (error) {
      first ??= error;
      if (!(error instanceof ProviderError)) throw error;
      // If the request ended the server, the next attempt is refused: the first failure is the cause.
      const failure = error.kind === "refused" ? first : error;
      if (error.retry === "never" || attempt === MAX_RETRIES || isReloaded) throw failure;
      const pauseMs = error.retryAfterMs ?? backoff(attempt, { ...RETRY_PAUSE, random });
      if (clock.now() + pauseMs >= deadlineMs) throw error;
      log.debug("Trying again: {reason}", { reason: error.message });
      await delay(pauseMs, { signal, clock });
      if (!reload || error.retry === "later") continue;
      const begunMs = clock.now();
      if (!await reload(error)) throw failure;
      isReloaded = clock.now() - begunMs >= RELOAD_MS;
      // The prompt is processed anew, too: once, the answer gets its whole time again.
      if (isReloaded) deadlineMs = clock.now() + provider.responseTimeoutMs;
    }
  }
}

/** Checks the server until the answer begins, so that a dead server does not cost the whole limit. */
async function chatWatched(
  provider: Provider,
  messages: readonly Message[],
  { totalMs, signal, clock, shouldStop, allowTruncation }: RetryOptions & { totalMs: number },
): Promise<Reply> {
  const lost = new AbortController();
  const begun = new AbortController();
  const chatSignal = AbortSignal.any([signal, lost.signal]);
  const watchSignal = AbortSignal.any([signal, begun.signal]);
  const watching = watch(provider, { everyMs: CHECK_MS, signal: watchSignal, clock })
    .catch((error) => {
      if (!watchSignal.aborted) lost.abort(error);
    });
  const onBegin = () => begun.abort();
  try {
    const options = { totalMs, onBegin, shouldStop, allowTruncation };
    return await provider.chat(messages, chatSignal, options);
  } catch (error) {
    throw lost.signal.aborted ? lost.signal.reason : error;
  } finally {
    begun.abort();
    await watching;
  }
}
