/** A load that failed until somebody changes something on the server: when it is tried again. */
import type { Clock } from "../clock.ts";
import type { ProviderError } from "./errors.ts";

/** A load takes long and unloads the models of others. */
const PAUSE_MS = 60_000;
/** The same when somebody asks: memory may be free again. */
const ASKED_PAUSE_MS = 10_000;

export class FailedLoad {
  readonly #clock: Clock;
  #error: ProviderError | undefined;
  #failedMs = 0;
  #isAsked = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Throws the last load's failure unless it is time to try again. */
  check(): void {
    const pauseMs = this.#isAsked ? ASKED_PAUSE_MS : PAUSE_MS;
    if (this.#error && this.#clock.now() - this.#failedMs < pauseMs) throw this.#error;
  }

  asked(): void {
    this.#isAsked = true;
  }

  /**
   * Takes note of a failure. After one of another kind, such as a lost server, a load is tried at once.
   * Returns false for the failure that {@linkcode FailedLoad.check} has thrown.
   */
  failed(error: ProviderError): boolean {
    if (error === this.#error) return false;
    this.#error = error.kind === "load_failed" ? error : undefined;
    this.#failedMs = this.#clock.now();
    this.#isAsked = false;
    return true;
  }

  loaded(): void {
    this.#error = undefined;
  }
}
