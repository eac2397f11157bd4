/** The model servers in use: chooses one for each request, fails over, swaps them on a reload. */
import { getLogger } from "@logtape/logtape";
import { abortable, OVER, within } from "../clock.ts";
import { type LlmSettings, modelSettings } from "../config/settings.ts";
import { ProviderError } from "./errors.ts";
import { makeProviders } from "./make_providers.ts";
import type { Message, Provider, Reply, ReplyOptions } from "./provider.ts";
import { isAskedShorter } from "./retry.ts";
import { type MonitorOptions, ServerMonitor } from "./server_monitor.ts";
import type { ServerReport } from "./server_statistics.ts";
import type { ServerState } from "./server_status.ts";

const log = getLogger(["rosey", "llm"]);

/** Limit for the load on a fallback server: the user waits already. */
const FALLBACK_LOAD_MS = 60_000;
const BEST_FIRST: readonly ServerState[] = ["up", "degraded", "loading", "checking", "down"];

export interface ModelPoolOptions extends Omit<MonitorOptions, "provider"> {
  readonly setup?: (settings: LlmSettings) => Provider[];
}

type Monitors = readonly ServerMonitor[];

interface Generation {
  readonly key: string;
  readonly settings: LlmSettings;
  readonly monitors: Monitors;
  readonly stop: AbortController;
  readonly running: Promise<unknown>;
  requestsInFlight: number;
  lastUsed: ServerMonitor | undefined;
}

/** What a conversation needs of its model servers. */
export type Models = Pick<
  ModelPool,
  "state" | "reason" | "readySinceMs" | "contextTokens" | "probeSoon" | "ready" | "chat"
>;

export class ModelPool {
  readonly #options: ModelPoolOptions;
  readonly #ending = new Set<Promise<void>>();
  readonly #closing = new AbortController();
  #current: Generation | undefined;

  /** Needs {@linkcode use} before it has any servers. */
  constructor(options: ModelPoolOptions = {}) {
    this.#options = options;
  }

  get monitors(): Monitors {
    return this.#current?.monitors ?? [];
  }

  get state(): ServerState | "off" {
    const states = this.monitors.map(({ status }) => status.state);
    return BEST_FIRST.find((state) => states.includes(state)) ?? "off";
  }

  get reason(): string {
    if (this.monitors.length === 0) return "the model is off";
    return this.monitors.map(({ status }) => status.reason).join("; ");
  }

  /** Since when the server that answers next is available, by the clock. */
  get readySinceMs(): number {
    return available(this.monitors)[0]?.status.readySinceMs ?? -Infinity;
  }

  /** The smallest window of the available servers. */
  get contextTokens(): number | undefined {
    const known = available(this.monitors).map(({ contextTokens }) => contextTokens)
      .filter((tokens) => tokens !== undefined);
    return known.length > 0 ? Math.min(...known) : undefined;
  }

  /** Models of the main server that answers next; undefined if it has no list. */
  get offered(): readonly string[] | undefined {
    const main = this.monitors.filter(({ provider }) => !provider.isFallback);
    return (available(main)[0] ?? main[0])?.report.offered;
  }

  get reports(): ServerReport[] {
    return this.monitors.map(({ report }) => report);
  }

