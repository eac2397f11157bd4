/** The model servers in use: chooses one for each request, fails over, swaps them on a reload. */
import { getLogger } from "@logtape/logtape";
import { abortable, type Clock, within } from "../clock.ts";
import { type LlmSettings, modelSettings } from "../config/settings.ts";
import { ProviderError } from "./errors.ts";
import type { ServerReport } from "./server_statistics.ts";
import type { Message, Provider, Reply, ReplyOptions } from "./provider.ts";
import { ServerMonitor } from "./server_monitor.ts";
import type { ServerState } from "./server_status.ts";
import { makeProviders } from "./make_providers.ts";

const log = getLogger(["rosey", "llm"]);

/** Limit for the load on a fallback server: the user waits already. */
const FALLBACK_LOAD_MS = 60_000;
const BEST_FIRST: readonly ServerState[] = ["up", "degraded", "loading", "checking", "down"];

/** Options of {@linkcode ModelPool}. */
export interface ModelPoolOptions {
  /** Called each time a server becomes available. */
  readonly onUp?: () => void;
  /** Default: the real time. */
  readonly clock?: Clock;
  /** A number in [0, 1); default `Math.random`. */
  readonly random?: () => number;
  /** Default: makes the providers of the settings. */
  readonly setup?: (settings: LlmSettings) => Provider[];
}

/** The servers of one configuration. */
interface Generation {
  readonly key: string;
  readonly settings: LlmSettings;
  /** In the order of preference; none if the model is off. */
  readonly monitors: readonly ServerMonitor[];
  readonly stop: AbortController;
  readonly running: Promise<unknown>;
  requestsInFlight: number;
  lastUsed: ServerMonitor | undefined;
}

export class ModelPool {
  readonly #options: ModelPoolOptions;
  readonly #ending = new Set<Promise<void>>();
  readonly #closing = new AbortController();
  #current: Generation | undefined;

  /** Needs {@linkcode use} before it has any servers. */
  constructor(options: ModelPoolOptions = {}) {
    this.#options = options;
  }

  /** The servers in the order of preference. */
  get monitors(): readonly ServerMonitor[] {
    return this.#current?.monitors ?? [];
  }

  /** The best state of any server. */
  get state(): ServerState | "off" {
    const states = this.monitors.map(({ status }) => status.state);
    return BEST_FIRST.find((state) => states.includes(state)) ?? "off";
  }

  /** Why the servers are not up. */
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

  /** Models of the server that answers next; undefined if it has no list. */
  get offered(): readonly string[] | undefined {
    return (available(this.monitors)[0] ?? this.monitors[0])?.report.offered;
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
    if (before?.requestsInFlight === 0) this.#end(before, this.#current);
  }

  /** Waits until a server is available or all are down; loads an unloaded model. */
  async ready(signal: AbortSignal): Promise<boolean> {
    for (;;) {
      const generation = this.#current;
      const monitors = this.monitors;
      const isReady = monitors.length > 0 && await anyReady(monitors, signal);
      if (generation === this.#current) return isReady;
    }
  }

  /**
   * Gets an answer from the first server that can give one. A server that lost its model reloads it and
   * is asked again if no other server can answer at once.
   *
   * @throws {ProviderError} The last failure; all failures are logged already.
   */
  async chat(
    messages: readonly Message[],
    signal: AbortSignal,
    options: ReplyOptions = {},
  ): Promise<Reply> {
    const generation = this.#current;
    if (!generation) throw new ProviderError("refused", this.reason);
    generation.requestsInFlight++;
    try {
      return await this.#failOver(generation, messages, { ...options, signal });
    } finally {
      generation.requestsInFlight--;
      if (generation !== this.#current && generation.requestsInFlight === 0) {
        this.#end(generation, this.#current);
      }
    }
  }

  /** Closes all connections. */
  async close(): Promise<void> {
    this.#closing.abort();
    if (this.#current) this.#end(this.#current);
    this.#current = undefined;
    await Promise.all(this.#ending);
  }

  async #failOver(
    generation: Generation,
    messages: readonly Message[],
    { signal, ...options }: ReplyOptions & { readonly signal: AbortSignal },
  ): Promise<Reply> {
    const { monitors } = generation;
    let failure = new ProviderError("refused", this.reason);
    const tried = new Set<ServerMonitor>();
    for await (const monitor of candidates(monitors, signal)) {
      tried.add(monitor);
      const reload = async (error: ProviderError) => {
        const others = monitors.filter((other) => !tried.has(other));
        return !await anyLoaded(others, signal) && await monitor.reload(error, signal);
      };
      try {
        const reply = await monitor.chat(messages, signal, { ...options, reload });
        if (monitor !== generation.lastUsed) {
          generation.lastUsed = monitor;
          log.info("LLM answers now come from {host}", { host: monitor.provider.host });
        }
        return reply;
      } catch (error) {
        // Also a request that one server refuses may be answered by another.
        if (!(error instanceof ProviderError) || error.kind === "aborted") throw error;
        failure = error;
      }
    }
    throw failure;
  }

  #end(generation: Generation, next?: Generation): void {
    const ending = this.#finish(generation, next).finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
  }

  /** A load that the next servers need, too, is not aborted: it would start again. */
  async #finish({ monitors, settings, stop, running }: Generation, next?: Generation) {
    const isLoading = available(monitors).length === 0 &&
      monitors.some(({ status }) => status.state === "loading");
    const isShared = next !== undefined && sharesModel({ monitors, settings }, next);
    if (isLoading && isShared) {
      await anyReady(next.monitors, this.#closing.signal).catch(() => {});
    }
    stop.abort();
    await running;
  }
}

function available(monitors: readonly ServerMonitor[]): ServerMonitor[] {
  return monitors.filter(({ status }) => status.available);
}

async function anyLoaded(monitors: readonly ServerMonitor[], signal: AbortSignal) {
  for (const monitor of monitors) {
    if (await monitor.canServe(signal, { load: false })) return true;
  }
  return false;
}

/** Servers that have their model loaded, then those that have to load it first. */
async function* candidates(
  monitors: readonly ServerMonitor[],
  signal: AbortSignal,
): AsyncGenerator<ServerMonitor> {
  const unloaded: ServerMonitor[] = [];
  for (const monitor of available(monitors)) {
    if (await monitor.canServe(signal, { load: false })) yield monitor;
    else unloaded.push(monitor);
  }
  for (const monitor of unloaded) {
    if (await within(anyReady([monitor], signal), FALLBACK_LOAD_MS)) yield monitor;
  }
}

/** Waits until a server can answer, or all are down. */
async function anyReady(monitors: readonly ServerMonitor[], signal: AbortSignal): Promise<boolean> {
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
      over.abort();
    }
  }
}

type Loading = Pick<Generation, "monitors" | "settings">;

/** With other options, the server would load the model again. */
function sharesModel(one: Loading, other: Loading): boolean {
  const [options, otherOptions] = [one, other].map(({ settings }) =>
    JSON.stringify(settings.options)
  );
  return options === otherOptions &&
    one.monitors.some(({ provider }) =>
      other.monitors.some(({ provider: { host, model } }) =>
        provider.host === host && provider.model === model
      )
    );
}

/** Equal for settings that make the same providers. */
function keyOf(settings: LlmSettings): string {
  const names = Object.keys(modelSettings) as (keyof typeof modelSettings)[];
  return JSON.stringify(names.map((name) => settings[name]));
}
