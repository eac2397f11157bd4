/**
 * Is there a model? One supervised link that probes, warms up, notices failures and comes back.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import { abortable, backoff, type Clock, delay, systemClock } from "../clock.ts";
import { errorMessage } from "../errors.ts";
import { loadWatched } from "./load.ts";
import {
  failureClass,
  isServerFailure,
  isTransient,
  type Message,
  type Probe,
  type Provider,
  ProviderError,
  type Reply,
  sameModel,
} from "./provider.ts";

const log = getLogger(["rosey", "llm"]);

/**
 * `checking`: the server is asked whether it is there, at the start and after a failure. `loading`: the
 * model is warmed up. `up`: it can be asked. `degraded`: it can, but the last request failed. `down`: it
 * cannot, and is asked again after a pause.
 */
export type LinkState = "checking" | "loading" | "up" | "degraded" | "down";

/** Options of {@linkcode ModelLink}. */
export interface LinkOptions {
  /** Who is asked. */
  readonly provider: Provider;
  /** Told each time the model can be asked. */
  readonly onUp?: () => void;
  /** Default: the real time. */
  readonly clock?: Clock;
  /** A number in [0, 1); default `Math.random`. */
  readonly random?: () => number;
}

const PAUSE = { minMs: 1000, maxMs: 60_000 };
/** Requests that failed in a row before the server is left alone for a while. */
const STRIKES = 3;
/** More tries of one request, all within its own time. */
const RETRIES = 2;
const RETRY_PAUSE = { minMs: 300, maxMs: 2000 };
/** A model that answered this recently is taken for loaded. */
const REST_MS = 30_000;

/** The link to one provider. */
export class ModelLink {
  readonly #provider: Provider;
  readonly #clock: Clock;
  readonly #random?: () => number;
  readonly #onUp?: () => void;
  #state: LinkState = "checking";
  #reason = "";
  #strikes = 0;
  #usedMs = -Infinity;
  #contextTokens: number | undefined;
  #logged: string | undefined;
  /** Resolves to whether a failed request is why. */
  #lost = Promise.withResolvers<boolean>();
  #changed = Promise.withResolvers<void>();

  /**
   * Asks nobody until it runs.
   *
   * @param options Who is asked, and by which clock.
   */
  constructor(options: LinkOptions) {
    this.#provider = options.provider;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random;
    this.#onUp = options.onUp;
  }

  /** The server's address without credentials. */
  get host(): string {
    return this.#provider.host;
  }

  /** Tokens that fit into the model's window, where the server told. */
  get contextTokens(): number | undefined {
    return this.#contextTokens;
  }

  /** Whether the model can be asked. */
  get state(): LinkState {
    return this.#state;
  }

  /** Why it is not up; of the last failure while it is. */
  get reason(): string {
    return this.#reason;
  }

