/** What a run found: figures and the last line. */
import type { Violation } from "./watch.ts";

export interface Verdict {
  readonly seed: number;
  readonly faults: number;
  readonly questions: number;
  readonly answered: number;
  /** Questions without an answer, by reason. */
  readonly explained: ReadonlyMap<string, number>;
  /** The longest time from the end of a fault to an answer. */
  readonly slowestMs: number;
  /** Resident bytes, by the second. */
  readonly memory: readonly number[];
  readonly violations: readonly Violation[];
  readonly wasAborted: boolean;
}

/** More growth than this after the warm-up is a leak. */
const MAX_GROWTH = 60e6;
/** At no time more, not even while a server sends an endless line. */
const MAX_RESIDENT = 500e6;
/** Shorter runs are a warm-up only. */
const LEAST_SECONDS_FOR_GROWTH = 300;

/** The first thing that makes a run fail; undefined if nothing does. */
export function firstFault({ violations, memory, wasAborted }: Verdict): string | undefined {
  const [first] = violations;
  if (first) return `at ${first.seconds.toFixed(1)} s: ${first.what}`;
  const peak = Math.max(0, ...memory);
  if (peak > MAX_RESIDENT) return `memory: ${megabytes(peak)}, at most ${megabytes(MAX_RESIDENT)}`;
  const growth = growthOf(memory);
  if (growth !== undefined && growth > MAX_GROWTH) {
    return `memory: ${megabytes(growth)} more than after the warm-up, at most ${
      megabytes(MAX_GROWTH)
    }`;
  }
  return wasAborted ? "ended early" : undefined;
}

/** From the second fifth to the last one; undefined after a short run. */
export function growthOf(memory: readonly number[]): number | undefined {
  if (memory.length < LEAST_SECONDS_FOR_GROWTH) return undefined;
  const fifth = Math.floor(memory.length / 5);
  return medianOf(memory.slice(-fifth)) - medianOf(memory.slice(fifth, 2 * fifth));
}

/** The figures, a line each. */
export function figuresOf(verdict: Verdict): string[] {
  const { explained, slowestMs, memory } = verdict;
  const growth = growthOf(memory);
  const rows: [string, string][] = [
    ["faults", String(verdict.faults)],
    ["longest until an answer", `${(slowestMs / 1000).toFixed(1)} s`],
    ["questions", String(verdict.questions)],
    ["answered", String(verdict.answered)],
    ...[...explained].sort(([, a], [, b]) => b - a)
      .map(([reason, count]): [string, string] => [`  ${reason}`, String(count)]),
    ["memory, most", megabytes(Math.max(0, ...memory))],
    ...growth === undefined ? [] : [["memory, growth", megabytes(growth)] as [string, string]],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value.padStart(9)}`);
}

/** The last line. */
export function verdictLine(verdict: Verdict): string {
  const { seed, faults, questions, answered, memory } = verdict;
  const explained = [...verdict.explained.values()].reduce((sum, count) => sum + count, 0);
  const peak = megabytes(Math.max(0, ...memory)).replace(" ", "");
  const figures = `seed=${seed} faults=${faults} questions=${questions} answered=${answered} ` +
    `explained=${explained} peak_rss=${peak}`;
  const fault = firstFault(verdict);
  return fault === undefined ? `PASS ${figures}` : `FAIL ${figures} ${fault}`;
}

function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}
