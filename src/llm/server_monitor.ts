/** Supervises one model server: probes it, loads the model, notices failures, recovers. */
import { getLogger } from "@logtape/logtape";
import { type Clock, systemClock } from "../clock.ts";
import { CircuitBreaker } from "./circuit_breaker.ts";
import { isTimeout, type Phase, ProviderError, providerError } from "./errors.ts";
import { FailedLoad } from "./failed_load.ts";
import { ModelUse } from "./model_use.ts";
import { MonitorLog } from "./monitor_log.ts";
import type { Message, ModelStatus, Provider, Reply, ReplyOptions } from "./provider.ts";
import { ProbePause } from "./probe_pause.ts";
import { chatWithRetry, isAskedShorter, loadModel, type RetryOptions } from "./retry.ts";
import { type ServerReport, ServerStatistics } from "./server_statistics.ts";
import { ServerStatus, type StateReason } from "./server_status.ts";

const log = getLogger(["rosey", "llm"]);

export interface MonitorOptions {
  readonly provider: Provider;
  /** Called each time the server becomes available. */
  readonly onUp?: () => void;
  readonly clock?: Clock;
  /** A number in [0, 1); default `Math.random`. */
  readonly random?: () => number;
}

/** Between two probes of a server that is not used. */
const HEARTBEAT_MS = 60_000;
/** The least time between two probes that questions cause. */
const EARLY_PROBE_MS = 2000;
/** Token limit of the half-open probe; its text is discarded. */
const PROBE_TOKENS = 16;

export class ServerMonitor {
  readonly provider: Provider;
  readonly status: ServerStatus;
  readonly #clock: Clock;
  readonly #random?: () => number;
  readonly #onUp?: () => void;
  readonly #breaker = new CircuitBreaker();
  readonly #failedLoad: FailedLoad;
  readonly #statistics: ServerStatistics;
  readonly #log: MonitorLog;
  readonly #use: ModelUse;
  /** What the last probe and the last request for the model's status found. */
  #found: Pick<ServerReport, "latencyMs" | "offered" | "model"> = {};
  readonly #pause: ProbePause;
  #probedMs = -Infinity;
  #requestsInFlight = 0;
  #contextTokens: number | undefined;
  /** The failed request that caused the current check. */
  #failure: ProviderError | undefined;

  constructor({ provider, onUp, clock = systemClock, random }: MonitorOptions) {
    this.provider = provider;
    this.status = new ServerStatus(clock);
    this.#clock = clock;
    this.#random = random;
    this.#onUp = onUp;
    this.#statistics = new ServerStatistics(clock);
    this.#log = new MonitorLog(provider);
    this.#failedLoad = new FailedLoad(clock);
    this.#use = new ModelUse(clock, provider);
    this.#pause = new ProbePause(clock);
  }

  get contextTokens(): number | undefined {
    return this.#contextTokens;
  }

