import type { BotReport } from "../report.ts";

/** The time between two samples. */
export const SAMPLE_MS = 30_000;
/** One hour. */
const MAX_SAMPLES = 120;

/** Samples of the last hour for charts, oldest first. */
export interface Series {
  /** Answers and failures between two samples. */
  readonly answers: readonly number[];
  readonly errors: readonly number[];
  /** Of the first server, in milliseconds; null if unknown. */
  readonly latency: readonly (number | null)[];
}

export class TimeSeries {
  #series: Series = { answers: [], errors: [], latency: [] };
  /** The counters of the last sample. */
  #last = { answers: 0, errors: 0 };

  /** All samples, and the values since the last one. */
  series(report: BotReport): Series {
    const { answers, errors } = countersOf(report);
    // The counters start at 0 again when a reload changes the servers.
    const newAnswers = Math.max(0, answers - this.#last.answers);
    const newErrors = Math.max(0, errors - this.#last.errors);
    const latency = report.models[0]?.latencyMs ?? null;
    return {
      answers: [...this.#series.answers, newAnswers].slice(-MAX_SAMPLES),
      errors: [...this.#series.errors, newErrors].slice(-MAX_SAMPLES),
      latency: [...this.#series.latency, latency].slice(-MAX_SAMPLES),
    };
  }

  addSample(report: BotReport): void {
    this.#series = this.series(report);
    this.#last = countersOf(report);
  }
}

function countersOf({ decisions, models }: BotReport) {
  const failures = models.flatMap((server) => Object.values(server.failures));
  const errors = failures.reduce((sum, count) => sum + count, 0);
  return { answers: decisions.counts.answered ?? 0, errors };
}
