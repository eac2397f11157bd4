/** Repeats loads and requests that failed, and ends them if the server is gone. */
import { getLogger } from "@logtape/logtape";
import { backoff, type Clock, delay, OVER } from "../clock.ts";
import { ProviderError, providerError } from "./errors.ts";
import { loadTimeoutHint } from "./hints.ts";
import type { Message, Provider, Reply, ReplyOptions } from "./provider.ts";

const log = getLogger(["rosey", "llm"]);

/** A busy server may miss one check. */
const MAX_MISSES = 2;
const LOAD_CHECK_MS = 15_000;
/** Before a load that a proxy cut off is started again. */
const LOAD_PAUSE_MS = 1000;
/** A proxy that times out sooner did not wait for a load: the server is unreachable. */
const MIN_LOAD_MS = 3000;
const MAX_RETRIES = 2;
const RETRY_PAUSE = { minMs: 300, maxMs: 2000 };
/** Between two checks of a server whose answer has not begun. */
const ANSWER_CHECK_MS = 2500;
/** A shorter reload means that the model was still loaded. */
const RELOAD_MS = 1000;

interface Options {
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

export interface LoadOptions extends Options {
  readonly onRestart: (error: ProviderError, seconds: number) => void;
}

/**
 * Loads the model within {@linkcode Provider.loadTimeoutMs}. A proxy that gives up ends the load, as
 * Ollama sees the client disconnect. What was read from the disk is in the server's memory by then, so
 * each further load is faster; it is repeated until the timeout.
 */
export async function loadModel(provider: Provider, options: LoadOptions): Promise<void> {
  const { signal, clock, onRestart } = options;
  const deadlineMs = clock.now() + provider.loadTimeoutMs;
  for (let canRepeat = provider.sharesLoads;; canRepeat = false) {
    const begunMs = clock.now();
    try {
      return await loadOnce(provider, { signal, clock, deadlineMs, canRepeat });
    } catch (error) {
      const triedMs = clock.now() - begunMs;
      const isCutOff = error instanceof ProviderError && triedMs >= MIN_LOAD_MS &&
        ["network", "server"].includes(error.blames) &&
        // A proxy's timeout is `retry: "never"` for a question, but a load is worth repeating.
        (error.retry !== "never" || error.status !== undefined);
      if (!isCutOff || clock.now() + LOAD_PAUSE_MS >= deadlineMs) throw error;
      await delay(LOAD_PAUSE_MS, { signal, clock });
      await provider.alive(signal).catch(() => {
        signal.throwIfAborted();
        throw error;
      });
      onRestart(error, triedMs / 1000);
    }
  }
}

/**
 * With `canRepeat`, sends a second load request beside the first one, in case the server was restarted;
 * a server that is still loading lets both wait for the same load. Behind a proxy that cuts requests
 * off, the proxy would cut off the second soon after it replaced the first.
 */
async function loadOnce(
  provider: Provider,
  options: Options & { readonly deadlineMs: number; readonly canRepeat: boolean },
): Promise<void> {
  const { signal, clock, deadlineMs, canRepeat } = options;
  const own = new AbortController();
  const loadSignal = AbortSignal.any([signal, own.signal]);
  const loaded = Promise.withResolvers<void>();
  let isRepeating = false;
  const onAlive = () => {
    if (isRepeating || !canRepeat) return;
    isRepeating = true;
    // A failure of the second request says nothing about the first.
    provider.load(loadSignal).then(loaded.resolve, () => isRepeating = false);
  };
  const cancel = clock.setTimer(() => {
    const reason = `not loaded within ${provider.loadTimeoutMs / 1000} s`;
    const hint = loadTimeoutHint(provider.model);
    loaded.reject(new ProviderError("timeout", reason, { hint }));
  }, Math.max(0, deadlineMs - clock.now()));
  try {
    provider.load(loadSignal).then(loaded.resolve, loaded.reject);
    watch(provider, LOAD_CHECK_MS, { signal: loadSignal, clock, onAlive }).catch((cause) => {
      const { reason, hint } = providerError(cause);
      const lost = `lost while the model was loading: ${reason}`;
      loaded.reject(new ProviderError("reset", lost, { hint, retry: "never", cause }));
    });
    await loaded.promise;
  } finally {
    cancel();
    own.abort(OVER);
  }
}

export interface RetryOptions extends Options, ReplyOptions {
  readonly random?: () => number;
  /** How long an answer may wait for a load besides; default 0. */
  readonly loadMs?: number;
  /**
   * Loads the model again after a crash or restart; after that the answer gets its whole time again.
   * Returns whether the request may be repeated.
   */
  readonly reload?: (error: ProviderError) => Promise<boolean>;
}

/**
 * Gets an answer within {@linkcode Provider.responseTimeoutMs}, and `loadMs`. A request that fails again
 * after the model was reloaded is not repeated: it may be what crashes the model.
 */
export async function chatWithRetry(
  provider: Provider,
  messages: readonly Message[],
  options: RetryOptions,
): Promise<Reply> {
  const { signal, clock, random, loadMs = 0, reload } = options;
  let deadlineMs = clock.now() + provider.responseTimeoutMs + loadMs;
  let first: unknown;
  let isReloaded = false;
  for (let attempt = 0;; attempt++) {
    try {
      const totalMs = deadlineMs - clock.now();
      return await chatOnce(provider, messages, { ...options, totalMs });
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
      // The prompt must be processed again, so the answer gets its full limit once more.
      if (isReloaded) deadlineMs = clock.now() + provider.responseTimeoutMs;
    }
  }
}

/** Whether the caller shortens the prompt and asks again: it said that it does not allow truncation. */
export function isAskedShorter(error: unknown, { allowTruncation }: ReplyOptions): boolean {
  return allowTruncation === false && error instanceof ProviderError &&
    error.kind === "context_too_long";
}

/** Checks the server until the answer begins, so that a dead server does not cost the whole limit. */
async function chatOnce(
  provider: Provider,
  messages: readonly Message[],
  { totalMs, signal, clock, ...options }: RetryOptions & { totalMs: number },
): Promise<Reply> {
  const lost = new AbortController();
  const begun = new AbortController();
  const watchSignal = AbortSignal.any([signal, begun.signal]);
  const watching = watch(provider, ANSWER_CHECK_MS, { signal: watchSignal, clock })
    .catch((error) => {
      if (!watchSignal.aborted) lost.abort(error);
    });
  const onBegin = () => begun.abort(OVER);
  try {
    const chatSignal = AbortSignal.any([signal, lost.signal]);
    const { shouldStop, allowTruncation, seed, parameters } = options;
    const asked = { totalMs, onBegin, shouldStop, allowTruncation, seed, parameters };
    return await provider.chat(messages, chatSignal, asked);
  } catch (error) {
    throw lost.signal.aborted ? lost.signal.reason : error;
  } finally {
    begun.abort(OVER);
    await watching;
  }
}

/**
 * Checks a server until two checks in a row fail; throws the failure of the second one. A host without
 * power closes no connection. `onAlive` is called after each check that was answered.
 */
async function watch(
  provider: Provider,
  everyMs: number,
  { signal, clock, onAlive }: Options & { readonly onAlive?: () => void },
): Promise<never> {
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
