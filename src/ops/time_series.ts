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

/** What a step adds to each series, and the counts at its end. */
interface Phase {
  readonly now: Counts;
  readonly answers: number;
  readonly errors: number;
  readonly latency: number | null;
}

interface Counts {
  readonly answers: number;
  readonly errors: number;
}

/** A ring of samples. */
export class TimeSeries {
  #answers: number[] = [];
  #errors: number[] = [];
  #latency: (number | null)[] = [];
  #before: Counts = { answers: 0, errors: 0 };

  /**
   * What was sampled by now, and the step that is not over yet.
   *
   * @param report How the bot is.
   * @returns At most an hour.
   */
  series(report: BotReport): Series {
    return this.#with(this.#since(report));
  }

  /**
   * Ends a step.
   *
   * @param report How the bot is.
   */
  take(report: BotReport): void {
    const step = this.#since(report);
    ({ answers: this.#answers, errors: this.#errors, latency: this.#latency } = this.#with(step));
    this.#before = step.now;
  }

  #since(report: BotReport): Phase {
    const { decisions, models } = report;
    const failures = models.flatMap((link) => Object.values(link.failures));
    const now: Counts = {
      answers: decisions.counts.answered ?? 0,
      errors: failures.reduce((sum, count) => sum + count, 0),
    };
    // Other servers, after a reload, begin to count anew.
    const since = (name: keyof Counts) => Math.max(0, now[name] - this.#before[name]);
    const latency = models[0]?.latencyMs ?? null;
    return { now, answers: since("answers"), errors: since("errors"), latency };
  }

  #with({ answers, errors, latency }: Phase) {
    return {
      answers: [...this.#answers, answers].slice(-KEPT),
      errors: [...this.#errors, errors].slice(-KEPT),
      latency: [...this.#latency, latency].slice(-KEPT),
    };
  }
}
