import { IGNORE_REASONS } from "../../src/chat/decide.ts";
import type { Call } from "./room.ts";
import type { LoadResult } from "./run.ts";

/** What became of a call: `answered`, `none`, or why it has no answer. */
interface CallOutcome extends Call {
  readonly number: number;
  readonly outcome: string;
}

const LATE_MS = 10_000;
const WIDTH = 44;

/** A refusal names no line: a user's refusals and calls have the same order. */
export function outcomesOf({ calls, log }: Pick<LoadResult, "calls" | "log">): CallOutcome[] {
  const taken = new Set<number>();
  const refusals = new Map<string, string[]>();
  const ends = new Map<string, string>();
  for (const line of log) {
    const call = / LLM trigger: user=\S+, message="Rosey, call (\d+):/.exec(line)?.[1];
    if (call !== undefined) taken.add(Number(call));
    const [, user, reason] = / No answer for (\S+): (.*)$/.exec(line) ?? [];
    if (user === undefined || reason === undefined) continue;
    const isRefusal = IGNORE_REASONS.some((ignored) => reason.startsWith(ignored));
    if (!isRefusal) ends.set(user, reason);
    else if (!refusals.has(user)) refusals.set(user, [reason]);
    else refusals.get(user)!.push(reason);
  }
  return Array.from(calls, ([number, call]) => {
    const outcome = call.answeredMs !== undefined
      ? "answered"
      : taken.has(number)
      ? ends.get(call.user)
      : refusals.get(call.user)?.shift();
    return { ...call, number, outcome: outcome ?? "none" };
  });
}

export interface Summary {
  readonly outcomes: readonly CallOutcome[];
  readonly answered: number;
  /** Milliseconds from a call to the first line of its answer, ascending. */
  readonly waits: readonly number[];
  /** Replies that the model was asked for and that were not said. */
  readonly thrownAway: readonly string[];
  /** Requests that were replaced because the person said more. */
  readonly askedAnew: number;
  readonly unexplained: number;
}

/** What became of the calls, and of the replies. */
export function summaryOf(result: LoadResult): Summary {
  const { calls, replies, log } = result;
  const outcomes = outcomesOf(result);
  const waits = outcomes.flatMap(({ askedMs, answeredMs }) =>
    answeredMs === undefined ? [] : [answeredMs - askedMs]
  ).sort((a, b) => a - b);
  const last = new Map(replies.flatMap((reply, at) => reply.map((call) => [call, at] as const)));
  const isLast = (reply: readonly number[], at: number) => reply.every((n) => last.get(n) === at);
  const final = replies.filter(isLast);
  const isSaid = (reply: readonly number[]) =>
    reply.length > 0 && reply.every((n) => calls.get(n)?.answeredMs !== undefined);
  const unsaid = final.filter((reply) => !isSaid(reply));
  const unfit = log.filter((line) => line.includes("is not said: "));
  return {
    outcomes,
    answered: waits.length,
    waits,
    thrownAway: [...unsaid.map((reply) => `to the calls ${reply.join(", ")}`), ...unfit],
    askedAnew: replies.length - final.length,
    unexplained: outcomes.filter(({ outcome }) => outcome === "none").length,
  };
}

/** The bounds that are not kept. */
export function faultsOf(result: LoadResult, { lateMs = LATE_MS } = {}): string[] {
  const { answered, waits, thrownAway, unexplained } = summaryOf(result);
  const late = waits.filter((ms) => ms > lateMs).length;
  return [
    answered === 0 && "nobody was answered",
    late > 0 && `${late} answers came later than ${lateMs / 1000} s after the call`,
    ...thrownAway.map((reply) => `a reply was thrown away: ${reply}`),
    unexplained > 0 && `${unexplained} calls have neither an answer nor a reason`,
  ].filter((fault) => typeof fault === "string");
}

/** The figures, one a line. */
export function figuresOf(result: LoadResult): string[] {
  const { outcomes, answered, waits, thrownAway, askedAnew, unexplained } = summaryOf(result);
  const late = waits.filter((ms) => ms > LATE_MS).length;
  const others = outcomes.filter(({ outcome }) => outcome !== "answered" && outcome !== "none");
  const reasons = Map.groupBy(others, ({ outcome }) => outcome);
  const seconds = (ms = NaN) => `${(ms / 1000).toFixed(2)} s`;
  const quantile = (share: number) => seconds(waits[Math.ceil(share * waits.length) - 1]);
  const rows: [string, string | number][] = [
    ["time", `${result.minutes} min`],
    ["seed", result.seed],
    ["lines", result.lines],
    ["calls", outcomes.length],
    ["answered", answered],
    ...Array.from(reasons, ([reason, { length }]) => [`  ${reason}`, length] as [string, number])
      .sort(([, a], [, b]) => b - a),
    ["asked anew, as the person said more", askedAnew],
    [`answered later than ${LATE_MS / 1000} s`, late],
    ["thrown away after the model was asked", thrownAway.length],
    ["without answer or reason", unexplained],
    ["from call to first line, median", quantile(0.5)],
    ["from call to first line, p99", quantile(0.99)],
    ["from call to first line, most", quantile(1)],
  ];
  return rows.map(([name, value]) => `${name.padEnd(WIDTH)}  ${String(value).padStart(10)}`);
}
