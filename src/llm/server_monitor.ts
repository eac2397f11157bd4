/**
 * Is there a model? One supervised link that probes, warms up, notices failures and comes back.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import { type Clock, delay, systemClock } from "../clock.ts";
import type { Phase } from "./hints.ts";
import { answer, type Asking } from "./retry.ts";
import { CircuitBreaker, speaksAgainst } from "./circuit_breaker.ts";
import { Health, type ServerReport } from "./health.ts";
import { MonitorLog } from "./monitor_log.ts";
import { loadPatiently } from "./model_load.ts";
import {
  isServerFailure,
  mayHaveRestarted,
  type Message,
  type ModelStatus,
  type Probe,
  type Provider,
  ProviderError,
  providerError,
  type Reply,
} from "./provider.ts";
import { Standing, type Why } from "./server_status.ts";

const log = getLogger(["rosey", "llm"]);

/** Options of {@linkcode ServerMonitor}. */
export interface MonitorOptions {
  /** Who is asked. */
  readonly provider: Provider;
  /** Told each time the model can be asked. */
  readonly onUp?: () => void;
  /** Default: the real time. */
  readonly clock?: Clock;
  /** A number in [0, 1); default `Math.random`. */
  readonly random?: () => number;
}

/** A model that answered this recently is taken for loaded. */
const REST_MS = 30_000;
/** Between two looks at a server that nobody asks anything. */
const HEARTBEAT_MS = 60_000;
/** An answer that is tried is not read. */
const PROBE_TOKENS = 16;

/** The link to one provider. */
export class ServerMonitor {
  readonly #provider: Provider;
  readonly #clock: Clock;
  readonly #random?: () => number;
  readonly #breaker: CircuitBreaker;
  readonly #onUp?: () => void;
  /** How it stands. */
  readonly standing: Standing;
  readonly #health: Health;
  readonly #log: MonitorLog;
  #nextProbeMs: number | undefined;
  /** Questions that are being answered. */
  #asking = 0;
  #usedMs = -Infinity;
  #contextTokens: number | undefined;
  /** The request whose failure took the link down. */
  #failure: ProviderError | undefined;

