/**
 * Which models the embedded Ollama holds in memory: loading, reloading, expiry.
 *
 * @module
 */

import { abortable, delay } from "../../../src/clock.ts";

/** A model in memory. */
export interface Runner {
  /** Its context in tokens. */
  readonly numCtx: number;
  /** Whether that size was the server's choice. */
  readonly automatic: boolean;
  /** How long it stays after its last use. */
  keepAliveMs: number;
  /** When it goes, in milliseconds since 1970. */
  expiresAt: number;
  /** Requests that use it now; it stays as long as there are any. */
  active: number;
}

/** What a request wants of a model. */
export interface Wanted {
  /** The context asked for; `undefined`: whatever the server chooses. */
  readonly numCtx: number | undefined;
  /** `undefined`: as before, at first five minutes. */
  readonly keepAliveMs: number | undefined;
}

const KEEP_ALIVE_MS = 300_000;
const SMALLEST_CONTEXT = 4;

/** The models in memory. */
export class Runners {
  /** How many loads were begun. */
  loads = 0;
  /** How many of them ended because the client that began them went away. */
  loadsAborted = 0;

  readonly #loadDelaysMs: readonly number[];
  readonly #contextLength: number;
  readonly #runners = new Map<string, Runner>();
  /** Resolves when a load has ended, one way or the other. */
  readonly #loading = new Map<string, Promise<void>>();

  /**
   * Begins with none.
   *
   * @param loadDelaysMs How long the first loads take; all further ones as long as the last.
   * @param contextLength The context of a model whose user asked for none.
   */
  constructor(loadDelaysMs: readonly number[], contextLength: number) {
    this.#loadDelaysMs = loadDelaysMs;
    this.#contextLength = contextLength;
  }

  /** What `/api/ps` shows: a model that is still loading is absent. */
  list(): [name: string, runner: Runner][] {
    const models = [...this.#runners.keys()].flatMap((name): [string, Runner][] => {
      const runner = this.#find(name);
      return runner ? [[name, runner]] : [];
    });
    return models.sort(([, one], [, other]) => other.expiresAt - one.expiresAt);
  }

  /**
   * Takes a model into use, after loading it when it is absent or has another context.
   *
   * @param name The model.
   * @param wanted How it is wanted.
   * @param signal Aborted when the client goes away.
   * @returns The model in memory; give it back with {@linkcode Runners.release}.
   * @throws The signal's reason.
   */
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

  /**
   * Ends a use; the model's time to live begins anew.
   *
   * @param runner What {@linkcode Runners.acquire} gave.
   */
  release(runner: Runner): void {
    runner.active--;
    runner.expiresAt = Date.now() + runner.keepAliveMs;
  }

  /**
   * Unloads a model; one in use goes when it is idle.
   *
   * @param name The model.
   */
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
    return Math.max(SMALLEST_CONTEXT, Math.trunc(numCtx ?? this.#contextLength));
  }

  async #join(name: string, wanted: Wanted, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const loading = this.#loading.get(name);
    if (loading) return await abortable(loading, signal);
    const ended = this.#load(name, wanted, signal);
    // Whoever waits beside begins a load of its own when this one is given up.
    this.#loading.set(name, ended.catch(() => {}));
    await ended;
  }

  /** A load lasts no longer than the request that began it, as with Ollama. */
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
