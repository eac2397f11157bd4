/**
 * The models in use: other ones can take their place while the bot runs.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import { type LlmSettings, modelSettings } from "../config/settings.ts";
import { Failover } from "./failover.ts";
import type { ServerReport } from "./health.ts";
import type { ServerState } from "./server_status.ts";
import { ServerMonitor } from "./server_monitor.ts";
import {
  type Message,
  type Provider,
  ProviderError,
  type Reply,
  type ReplyOptions,
} from "./provider.ts";
import { setupLlm } from "./setup.ts";

/** Options of {@linkcode Models}. */
export interface ModelsOptions {
  /** Told each time a model can be asked. */
  readonly onUp?: () => void;
  /** Default: the real time. */
  readonly clock?: Clock;
  /** Default: made of the settings. */
  readonly setup?: (settings: LlmSettings) => Provider[];
}

interface Generation {
  readonly key: string;
  readonly settings: LlmSettings;
  readonly providers: readonly Provider[];
  /** Null where the model is off. */
  readonly failover: Failover | null;
  readonly stop: AbortController;
  readonly running: Promise<void>;
  /** Answers in progress. */
  asking: number;
}

/** Whoever is asked at present. */
export class Models {
  readonly #options: ModelsOptions;
  readonly #ended = new Set<Promise<void>>();
  readonly #closing = new AbortController();
  #current: Generation | undefined;

  /**
   * Asks nobody until {@linkcode Models.use}.
   *
   * @param options Whom to tell.
   */
  constructor(options: ModelsOptions = {}) {
    this.#options = options;
  }

  /** Whether one can be asked. */
  get state(): ServerState | "off" {
    return this.#current?.failover?.state ?? "off";
  }

  /** Why none can. */
  get reason(): string {
    return this.#current?.failover?.reason ?? "the model is off";
  }

  /** Since when the one that answers next can be asked, in milliseconds of the clock. */
  get readySinceMs(): number {
    return this.#current?.failover?.readySinceMs ?? -Infinity;
  }

  /** Tokens that fit into the window, where that is known. */
  get contextTokens(): number | undefined {
    return this.#current?.failover?.contextTokens;
  }

  /** Models of the server that answers next; undefined where it keeps no list. */
  get offered(): readonly string[] | undefined {
    return this.#current?.failover?.offered;
  }

  /** How each server is, the most wanted first. */
  get reports(): ServerReport[] {
    return this.#current?.failover?.reports ?? [];
  }

  /**
   * Asks these servers from now on. Where the settings are the same ones nothing happens; else answers in
   * progress are finished by those that give them.
   *
   * @param settings Whom and how.
   */
  use(settings: LlmSettings): void {
    const key = keyOf(settings);
    if (this.#current?.key === key) return;
    const { onUp, clock, setup = setupLlm } = this.#options;
    const before = this.#current;
    const providers = setup(settings);
    const links = providers.map((provider) => new ServerMonitor({ provider, onUp, clock }));
    const failover = links.length > 0 ? new Failover(links) : null;
    const stop = new AbortController();
    const running = failover?.run(stop.signal) ?? Promise.resolve();
    const current = { key, settings, providers, failover, stop, running, asking: 0 };
    this.#current = current;
    if (before?.asking === 0) this.#end(before, current);
  }

  /**
   * Waits until one can be asked, or none may be soon.
   *
   * @param signal Ends the wait.
   * @returns Whether one can be asked now.
   * @throws The signal's reason.
   */
  async ready(signal: AbortSignal): Promise<boolean> {
    for (;;) {
      const generation = this.#current;
      const up = await generation?.failover?.ready(signal) ?? false;
      if (generation === this.#current) return up;
    }
  }

  /**
   * Has one answer.
   *
   * @param messages The conversation.
   * @param signal Cancels it.
   * @param wish What is wanted of the answer.
   * @returns The reply.
   * @throws {ProviderError} The failure; it is logged already.
   */
  async chat(
    messages: readonly Message[],
    signal: AbortSignal,
    wish: ReplyOptions = {},
  ): Promise<Reply> {
    const generation = this.#current;
    if (!generation?.failover) throw new ProviderError("refused", this.reason);
    generation.asking++;
    try {
      return await generation.failover.chat(messages, signal, wish);
    } finally {
      generation.asking--;
      if (generation !== this.#current && generation.asking === 0) {
        this.#end(generation, this.#current);
      }
    }
  }

  /** Ends all connections. */
  async close(): Promise<void> {
    this.#closing.abort();
    if (this.#current) this.#end(this.#current);
    this.#current = undefined;
    await Promise.all(this.#ended);
  }

  #end(generation: Generation, next?: Generation): void {
    const ended = this.#finish(generation, next).finally(() => this.#ended.delete(ended));
    this.#ended.add(ended);
  }

  /** A load that the next ones wait for, too, is not given up: it would begin anew. */
  async #finish(generation: Generation, next: Generation | undefined): Promise<void> {
    const { stop, running, providers, failover } = generation;
    if (failover?.state === "loading" && next?.failover && sharesModel(generation, next)) {
      await next.failover.ready(this.#closing.signal).catch(() => {});
    }
    stop.abort();
    await running;
    for (const provider of providers) provider.close();
  }
}

/** Other options would have the server load the model anew. */
function sharesModel(one: Generation, other: Generation): boolean {
  const options = [one, other].map(({ settings }) => JSON.stringify(settings.options));
  return options[0] === options[1] &&
    one.providers.some(({ host, model }) =>
      other.providers.some((provider) => provider.host === host && provider.model === model)
    );
}

/** Equal for settings that make the same model. */
function keyOf(settings: LlmSettings): string {
  const names = Object.keys(modelSettings) as (keyof typeof modelSettings)[];
  return JSON.stringify(names.map((name) => settings[name]));
}