  get report(): ServerReport {
    const { name: provider, model: modelName, host } = this.provider;
    const { state, forMs: stateForMs, why } = this.status;
    const reason = why.message ?? why.reason;
    const about = { provider, modelName, host, state, stateForMs, reason };
    const { measures } = this.#statistics;
    return { ...measures, ...this.#found, ...about, nextProbeInMs: this.#pause.leftMs };
  }

  /**
   * Runs until the signal is aborted, then closes the connections. While the server is away, it is
   * probed with growing pauses, so that it is used within a minute after it comes back.
   */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      let phase: Phase = "probe";
      try {
        this.#log.probed(await this.#probe(signal));
        phase = "load";
        this.#failedLoad.check();
        // With the breaker open, the server stays down until the half-open probe succeeds.
        if (!this.#breaker.isOpen) this.status.set("loading", this.status.why);
        await this.#load(signal);
        this.#failedLoad.loaded();
        phase = "answer";
        if (this.#breaker.isOpen) await this.#probeAnswer(signal);
        this.#breaker.loaded();
        this.#use.loaded();
        if (this.#breaker.hasFailures) this.status.set("degraded", this.status.why);
        else this.status.set("up");
        this.#onUp?.();
        await this.#monitor(signal);
        if (this.#failure && this.#mustPause(this.#failure)) throw this.#failure;
      } catch (caught) {
        if (signal.aborted) break;
        await this.#waitAfter(providerError(caught), phase, signal);
      }
    }
    this.status.set("down", { reason: "the bot is stopping" });
    this.provider.close();
  }

  /**
   * Returns whether the model can answer at once. An unloaded model cannot: a chat request has a short
   * limit, and its end would abort the load. With `load`, an unloaded model is loaded.
   */
  async canServe(signal: AbortSignal, { load }: { readonly load: boolean }): Promise<boolean> {
    if (!this.status.available) return false;
    if (this.#use.isRecent) return true;
    try {
      if ((await this.#fetchStatus(signal)).loaded) {
        this.#use.loaded();
        return true;
      }
    } catch (error) {
      signal.throwIfAborted();
      // Ollama may delay the response while it loads a model for another client.
      this.#check(providerError(error));
      return false;
    }
    if (load) {
      log.debug("Model {model} was unloaded meanwhile", { model: this.provider.model });
      this.#check({ reason: "the model is being loaded" });
    }
    return false;
  }

  /** Probes a server that is down at once, unless that was done a moment ago. Returns whether it does. */
  probeSoon(): boolean {
    this.#failedLoad.asked();
    if (this.#clock.now() - this.#probedMs < EARLY_PROBE_MS || !this.#pause.end()) return false;
    this.status.set("checking", this.status.why);
    return true;
  }

  /**
   * Gets an answer; retries transient failures. A failure of the server, or one after which the model
   * may be unloaded, starts a check of the server. It is logged already, unless its kind is `aborted` or
   * the prompt is sent again, shorter.
   */
  async chat(
    messages: readonly Message[],
    signal: AbortSignal,
    options: Pick<RetryOptions, keyof ReplyOptions | "reload"> = {},
  ): Promise<Reply> {
    const begunMs = this.#clock.now();
    this.#requestsInFlight++;
    try {
      // Between the look at the server and the answer somebody else may load the model otherwise.
      const loadMs = this.#use.isShared ? this.provider.loadTimeoutMs : 0;
      const retry = { ...options, loadMs, signal, clock: this.#clock, random: this.#random };
      const reply = await chatWithRetry(this.provider, messages, retry);
      this.#use.loaded(reply.timing?.loadMs);
      this.#statistics.answered(this.#clock.now() - begunMs, reply.timing);
      this.#breaker.answered();
      this.#log.answered();
      if (this.status.state === "degraded") this.status.set("up");
      return reply;
    } catch (error) {
      if (isAskedShorter(error, options)) log.debug("The prompt is too long: {error}", { error });
      else if (error instanceof ProviderError && error.kind !== "aborted") {
        this.#failed(error, messages);
      }
      throw error;
    } finally {
      this.#requestsInFlight--;
    }
  }

  /**
   * Loads the model again under the load's own limit, which goes on if the caller aborts. Returns
   * whether the request may be repeated: the model is loaded, or the server may be starting.
   */
  async reload(error: ProviderError, signal: AbortSignal): Promise<boolean> {
    const { status, provider } = this;
    const gone = await provider.alive(signal).catch(providerError);
    signal.throwIfAborted();
    if (gone) return gone.retry === "now";
    this.#check(error);
    const deadlineMs = this.#clock.now() + provider.loadTimeoutMs;
    while (["checking", "loading"].includes(status.state) && this.#clock.now() < deadlineMs) {
      await status.changedWithin(deadlineMs - this.#clock.now(), signal);
    }
    return status.available;
  }

  #failed(error: ProviderError, messages: readonly Message[]): void {
    this.#statistics.failed(error.kind);
    this.#log.failed(error);
    const counts = this.#breaker.failed(error, messages);
    const mayBeUnloaded = error.retry === "now" || error.kind === "load_failed" ||
      ["network", "server"].includes(error.blames);
    if (mayBeUnloaded || (counts && this.#mustPause(error))) this.#check(error, error);
    else if (counts && this.status.available) this.status.set("degraded", error);
  }

  #mustPause({ retryAfterMs = 0 }: ProviderError): boolean {
    return this.#breaker.isOpen || retryAfterMs > this.provider.responseTimeoutMs;
  }

  async #waitAfter(error: ProviderError, phase: Phase, signal: AbortSignal): Promise<void> {
    this.#found = { ...this.#found, model: undefined };
    this.status.set("down", error);
    this.#log.lost(error, phase);
    const isNew = this.#failedLoad.failed(error);
    if (isNew && error !== this.#failure) this.#statistics.failed(error.kind);
    this.#failure = undefined;
    const pauseMs = this.#breaker.pauseMs(error, phase, this.#random);
    await this.#pause.wait(pauseMs, { signal, isFixed: this.#mustPause(error) });
  }

  /** The half-open probe: no user's question finds out whether the server answers again. */
  async #probeAnswer(signal: AbortSignal): Promise<void> {
    try {
      await this.provider.chat(this.#breaker.probe, signal, { maxTokens: PROBE_TOKENS });
    } catch (error) {
      if (!(error instanceof ProviderError) || error.blames !== "request") throw error;
    }
    this.#breaker.halfOpen();
  }

  async #monitor(signal: AbortSignal): Promise<void> {
    for (let nextMs = this.#clock.now() + HEARTBEAT_MS; this.status.available;) {
      const leftMs = nextMs - this.#clock.now();
      if (leftMs > 0) {
        await this.status.changedWithin(leftMs, signal);
        continue;
      }
      nextMs = this.#clock.now() + HEARTBEAT_MS;
      // Some servers do one thing at a time.
      if (this.#requestsInFlight > 0) continue;
      try {
        await this.#probe(signal);
        await this.#tryFetchStatus(signal);
      } catch (error) {
        signal.throwIfAborted();
        this.#check(providerError(error));
      }
    }
  }

  async #probe(signal: AbortSignal) {
    const begunMs = this.#probedMs = this.#clock.now();
    const probe = await this.provider.probe(signal);
    const latencyMs = this.#clock.now() - begunMs;
    this.#found = { ...this.#found, latencyMs, offered: probe.models ?? this.#found.offered };
    return probe;
  }

  async #fetchStatus(signal: AbortSignal): Promise<ModelStatus> {
    const model = await this.provider.status(signal);
    this.#found = { ...this.#found, model };
    if (!model.loaded) this.#use.unloaded();
    if (model.displaced) this.#log.displaced(model.contextTokens);
    return model;
  }

  /** Ollama may delay the response while it loads any model; then the status is unknown. */
  async #tryFetchStatus(signal: AbortSignal): Promise<ModelStatus | undefined> {
    try {
      return await this.#fetchStatus(signal);
    } catch (error) {
      if (!isTimeout(error)) throw error;
    }
  }

  #check(why: StateReason, failure?: ProviderError): void {
    if (!this.status.available) return;
    this.#failure = failure;
    this.status.set("checking", why);
  }

  /** A failure that blames the request is not fatal: chat may still work. */
  async #load(signal: AbortSignal): Promise<void> {
    const clock = this.#clock;
    const begunMs = clock.now();
    try {
      const onRestart = this.#log.loadRestarted.bind(this.#log);
      await loadModel(this.provider, { signal, clock, onRestart });
      const tookMs = clock.now() - begunMs;
      const status = await this.#tryFetchStatus(signal);
      this.#use.loaded(tookMs);
      this.#contextTokens = status?.contextTokens ?? this.#contextTokens;
      this.#log.loaded(tookMs / 1000);
    } catch (error) {
      const isFatal = !(error instanceof ProviderError) || error.blames !== "request";
      if (signal.aborted || isFatal) throw error;
      this.#log.loadFailed(error);
    }
  }
}