  /** Asks nobody until it runs. */
  constructor(options: MonitorOptions) {
    this.#provider = options.provider;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random;
    this.#breaker = new CircuitBreaker(options.random);
    this.#health = new Health(this.#clock);
    this.#log = new MonitorLog(options.provider);
    this.standing = new Standing(this.#clock);
    this.#onUp = options.onUp;
  }

  /** Tokens that fit into the model's window, where the server told. */
  get contextTokens(): number | undefined {
    return this.#contextTokens;
  }

  /** How it is by now, and how the server has done. */
  get report(): ServerReport {
    const { name, model, host } = this.#provider;
    const now = this.#clock.now();
    const nextProbeMs = this.#nextProbeMs;
    return {
      ...this.#health.measures,
      provider: name,
      modelName: model,
      host,
      state: this.standing.state,
      stateForMs: this.standing.forMs,
      reason: this.standing.why.message ?? this.standing.why.found ?? "",
      ...(nextProbeMs !== undefined && { nextProbeInMs: Math.max(0, nextProbeMs - now) }),
    };
  }

  /**
   * Keeps the link until the signal ends it: probes with growing pauses while the server is away, so
   * that one that comes back is used within a minute.
   */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      let step: Phase = "probe";
      try {
        this.#log.found(await this.#probe(signal));
        // Whoever asks a server that did not answer shall not wait until it has been tried.
        if (!this.#breaker.open) this.standing.become("loading", this.standing.why);
        step = "load";
        await this.#warmUp(signal);
        step = "answer";
        if (this.#breaker.open) await this.#probeReply(signal);
        this.#breaker.found();
        this.#usedMs = this.#clock.now();
        if (this.#breaker.degraded) this.standing.become("degraded", this.standing.why);
        else this.standing.become("up");
        this.#onUp?.();
        await this.#monitor(signal);
        if (this.#failure && this.#mustPause(this.#failure)) throw this.#failure;
      } catch (caught) {
        if (signal.aborted) break;
        const error = providerError(caught);
        if (error !== this.#failure) this.#health.failed(error.kind);
        this.#failure = undefined;
        this.#health.model(undefined);
        this.standing.become("down", error);
        this.#log.lost(error, step);
        const pause = this.#breaker.pauseMs(error, step);
        this.#nextProbeMs = this.#clock.now() + pause;
        await delay(pause, { signal, clock: this.#clock }).catch(() => {});
        this.#nextProbeMs = undefined;
      }
    }
    this.standing.become("down", { found: "the bot is stopping" });
  }

  /**
   * Tells whether the model can be asked at once. One that was unloaded meanwhile cannot: a request
   * under its own short limit must not be what loads it, as its end aborts the load.
   *
   * @param options `load`: whether an unloaded model is to be loaded, which {@linkcode Standing.changed}
   *   tells the end of.
   */
  async canServe(signal: AbortSignal, { load }: { readonly load: boolean }): Promise<boolean> {
    if (!this.standing.usable) return false;
    const restMs = Math.min(REST_MS, this.#provider.staysLoadedMs / 2);
    if (this.#clock.now() - this.#usedMs < restMs) return true;
    try {
      if ((await this.#fetchStatus(signal)).loaded) {
        this.#usedMs = this.#clock.now();
        return true;
      }
    } catch (error) {
      signal.throwIfAborted();
      // Ollama may keep the question waiting while it loads for somebody else.
      this.#recheck(providerError(error));
      return false;
    }
    if (!load) return false;
    log.debug("Model {model} was unloaded meanwhile", { model: this.#provider.model });
    this.#recheck({ found: "the model is being loaded" });
    return false;
  }

  /**
   * Has the model answer; tries again where that can help, all within the time of one answer. A failure
   * that speaks against the server, or after which the model may be unloaded, makes the link check it.
   *
   * @throws {ProviderError} The failure, already logged unless it was a cancellation.
   */
  async chat(messages: readonly Message[], signal: AbortSignal, wish: Asking = {}): Promise<Reply> {
    const begun = this.#clock.now();
    this.#asking++;
    try {
      const options = { signal, clock: this.#clock, random: this.#random, ...wish };
      const reply = await answer(this.#provider, messages, options);
      this.#usedMs = this.#clock.now();
      this.#health.answered(this.#usedMs - begun);
      this.#breaker.answered();
      this.#log.answered();
      if (this.standing.state === "degraded") this.standing.become("up");
      return reply;
    } catch (error) {
      if (error instanceof ProviderError && error.kind !== "aborted") this.#failed(error, messages);
      throw error;
    } finally {
      this.#asking--;
    }
  }

  /**
   * Loads the model again under the load's own limit, also when nobody waits for it any more.
   *
   * @returns Whether the question may be asked again: the model is loaded, or the server may be starting.
   */
  async reload(error: ProviderError, signal: AbortSignal): Promise<boolean> {
    const gone = await this.#provider.alive(signal).catch(providerError);
    signal.throwIfAborted();
    if (gone) return mayHaveRestarted(gone);
    this.#recheck(error);
    return await this.standing.settled(signal);
  }

  #failed(error: ProviderError, messages: readonly Message[]): void {
    this.#health.failed(error.kind);
    this.#log.failed(error);
    const isAgainst = this.#breaker.failed(error, messages);
    // The next question must not be what loads the model again.
    const isLost = mayHaveRestarted(error) || isServerFailure(error);
    if (isLost || (isAgainst && this.#mustPause(error))) this.#recheck(error, error);
    else if (isAgainst && this.standing.usable) this.standing.become("degraded", error);
  }

  /** A server that is there but answers nothing would cost every asker the whole limit. */
  #mustPause(error: ProviderError): boolean {
    return this.#breaker.mustPause(error, this.#provider.responseTimeoutMs);
  }

  /** After such failures it is not the next asker who finds out whether it answers again. */
  async #probeReply(signal: AbortSignal): Promise<void> {
    try {
      await this.#provider.chat(this.#breaker.trial, signal, { maxTokens: PROBE_TOKENS });
    } catch (error) {
      // An empty answer is one.
      if (!(error instanceof ProviderError) || speaksAgainst(error)) throw error;
    }
    this.#breaker.halfOpen();
  }

  /** Looks at the server now and then, until the link has to be made anew. */
  async #monitor(signal: AbortSignal): Promise<void> {
    for (let nextMs = this.#clock.now() + HEARTBEAT_MS; this.standing.usable;) {
      const leftMs = nextMs - this.#clock.now();
      if (leftMs > 0) {
        await this.standing.changedWithin(leftMs, signal);
        continue;
      }
      nextMs = this.#clock.now() + HEARTBEAT_MS;
      // A server that does one thing at a time would not answer.
      if (this.#asking > 0) continue;
      try {
        await this.#probe(signal);
        await this.#tryFetchStatus(signal);
      } catch (error) {
        signal.throwIfAborted();
        this.#recheck(providerError(error));
      }
    }
  }

  async #probe(signal: AbortSignal): Promise<Probe> {
    const begun = this.#clock.now();
    const found = await this.#provider.probe(signal);
    this.#health.seen(this.#clock.now() - begun, found.models);
    return found;
  }

  async #fetchStatus(signal: AbortSignal): Promise<ModelStatus> {
    const status = await this.#provider.status(signal);
    this.#health.model(status);
    return status;
  }

  /** Ollama may keep this question waiting while it loads any model: then nothing is known. */
  async #tryFetchStatus(signal: AbortSignal): Promise<ModelStatus | undefined> {
    try {
      return await this.#fetchStatus(signal);
    } catch (error) {
      if (!(error instanceof ProviderError) || error.kind !== "timeout") throw error;
    }
  }

  /** Asks again whether the server is there, and loads the model. */
  #recheck(why: Why, failure?: ProviderError): void {
    if (!this.standing.usable) return;
    this.#failure = failure;
    this.standing.become("checking", why);
  }

  /** A server that takes the wish for a mistake may still answer; whatever else fails would fail again. */
  async #warmUp(signal: AbortSignal): Promise<void> {
    const begun = this.#clock.now();
    try {
      await loadPatiently(this.#provider, {
        signal,
        clock: this.#clock,
        onGivenUp: (error, seconds) => this.#log.givenUp(error, seconds),
      });
      const seconds = (this.#clock.now() - begun) / 1000;
      this.#contextTokens = (await this.#tryFetchStatus(signal))?.contextTokens ??
        this.#contextTokens;
      this.#log.loaded(seconds);
    } catch (error) {
      if (signal.aborted || !(error instanceof ProviderError) || speaksAgainst(error)) throw error;
      this.#log.unloadable(error);
    }
  }
}
