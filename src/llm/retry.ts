/**
 * One answer of a model: tried again where that can help, all within the time of one answer.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import { backoff, type Clock, delay } from "../clock.ts";
import {
  isTransient,
  mayHaveRestarted,
  type Message,
  type Provider,
  ProviderError,
  type Reply,
  type ReplyOptions,
} from "./provider.ts";
import { watch } from "./watch.ts";

const log = getLogger(["rosey", "llm"]);

/** More tries of one request. */
const RETRIES = 2;
const RETRY_PAUSE = { minMs: 300, maxMs: 2000 };
/** Between two looks at a server whose answer has not begun: stands in for a limit of connecting. */
const LOOK_MS = 2500;
/** A reload that takes less found the model loaded. */
const RELOAD_MS = 1000;

/** What is wanted of an answer, and how the model is loaded again. */
export interface Asking extends ReplyOptions {
  /**
   * Has the model loaded again after the server, or what runs the model there, may have restarted. The
   * time that takes does not count. Returns whether the question may be asked again.
   */
  readonly reload?: (error: ProviderError) => Promise<boolean>;
}

/** Options of {@linkcode answer}. */
export interface AnswerOptions extends Asking {
  /** Cancels it, and the generation on the server. */
  readonly signal: AbortSignal;
  /** The time. */
  readonly clock: Clock;
  /** A number in [0, 1); default `Math.random`. */
  readonly random?: () => number;
}

/**
 * Has the model answer. Nothing is tried again once the server wants more time than is left, or when the
 * model had to be loaded again and the question failed again: it may be what ends the model.
 *
 * @param provider Whose model.
 * @param messages The conversation.
 * @returns The reply.
 * @throws {ProviderError} The failure of the last try.
 */
export async function answer(
  provider: Provider,
  messages: readonly Message[],
  options: AnswerOptions,
): Promise<Reply> {
  const { signal, clock, random, reload } = options;
  let deadlineMs = clock.now() + provider.responseTimeoutMs;
  let first: unknown;
  let isReloaded = false;
  for (let attempt = 0;; attempt++) {
    try {
      return await tryOnce(provider, messages, { ...options, totalMs: deadlineMs - clock.now() });
    } catch (error) {
      first ??= error;
      if (!(error instanceof ProviderError)) throw error;
      // Where an answer ended the server, the next try is refused: the first failure is the cause.
      const failure = error.kind === "refused" ? first : error;
      if (!isTransient(error) || attempt === RETRIES || isReloaded) throw failure;
      const pause = error.retryAfterMs ?? backoff(attempt, { ...RETRY_PAUSE, random });
      if (clock.now() + pause >= deadlineMs) throw error;
      log.debug("Trying again: {reason}", { reason: error.message });
      await delay(pause, { signal, clock });
      if (!reload || !mayHaveRestarted(error)) continue;
      const begunMs = clock.now();
      if (!await reload(error)) throw failure;
      const reloadMs = clock.now() - begunMs;
      deadlineMs += reloadMs;
      isReloaded = reloadMs >= RELOAD_MS;
    }
  }
}

/**
 * Until the answer begins the server is looked after, so that one that is gone costs the asker a part
 * of the limit, not all of it.
 */
async function tryOnce(
  provider: Provider,
  messages: readonly Message[],
  { totalMs, signal, clock, shouldStop, allowTruncation }: AnswerOptions & { totalMs: number },
): Promise<Reply> {
  const lost = new AbortController();
  const begun = new AbortController();
  const working = AbortSignal.any([signal, lost.signal]);
  const waiting = AbortSignal.any([signal, begun.signal]);
  const watching = watch(provider, { everyMs: LOOK_MS, signal: waiting, clock })
    .catch((error) => {
      if (!waiting.aborted) lost.abort(error);
    });
  try {
    return await provider.chat(messages, working, {
      totalMs,
      onBegin: () => begun.abort(),
      shouldStop,
      allowTruncation,
    });
  } catch (error) {
    throw lost.signal.aborted ? lost.signal.reason : error;
  } finally {
    begun.abort();
    await watching;
  }
}
