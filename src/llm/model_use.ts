/** Whether a model counts as loaded without a look at its server. */
import type { Clock } from "../clock.ts";

/** A model that answered this recently counts as loaded. */
const RECENT_MS = 30_000;
/** The same on a server whose other clients unload it, or load it with options of their own. */
const SHARED_RECENT_MS = 1000;
/** How long a server counts as shared after the model was found unloaded. */
const SHARED_MS = 600_000;
/** A shorter load means that the model was loaded. */
const LOAD_MS = 1000;

export class ModelUse {
  readonly #clock: Clock;
  readonly #staysLoadedMs: number;
  #usedMs = -Infinity;
  #sharedMs = -Infinity;

  constructor(clock: Clock, staysLoadedMs: number) {
    this.#clock = clock;
    this.#staysLoadedMs = staysLoadedMs;
  }

  get isRecent(): boolean {
    const now = this.#clock.now();
    const isShared = now - this.#sharedMs < SHARED_MS;
    const recentMs = isShared ? SHARED_RECENT_MS : RECENT_MS;
    return now - this.#usedMs < Math.min(recentMs, this.#staysLoadedMs / 2);
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
