import { abortable, delay } from "../../../src/clock.ts";

/** A loaded model. */
export interface Runner {
  /** The context window in tokens. */
  readonly numCtx: number;
  /** Whether the server chose the context window. */
  readonly automatic: boolean;
  keepAliveMs: number;
  /** Milliseconds since 1970. */
  expiresAt: number;
  /** The number of requests that use it. */
  active: number;
}

export interface Wanted {
  /** Default: the server's choice. */
  readonly numCtx: number | undefined;
  /** Default: unchanged, at first five minutes. */
  readonly keepAliveMs: number | undefined;
}

const KEEP_ALIVE_MS = 300_000;
const MIN_CONTEXT = 4;
/** The window that the models were trained for. */
export const TRAINED_CONTEXT = 131_072;

/** The loaded models: loading, reloading, expiry. */
export class Runners {
  loads = 0;
  /** Loads that ended because their client disconnected. */
  loadsAborted = 0;

  readonly #loadDelaysMs: readonly number[];
  readonly #contextLength: number;
  readonly #runners = new Map<string, Runner>();
  /** Resolve when a load has ended or failed. */
  readonly #loading = new Map<string, Promise<void>>();

  /** `loadDelaysMs` are the durations of the first loads; the last is that of all others. */
  constructor(loadDelaysMs: readonly number[], contextLength: number) {
    this.#loadDelaysMs = loadDelaysMs;
    this.#contextLength = contextLength;
  }

  /** For `/api/ps`; without models that are still loading. */
  list(): [name: string, runner: Runner][] {
    const models = [...this.#runners.keys()].flatMap((name): [string, Runner][] => {
      const runner = this.#find(name);
      return runner ? [[name, runner]] : [];
    });
    return models.sort(([, one], [, other]) => other.expiresAt - one.expiresAt);
  }

  /** Loads the model unless it is loaded with that context. The caller must release it. */
  async acquire(name: string, wanted: Wanted, signal: AbortSignal): Promise<Runner> {
    for (;;) {
      const runner = this.#find(name);
      if (runner && this.#fits(runner, wanted.numCtx)) {
        runner.active++;
        runner.keepAliveMs = wanted.keepAliveMs ?? runner.keepAliveMs;
        runner.expiresAt = Date.now() + runner.keepAliveMs;
        return runner;
      }
      await this.#join(name, wanted, signal);
    }
  }

  /** A model that another server runs is never listed as loaded. */
  remote(): Runner {
    return { numCtx: TRAINED_CONTEXT, automatic: true, keepAliveMs: 0, expiresAt: 0, active: 1 };
  }

  release(runner: Runner): void {
    runner.active--;
    runner.expiresAt = Date.now() + runner.keepAliveMs;
  }

  /** Unloads a model when it is idle. */
  unload(name: string): void {
    const runner = this.#runners.get(name);
    if (!runner) return;
    runner.keepAliveMs = 0;
    runner.expiresAt = 0;
  }

  #find(name: string): Runner | undefined {
    const runner = this.#runners.get(name);
    if (!runner || runner.active > 0 || runner.expiresAt > Date.now()) return runner;
    this.#runners.delete(name);
    return undefined;
  }

  #fits(runner: Runner, numCtx: number | undefined): boolean {
    if (numCtx === undefined && runner.automatic) return true;
    return runner.numCtx === this.#context(numCtx);
  }

  #context(numCtx: number | undefined): number {
    const tokens = Math.max(MIN_CONTEXT, Math.trunc(numCtx ?? this.#contextLength));
    return Math.min(tokens, TRAINED_CONTEXT);
  }

  async #join(name: string, wanted: Wanted, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const loading = this.#loading.get(name);
    if (loading) return await abortable(loading, signal);
    const ended = this.#load(name, wanted, signal);
    // If this load is aborted, another waiting request starts its own.
    this.#loading.set(name, ended.catch(() => {}));
    await ended;
  }

  /** A load is aborted with the request that started it, as in Ollama. */
  async #load(name: string, wanted: Wanted, signal: AbortSignal): Promise<void> {
    const delayMs = this.#loadDelaysMs[this.loads++] ?? this.#loadDelaysMs.at(-1) ?? 0;
    this.#runners.delete(name);
    try {
      await delay(delayMs, { signal });
      this.#runners.set(name, {
        numCtx: this.#context(wanted.numCtx),
        automatic: wanted.numCtx === undefined,
        keepAliveMs: KEEP_ALIVE_MS,
        expiresAt: Date.now() + KEEP_ALIVE_MS,
        active: 0,
      });
    } catch (error) {
      this.loadsAborted++;
      throw error;
    } finally {
      this.#loading.delete(name);
    }
  }
}
