/** The circuit breaker of one server: when it is left alone, and for how long. */
import { backoff } from "../clock.ts";
import type { Phase, ProviderError } from "./errors.ts";
import type { Message } from "./provider.ts";

const FAILURE_THRESHOLD = 3;
/** A server that comes back is used within a minute: the pause, a probe, a load, a short answer. */
const PAUSE = { minMs: 1000, maxMs: 30_000 };
const MAX_RETRY_AFTER_MS = 60_000;
const GREETING: Message = { role: "user", content: "Say hello." };

export class CircuitBreaker {
  #failures = 0;
  #probePauses = 0;
  #answerPauses = 0;
  #systemMessages: readonly Message[] = [];

  get hasFailures(): boolean {
    return this.#failures > 0;
  }

  /** Whether a probe must be answered before other requests are sent. */
  get isOpen(): boolean {
    return this.#failures >= FAILURE_THRESHOLD;
  }

  /** A probe has the system messages of the requests that failed and a short question. */
  get probe(): readonly Message[] {
    return [...this.#systemMessages, GREETING];
  }

  loaded(): void {
    this.#probePauses = 0;
  }

  answered(): void {
    this.#failures = 0;
    this.#answerPauses = 0;
  }

  /** A probe was answered: one more failure opens the breaker again. */
  halfOpen(): void {
    this.#failures = FAILURE_THRESHOLD - 1;
  }

  /** Returns whether the failure counts. */
  failed(error: ProviderError, messages: readonly Message[]): boolean {
    if (error.blames === "request") return false;
    this.#systemMessages = messages.filter(({ role }) => role === "system");
    this.#failures++;
    return true;
  }

  /** The pause before the server is tried again, longer each time. */
  pauseMs({ retryAfterMs = 0 }: ProviderError, phase: Phase, random?: () => number): number {
    const attempt = phase === "answer" ? this.#answerPauses++ : this.#probePauses++;
    const pause = backoff(attempt, { ...PAUSE, random });
    return Math.max(pause, Math.min(retryAfterMs, MAX_RETRY_AFTER_MS));
  }
}
