/**
 * When a server that cannot answer is left alone, and for how long.
 *
 * @module
 */
import { backoff } from "../clock.ts";
import type { Phase } from "./hints.ts";
import { isServerFailure, isStanding, type Message, type ProviderError } from "./provider.ts";

/** Requests that failed in a row before the server is left alone for a while. */
const FAILURE_THRESHOLD = 3;
/** A server that is away and comes back is used within a minute: the pause, a probe, a load. */
const AWAY = { minMs: 1000, maxMs: 30_000 };
/** One that is there and does not answer costs it, and whoever pays for it, an attempt each time. */
const UNANSWERED = { minMs: 1000, maxMs: 120_000 };
/** The most that a server is left alone for because it asks for it. */
const MAX_RETRY_AFTER_MS = 60_000;
/** What an answer is tried with. */
const GREETING: Message = { role: "user", content: "Say hello." };

/** Counts what failed. */
export class CircuitBreaker {
  readonly #random?: () => number;
  #failures = 0;
  #pausesAway = 0;
  #pausesUnanswered = 0;
  #systemMessages: readonly Message[] = [];

  /**
   * Nothing has failed yet.
   *
   * @param random A number in [0, 1); default `Math.random`.
   */
  constructor(random?: () => number) {
    this.#random = random;
  }

  /** Whether the last request failed. */
  get degraded(): boolean {
    return this.#failures > 0;
  }

  /** Whether an answer has to be tried before anybody's question goes to the server. */
  get open(): boolean {
    return this.#failures >= FAILURE_THRESHOLD;
  }

  /** What an answer is to be tried with: what each question begins with, and hardly a question. */
  get trial(): readonly Message[] {
    return [...this.#systemMessages, GREETING];
  }

  /** The server is there and has its model. */
  found(): void {
    this.#pausesAway = 0;
  }

  /** A question was answered. */
  answered(): void {
    this.#failures = 0;
    this.#pausesUnanswered = 0;
  }

  /** An answer was tried and came: one more question that fails is enough. */
  halfOpen(): void {
    this.#failures = FAILURE_THRESHOLD - 1;
  }

  /**
   * A question was not answered.
   *
   * @param error Why.
   * @param messages What was asked.
   * @returns Whether that speaks against the server.
   */
  failed(error: ProviderError, messages: readonly Message[]): boolean {
    if (!speaksAgainst(error)) return false;
    this.#systemMessages = messages.filter(({ role }) => role === "system");
    this.#failures++;
    return true;
  }

  /**
   * Whether the server is to be left alone.
   *
   * @param error Why the last question failed.
   * @param patienceMs How long an answer may take.
   */
  mustPause({ retryAfterMs = 0 }: ProviderError, patienceMs: number): boolean {
    return this.open || retryAfterMs > patienceMs;
  }

  /**
   * How long the server is left alone.
   *
   * @param error What failed.
   * @param step When.
   * @returns Milliseconds, more each time.
   */
  pauseMs({ retryAfterMs = 0 }: ProviderError, step: Phase): number {
    const random = this.#random;
    const pause = step === "answer"
      ? backoff(this.#pausesUnanswered++, { ...UNANSWERED, random })
      : backoff(this.#pausesAway++, { ...AWAY, random });
    return Math.max(pause, Math.min(retryAfterMs, MAX_RETRY_AFTER_MS));
  }
}

/**
 * Whether a failure speaks against the server: another question would fail as well.
 *
 * @param error What a provider threw.
 */
export function speaksAgainst(error: ProviderError): boolean {
  return isServerFailure(error) || isStanding(error);
}