  /**
   * Keeps the link until the signal ends it: probes with growing pauses while the server is away, so
   * that one that comes back is used within a minute.
   *
   * @param signal Ends it.
   */
  async run(signal: AbortSignal): Promise<void> {
    for (let failures = 0; !signal.aborted;) {
      try {
        this.#announce(await this.#provider.probe(signal));
        this.#lost = Promise.withResolvers();
        this.#become("loading", this.#reason);
        await this.#warmUp(signal);
        failures = Math.max(0, this.#strikes - STRIKES);
        this.#usedMs = this.#clock.now();
        if (this.#strikes > 0) this.#become("degraded", this.#reason);
        else this.#become("up", "");
        this.#onUp?.();
        const failed = await abortable(this.#lost.promise, signal);
        // A server that is there but answers nothing would cost every asker the whole limit.
        if (failed && this.#strikes >= STRIKES) throw new Error(this.#reason);
      } catch (error) {
        if (signal.aborted) break;
        this.#become("down", errorMessage(error));
        this.#complain(errorMessage(error));
        const pause = backoff(failures++, { ...PAUSE, random: this.#random });
        await delay(pause, { signal, clock: this.#clock }).catch(() => {});
      }
    }
    this.#become("down", "the bot is stopping");
  }

  /**
   * Waits for a check or a load in progress to end.
   *
   * @param signal Ends the wait.
   * @returns Whether the model can be asked now.
   * @throws The signal's reason.
   */
  async ready(signal: AbortSignal): Promise<boolean> {
    while (this.#state === "checking" || this.#state === "loading") {
      await abortable(this.#changed.promise, signal);
    }
    return this.#state !== "down";
  }

  /**
   * Has the model answer: loads it first where it was unloaded meanwhile, tries again where that can
   * help, all but the load within the time of one answer. A failure that speaks against the server
   * makes the link ask whether it is still there.
   *
   * @param messages The conversation.
   * @param signal Cancels it.
   * @returns The reply.
   * @throws {ProviderError} The failure, already logged unless it was a cancellation.
   */
  async chat(messages: readonly Message[], signal: AbortSignal): Promise<Reply> {
    try {
      await this.#ensureLoaded(signal);
      const reply = await this.#patiently(messages, signal);
      this.#usedMs = this.#clock.now();
      this.#strikes = 0;
      if (this.#state === "degraded") this.#become("up", "");
      return reply;
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      if (error.kind !== "aborted") {
        log.error(`${failureClass(error.kind)}: {reason}`, { reason: error.message });
      }
      if (isServerFailure(error)) {
        this.#strikes++;
        this.#recheck(error.message, true);
      }
      throw error;
    }
  }

  async #patiently(messages: readonly Message[], signal: AbortSignal): Promise<Reply> {
    const clock = this.#clock;
    const deadlineMs = clock.now() + this.#provider.responseTimeoutMs;
    for (let attempt = 0;; attempt++) {
      try {
        return await this.#provider.chat(messages, signal, deadlineMs - clock.now());
      } catch (error) {
        const again = error instanceof ProviderError && isTransient(error) && attempt < RETRIES;
        if (!again) throw error;
        const pause = error.retryAfterMs ??
          backoff(attempt, { ...RETRY_PAUSE, random: this.#random });
        if (clock.now() + pause >= deadlineMs) throw error;
        log.debug("Trying again: {reason}", { reason: error.message });
        await delay(pause, { signal, clock });
      }
    }
  }

  /** A request under its own short limit must not be what loads a cold model: its end aborts the load. */
  async #ensureLoaded(signal: AbortSignal): Promise<void> {
    if (this.#clock.now() - this.#usedMs < REST_MS) return;
    if ((await this.#provider.status(signal)).loaded) return;
    log.debug("Model {model} was unloaded meanwhile", { model: this.#provider.model });
    this.#recheck("the model is being loaded", false);
    if (!await this.ready(signal)) throw new ProviderError("refused", this.#reason);
  }

  #recheck(reason: string, failed: boolean): void {
    if (this.#state !== "up" && this.#state !== "degraded") return;
    this.#become("checking", reason);
    this.#lost.resolve(failed);
  }

  /** A server that cannot be told to load, or fails at it, may still answer: only a loss counts. */
  async #warmUp(signal: AbortSignal): Promise<void> {
    const begun = this.#clock.now();
    try {
      await loadWatched(this.#provider, signal, this.#clock);
      this.#contextTokens = (await this.#provider.status(signal)).contextTokens;
      const seconds = ((this.#clock.now() - begun) / 1000).toFixed(2);
      log.debug("Model {model} is loaded after {seconds} s", {
        model: this.#provider.model,
        seconds,
      });
    } catch (error) {
      if (signal.aborted || !(error instanceof ProviderError)) throw error;
      if (failureClass(error.kind) === "LLM connection error") throw error;
      log.warning(`${failureClass(error.kind)}: model {model} could not be loaded: {reason}`, {
        model: this.#provider.model,
        reason: error.message,
      });
    }
  }

  /** Said when the link comes up, not at every probe. */
  #announce({ models }: Probe): void {
    if (this.#logged === "") return;
    this.#logged = "";
    const { name, model, host } = this.#provider;
    log.info("LLM enabled: provider={name}, model={model}, host={host}", { name, model, host });
    if (models === undefined || models.some((found) => sameModel(found, model))) return;
    log.warning('Model "{model}" is not on {host}: {advice}', {
      model,
      host,
      advice: models.length === 0
        ? `it has none; run there: ollama pull ${model}`
        : `it has ${models.slice(0, 8).join(", ")}; run there: ollama pull ${model}`,
    });
  }

  /** One line for each change, not for each failure. */
  #complain(reason: string): void {
    if (this.#logged === reason) return;
    this.#logged = reason;
    const { label, host } = this.#provider;
    log.error("{label} unavailable at {host}: {reason}", { label, host, reason });
  }

  #become(state: LinkState, reason: string): void {
    this.#state = state;
    this.#reason = reason;
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}
