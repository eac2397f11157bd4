/** Whether a model counts as loaded without a look at its server. */
import type { Clock } from "../clock.ts";
import type { Provider } from "./provider.ts";

/**
 * A model that answered this recently counts as loaded. An answer is aborted if it waits for a load that
 * is longer than its limit, and such a load of another client takes longer than this, too.
 */
const RECENT_MS = 30_000;
const RECENT_PART_OF_LIMIT = 1 / 3;
/** The same on a server whose other clients unload it, or load it with options of their own. */
const SHARED_RECENT_MS = 1000;
/** How long a server counts as shared after the model was found unloaded. */
const SHARED_MS = 600_000;
/** A shorter load means that the model was loaded. */
const LOAD_MS = 1000;

type Limits = Pick<Provider, "staysLoadedMs" | "responseTimeoutMs">;

export class ModelUse {
  readonly #clock: Clock;
  readonly #staysLoadedMs: number;
  readonly #recentMs: number;
  #usedMs = -Infinity;
  #sharedMs = -Infinity;

  constructor(clock: Clock, { staysLoadedMs, responseTimeoutMs }: Limits) {
    this.#clock = clock;
    this.#staysLoadedMs = staysLoadedMs;
    this.#recentMs = Math.min(
      RECENT_MS,
      responseTimeoutMs * RECENT_PART_OF_LIMIT,
      staysLoadedMs / 2,
    );
  }

  /** Whether others unload the model, or load it with options of their own, at any moment. */
  get isShared(): boolean {
    return this.#clock.now() - this.#sharedMs < SHARED_MS;
  }

  get isRecent(): boolean {
    const recentMs = Math.min(this.#recentMs, this.isShared ? SHARED_RECENT_MS : Infinity);
    return this.#clock.now() - this.#usedMs < recentMs;
  }

  /** The model is loaded; `loadMs` is how long that took. */
  loaded(loadMs = 0): void {
    if (loadMs >= LOAD_MS) this.unloaded();
    this.#usedMs = this.#clock.now();
  }

  /** The model is not loaded. If it should be, somebody else uses the server. */
  unloaded(): void {
    const now = this.#clock.now();
    if (now - this.#usedMs < this.#staysLoadedMs) this.#sharedMs = now;
    this.#usedMs = -Infinity;
  }
}
