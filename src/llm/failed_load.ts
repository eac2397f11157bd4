/** A load that failed until somebody changes something on the server: when it is tried again. */
import { backoff, type Clock } from "../clock.ts";
import type { ProviderError } from "./errors.ts";
import type { Provider } from "./provider.ts";

/** Memory may be short for a while; a load takes minutes and unloads the models of others. */
const PAUSE = { minMs: 60_000, maxMs: 600_000 };

export interface FailedLoadOptions {
  readonly provider: Pick<Provider, "revision">;
  readonly clock: Clock;
  readonly random?: () => number;
}

export class FailedLoad {
  readonly #options: FailedLoadOptions;
  #error: ProviderError | undefined;
  #failures = 0;
  #nextMs = 0;
  /** The server's when the load failed; undefined if it did not tell. */
  #revision: string | undefined;

  constructor(options: FailedLoadOptions) {
    this.#options = options;
  }

  /** Throws the last load's failure unless the server has changed since, or the pause is over. */
  async check(signal: AbortSignal): Promise<void> {
    const { provider, clock } = this.#options;
    if (!this.#error || clock.now() >= this.#nextMs) return;
    if (await provider.revision?.(signal) === this.#revision) throw this.#error;
  }

  /**
   * Takes note of a failure. After one of another kind, such as a lost server, a load is tried at once.
   * Returns false for the failure that {@linkcode FailedLoad.check} has thrown.
   */
  async failed(error: ProviderError, signal: AbortSignal): Promise<boolean> {
    if (error === this.#error) return false;
    this.#error = undefined;
    const { provider, clock, random } = this.#options;
    if (error.kind !== "load_failed" || !provider.revision) return true;
    this.#nextMs = clock.now() + backoff(this.#failures++, { ...PAUSE, random });
    this.#revision = await provider.revision(signal).catch(() => undefined);
    this.#error = error;
    return true;
  }

  loaded(): void {
    this.#error = undefined;
    this.#failures = 0;
  }
}
