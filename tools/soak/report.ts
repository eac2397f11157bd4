import type { SoakResult } from "./run.ts";

/** The allowed growth in bytes after the warm-up. */
const MAX_GROWTH = 10e6;
const TITLES = { peakBytes: "memory, most", heldBytes: "heap without garbage" };
type Measure = keyof typeof TITLES;
const MEASURES = Object.keys(TITLES) as Measure[];
const WIDTH = 30;
const SHOWN = 20;

/** The maximum in bytes in each quarter of the soak. The first quarter is the warm-up. */
function quartersOf(
  { memory, sent }: Pick<SoakResult, "memory" | "sent">,
  of: Measure,
): number[] {
  return [1, 2, 3, 4].map((quarter) => {
    const within = memory.filter(({ lines }) => Math.ceil(4 * lines / sent) === quarter);
    return Math.max(0, ...within.map((one) => one[of] ?? 0));
  });
}

function growthOf([first = 0, , , last = 0]: readonly number[]): number {
  return last - first;
}

/** Describes the faults of a soak. `memory` tells whether it was long enough to judge the memory. */
export function faultsOf(result: SoakResult, { memory }: { readonly memory: boolean }): string[] {
  const { metrics, gaps, restarts, drops, notSaid, saidUnnoticed, begun, unsaid } = result;
  const of = (name: string) => sum(metrics, name);
  const faults = [
    ...named("said twice", result.duplicates),
    ...named("out of order", result.outOfOrder),
    ...named("over the limit", result.overLimit),
    ...named("unexplained", result.unexplained),
  ];
  const same = (what: string, one: number, other: number) => {
    if (one !== other) faults.push(`${what}: ${one} and ${other}`);
  };
  const outcome = (name: string) => of(`rosey_decisions_total{outcome="${name}"}`);
  const decided = of("rosey_decisions_total{");
  const uncalled = ["not called", "own line", "system line", "history", "command", "shadowed"]
    .reduce((sum, name) => sum + outcome(name), 0);
  const asking = result.heardMentions + result.continued;
  same("questions received, and decisions", asking, decided - uncalled);
  same("lines not said in the log and in the metrics", notSaid, of("rosey_lines_dropped_total{"));
  same(
    "lines that the room received and lines said in the metrics",
    result.said,
    of("rosey_lines_said_total") + saidUnnoticed,
  );
  same("merged, and in the metrics", result.merged, outcome("merged"));
  same("replies, and in the metrics", begun + unsaid, outcome("answered") + outcome("not said"));
  const unnoticed = outcome("not said") - unsaid;
  if (unnoticed < 0 || unnoticed > saidUnnoticed) {
    faults.push(`replies not said, and in the metrics: ${unsaid} and ${outcome("not said")}`);
  }
  same("losses and losses in the metrics", restarts + drops, of("rosey_channel_losses_total"));
  // Between two losses the bot receives everything.
  if (gaps > restarts + drops) faults.push(`lines are missing at ${gaps} places`);
  for (const measure of memory ? MEASURES : []) {
    const growth = growthOf(quartersOf(result, measure));
    if (growth >= MAX_GROWTH) faults.push(`${TITLES[measure]}: ${megabytes(growth)} more`);
  }
  return faults;
}

/** The figures, one a line. */
export function figuresOf(result: SoakResult): string[] {
  const { metrics } = result;
  const rows: [string, string | number][] = [
    ["time", `${result.seconds.toFixed(0)} s`],
    ["seed", result.seed],
    ["lines sent", result.sent],
    ["lines heard", result.heard],
    ["restarts of the server", result.restarts],
    ["connections dropped", result.drops],
    ["server's clock stuck", `${result.stuck} times`],
    ["muted", `${result.mutes} times`],
    ["mentions", result.mentions],
    ["  not received, disconnected", result.mentions - result.heardMentions],
    ["mentions heard", result.heardMentions],
    ["  in the history", result.missed],
    ["lines that went on with a question", result.continued],
    ["answered", result.answered],
    ["merged with an earlier one", result.merged],
    ["  while that was being answered", result.superseded],
    ...[...result.reasons].sort(([, a], [, b]) => b - a).map(([reason, count]) =>
      [`  ${reason}`, count] as [string, number]
    ),
    ["unexplained", result.unexplained.length],
    ["lines said", result.said],
    ["  said after a cooldown", sum(metrics, "rosey_lines_delayed_total")],
    ["  echo lost with the connection", result.saidUnnoticed],
    ["lines not said", result.notSaid - result.saidUnnoticed],
    ["duplicates", result.duplicates.length],
    ["out of order", result.outOfOrder.length],
    ["over the limit", result.overLimit.length],
    ...MEASURES.flatMap((of) => memoryRows(of, quartersOf(result, of))),
  ];
  const width = Math.max(WIDTH, ...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${String(value).padStart(9)}`);
}

/** A short soak has quarters without a measurement. */
function memoryRows(of: Measure, quarters: readonly number[]): [string, string][] {
  const rows = quarters.map((bytes, at) => [`${TITLES[of]}, quarter ${at + 1}`, bytes] as const);
  const all = [...rows, [`${TITLES[of]}, growth`, growthOf(quarters)] as const];
  return (quarters.includes(0) ? rows.filter(([, bytes]) => bytes > 0) : all)
    .map(([name, bytes]) => [name, megabytes(bytes)]);
}

function named(fault: string, found: readonly string[]): string[] {
  const more = found.length > SHOWN ? [`${fault}: ${found.length - SHOWN} more`] : [];
  return [...found.slice(0, SHOWN).map((one) => `${fault}: ${one}`), ...more];
}

function sum(metrics: ReadonlyMap<string, number>, start: string): number {
  return [...metrics].reduce((all, [name, value]) => name.startsWith(start) ? all + value : all, 0);
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