  /**
   * Uses the servers of these settings from now on. Servers that are no longer in use finish their
   * answers first. Settings that lead to the same requests change nothing.
   */
  use(settings: LlmSettings): void {
    const key = keyOf(settings);
    if (this.#current?.key === key) return;
    const { setup = makeProviders, ...options } = this.#options;
    const before = this.#current;
    const monitors = setup(settings).map((provider) => new ServerMonitor({ ...options, provider }));
    const stop = new AbortController();
    const running = Promise.all(monitors.map((monitor) => monitor.run(stop.signal)));
    const lastUsed = monitors[0];
    this.#current = { key, settings, monitors, stop, running, requestsInFlight: 0, lastUsed };
    if (before) this.#endIfUnused(before);
  }

  /** Probes servers that are down at once, for a question. Returns whether one is probed. */
  probeSoon(): boolean {
    return this.monitors.map((monitor) => monitor.probeSoon()).includes(true);
  }

  /** Waits until a server is available or all are down; loads an unloaded model. */
  async ready(signal: AbortSignal): Promise<boolean> {
    for (;;) {
      const generation = this.#current;
      const isReady = this.monitors.length > 0 && await anyReady(this.monitors, signal);
      if (generation === this.#current) return isReady;
    }
  }

  /**
   * Gets an answer from the first server that can give one. A server that lost its model reloads it and
   * is asked again if no other server can answer at once. All failures are logged already.
   */
  async chat(
    messages: readonly Message[],
    signal: AbortSignal,
    options: ReplyOptions = {},
  ): Promise<Reply> {
    const generation = this.#current;
    if (!generation) throw new ProviderError("refused", this.reason);
    let failure: ProviderError | undefined;
    const { monitors } = generation;
    const untried = new Set(monitors);
    generation.requestsInFlight++;
    try {
      for await (const monitor of candidates(monitors, signal)) {
        untried.delete(monitor);
        const reload = async (error: ProviderError) =>
          !await anyLoaded(untried, signal) && await monitor.reload(error, signal);
        try {
          const reply = await monitor.chat(messages, signal, { ...options, reload });
          if (monitor !== generation.lastUsed) {
            generation.lastUsed = monitor;
            const { name, model, host } = monitor.provider;
            const about = { host, name, model };
            log.info("LLM answers now come from {host}: provider={name}, model={model}", about);
          }
          return reply;
        } catch (error) {
          // Also a request that one server refuses may be answered by another.
          if (!(error instanceof ProviderError) || error.kind === "aborted") throw error;
          // Else each long prompt would be refused here first, and may have another server load.
          if (isAskedShorter(error, options)) throw error;
          failure = error;
        }
      }
      throw failure ?? new ProviderError("refused", this.reason);
    } finally {
      generation.requestsInFlight--;
      if (generation !== this.#current) this.#endIfUnused(generation);
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    const before = this.#current;
    this.#current = undefined;
    if (before) this.#end(before);
    await Promise.all(this.#ending);
  }

  #endIfUnused(generation: Generation): void {
    if (generation.requestsInFlight === 0) this.#end(generation);
  }

  #end(generation: Generation): void {
    const ending = this.#finish(generation).finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
  }

  /** A load that the next servers need, too, is not aborted: it would start again. */
  async #finish(generation: Generation): Promise<void> {
    const { monitors, stop, running } = generation;
    const isLoading = available(monitors).length === 0 &&
      monitors.some(({ status }) => status.state === "loading");
    const next = this.#current;
    if (isLoading && next && sharesModel(generation, next)) {
      await anyReady(next.monitors, this.#closing.signal).catch(() => {});
    }
    stop.abort();
    await running;
  }
}

function available(monitors: Monitors): ServerMonitor[] {
  return monitors.filter(({ status }) => status.available);
}

async function anyLoaded(monitors: Iterable<ServerMonitor>, signal: AbortSignal) {
  for (const monitor of monitors) {
    if (await monitor.canServe(signal, { load: false })) return true;
  }
  return false;
}

/** Servers that have their model loaded, then those that have to load it first. */
async function* candidates(monitors: Monitors, signal: AbortSignal): AsyncGenerator<ServerMonitor> {
  const unloaded: ServerMonitor[] = [];
  for (const monitor of available(monitors)) {
    if (await monitor.canServe(signal, { load: false })) yield monitor;
    else unloaded.push(monitor);
  }
  for (const monitor of unloaded) {
    if (await within(anyReady([monitor], signal), FALLBACK_LOAD_MS)) yield monitor;
  }
}

async function anyReady(monitors: Monitors, signal: AbortSignal): Promise<boolean> {
  const isDown = ({ status }: ServerMonitor) => status.state === "down";
  for (;;) {
    const over = new AbortController();
    const change = Promise.race(monitors.map(({ status }) => status.changed(over.signal)));
    try {
      for (const [at, monitor] of monitors.entries()) {
        // One load is enough, that of the preferred server.
        const load = monitors.slice(0, at).every(isDown);
        if (await monitor.canServe(signal, { load })) return true;
      }
      if (monitors.every(isDown)) return false;
      await abortable(change, signal);
    } finally {
      over.abort(OVER);
    }
  }
}

/** With other options, the server would load the model again. */
function sharesModel(one: Generation, other: Generation): boolean {
  const keys = ({ monitors, settings: { options } }: Generation) =>
    monitors.map(({ provider: { host, model } }) => JSON.stringify([host, model, options]));
  return keys(one).some((key) => keys(other).includes(key));
}

/** Equal for settings that make the same providers. */
function keyOf(settings: LlmSettings): string {
  const names = Object.keys(modelSettings) as (keyof typeof modelSettings)[];
  return JSON.stringify(names.map((name) => settings[name]));
}
