/**
 * Is there a model? One supervised link that probes, warms up, notices failures and comes back.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import { abortable, backoff, type Clock, delay, systemClock } from "../clock.ts";
import { errorMessage } from "../errors.ts";
import { answer } from "./answer.ts";
import { Health, type LinkReport, type LinkState } from "./health.ts";
import { LinkLog } from "./link_log.ts";
import { loadWatched } from "./load.ts";
import {
  type Enough,
  failureClass,
  isServerFailure,
  type Message,
  type ModelStatus,
  type Probe,
  type Provider,
  ProviderError,
  type Reply,
} from "./provider.ts";

const log = getLogger(["rosey", "llm"]);

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

/** Whatever came back is used within a minute: the pause, a probe, a load. */
const PAUSE = { minMs: 1000, maxMs: 30_000 };
/** Requests that failed in a row before the server is left alone for a while. */
const STRIKES = 3;
/** A model that answered this recently is taken for loaded. */
const REST_MS = 30_000;
/** Between two looks at a server that nobody asks anything. */
const BEAT_MS = 60_000;

/** The link to one provider. */
export class ModelLink {
  readonly #provider: Provider;
  readonly #clock: Clock;
  readonly #random?: () => number;
  readonly #onUp?: () => void;
  readonly #health: Health;
  readonly #log: LinkLog;
  #state: LinkState = "checking";
  #sinceMs: number;
  #nextProbeMs: number | undefined;
  #reason = "";
  #strikes = 0;
  #usedMs = -Infinity;
  #contextTokens: number | undefined;
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
    this.#health = new Health(this.#clock);
    this.#log = new LinkLog(options.provider);
    this.#sinceMs = this.#clock.now();
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

  /** How it is by now, and how the server has done. */
  get report(): LinkReport {
    const { name, model, host } = this.#provider;
    const now = this.#clock.now();
    const nextProbeMs = this.#nextProbeMs;
    return {
      ...this.#health.measures,
      provider: name,
      modelName: model,
      host,
      state: this.#state,
      stateForMs: now - this.#sinceMs,
      reason: this.#reason,
      ...(nextProbeMs === undefined ? {} : { nextProbeInMs: Math.max(0, nextProbeMs - now) }),
    };
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
        this.#log.found(await this.#look(signal));
        this.#lost = Promise.withResolvers();
        this.#become("loading", this.#reason);
        await this.#warmUp(signal);
        failures = Math.max(0, this.#strikes - STRIKES);
        this.#usedMs = this.#clock.now();
        if (this.#strikes > 0) this.#become("degraded", this.#reason);
        else this.#become("up", "");
        this.#onUp?.();
        const failed = await this.#attend(signal);
        // A server that is there but answers nothing would cost every asker the whole limit.
        if (failed && this.#strikes >= STRIKES) throw new Error(this.#reason);
      } catch (error) {
        if (signal.aborted) break;
        if (error instanceof ProviderError) this.#health.failed(error.kind);
        this.#health.model(undefined);
        this.#become("down", errorMessage(error));
        this.#log.lost(errorMessage(error));
        const pause = backoff(failures++, { ...PAUSE, random: this.#random });
        this.#nextProbeMs = this.#clock.now() + pause;
        await delay(pause, { signal, clock: this.#clock }).catch(() => {});
        this.#nextProbeMs = undefined;
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
   * @param enough Whether an answer that is being written needs no more.
   * @returns The reply.
   * @throws {ProviderError} The failure, already logged unless it was a cancellation.
   */
  async chat(messages: readonly Message[], signal: AbortSignal, enough?: Enough): Promise<Reply> {
    try {
      await this.#ensureLoaded(signal);
      const begun = this.#clock.now();
      const reply = await answer(this.#provider, messages, {
        signal,
        clock: this.#clock,
        random: this.#random,
        enough,
      });
      this.#usedMs = this.#clock.now();
      this.#health.answered(this.#usedMs - begun);
      this.#strikes = 0;
      if (this.#state === "degraded") this.#become("up", "");
      return reply;
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      if (error.kind !== "aborted") {
        this.#health.failed(error.kind);
        this.#logFailure(error);
      }
      if (isServerFailure(error)) {
        this.#strikes++;
        this.#recheck(error.message, true);
      }
      throw error;
    }
  }

  /** A request under its own short limit must not be what loads a cold model: its end aborts the load. */
  async #ensureLoaded(signal: AbortSignal): Promise<void> {
    if (this.#clock.now() - this.#usedMs < REST_MS) return;
    if ((await this.#learn(signal)).loaded) return;
    log.debug("Model {model} was unloaded meanwhile", { model: this.#provider.model });
    this.#recheck("the model is being loaded", false);
    if (!await this.ready(signal)) throw new ProviderError("refused", this.#reason);
  }

  /** @returns Whether a failed request is why the link was lost. */
  async #attend(signal: AbortSignal): Promise<boolean> {
    for (;;) {
      const pause = new AbortController();
      const beat = delay(BEAT_MS, {
        signal: AbortSignal.any([signal, pause.signal]),
        clock: this.#clock,
      }).then(() => undefined);
      try {
        const failed = await Promise.race([this.#lost.promise, beat]);
        if (failed !== undefined) return failed;
      } finally {
        pause.abort();
        beat.catch(() => {});
      }
      try {
        await this.#look(signal);
        await this.#learn(signal);
      } catch (error) {
        if (signal.aborted) throw error;
        this.#recheck(errorMessage(error), false);
      }
    }
  }

  async #look(signal: AbortSignal): Promise<Probe> {
    const begun = this.#clock.now();
    const found = await this.#provider.probe(signal);
    this.#health.seen(this.#clock.now() - begun, found.models);
    return found;
  }

  async #learn(signal: AbortSignal): Promise<ModelStatus> {
    const status = await this.#provider.status(signal);
    this.#health.model(status);
    return status;
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
      this.#contextTokens = (await this.#learn(signal)).contextTokens;
      const seconds = ((this.#clock.now() - begun) / 1000).toFixed(2);
      log.debug("Model {model} is loaded after {seconds} s", {
        model: this.#provider.model,
        seconds,
      });
    } catch (error) {
      if (signal.aborted || !(error instanceof ProviderError)) throw error;
      if (failureClass(error.kind) === "LLM connection error") throw error;
      const { model, host } = this.#provider;
      log.warning(
        `${failureClass(error.kind)}: model {model} could not be loaded on {host}: {reason}`,
        { model, host, reason: error.message },
      );
    }
  }

  /** With several servers it must be told which. */
  #logFailure({ kind, message: reason }: ProviderError): void {
    const { host } = this.#provider;
    const where = reason.includes(host) ? "" : "; asked {host}";
    log.error(`${failureClass(kind)}: {reason}${where}`, { reason, host });
  }

  #become(state: LinkState, reason: string): void {
    if (state !== this.#state) this.#sinceMs = this.#clock.now();
    this.#state = state;
    this.#reason = reason;
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}
