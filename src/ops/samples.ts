/**
 * The last hour in numbers, for the charts of the status page. Its size never grows.
 *
 * @module
 */
import type { BotReport } from "../report.ts";

/** Between two samples, in milliseconds. */
export const SAMPLE_MS = 30_000;
/** How many samples are kept. */
const KEPT = 120;

/** Series of the same length, oldest first. */
export interface Series {
  /** Answers within each step. */
  readonly answers: readonly number[];
  /** Failures within each step. */
  readonly errors: readonly number[];
  /** Of the first server, in milliseconds; null where nothing was measured. */
  readonly latency: readonly (number | null)[];
}

/** A ring of samples. */
export class Samples {
  #answers: number[] = [];
  #errors: number[] = [];
  #latency: (number | null)[] = [];
  #before = { answers: 0, errors: 0 };

  /** What was sampled by now. */
  get series(): Series {
    return { answers: this.#answers, errors: this.#errors, latency: this.#latency };
  }

  /**
   * Takes a sample.
   *
   * @param report How the bot is.
   */
  take(report: BotReport): void {
    const { decisions, models } = report;
    const failures = models.flatMap((link) => Object.values(link.failures));
    const now = {
      answers: decisions.counts.answered ?? 0,
      errors: failures.reduce((sum, count) => sum + count, 0),
    };
    // Other servers, after a reload, begin to count anew.
    const since = (name: keyof typeof now) => Math.max(0, now[name] - this.#before[name]);
    this.#answers = [...this.#answers, since("answers")].slice(-KEPT);
    this.#errors = [...this.#errors, since("errors")].slice(-KEPT);
    this.#latency = [...this.#latency, models[0]?.latencyMs ?? null].slice(-KEPT);
    this.#before = now;
  }
}
