import { assertEquals, assertGreaterOrEqual } from "@std/assert";
import type { ServerMonitor } from "../../src/llm/server_monitor.ts";
import type { Provider } from "../../src/llm/provider.ts";
import { setupLogging } from "../../src/log.ts";
import { metricsText } from "../../src/ops/metrics.ts";
import { statusLine } from "../../src/ops/status_line.ts";
import { reportOf } from "../fakes/report.ts";
import { poolOf } from "../fakes/scripted_provider.ts";
import { test } from "../testing.ts";
import { FAULT_ROWS } from "./fault_rows.ts";
import { type FaultRow, hasty, missing, plantedIn, providersOf } from "./fault_scene.ts";

const PROCESS = {
  version: "1.2.3",
  commit: "abc1234",
  deno: "2.9.6",
  target: "x86_64-unknown-linux-gnu",
  startedAt: 0,
  residentBytes: 0,
  lagMs: 0,
};
/** Rows that are played concurrently. */
const CONCURRENT = 8;

test("no fault leaks a password, a token or a key into the log, the metrics or the status page", async () => {
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  // Without the log's redactor: errors must be safe without it.
  await using _logging = await setupLogging({ level: "DEBUG", format: "json", write });
  const rows = FAULT_ROWS.filter((row) => missing(row) === undefined);
  const reports: string[] = [];
  const players = Array.from({ length: CONCURRENT }, async () => {
    for (let row = rows.pop(); row; row = rows.pop()) reports.push(...await play(row));
  });
  await Promise.all(players);
  assertGreaterOrEqual(lines.length, FAULT_ROWS.length, `${lines.length} lines`);
  assertGreaterOrEqual(reports.length, 60, `${reports.length} reports`);
  for (const text of [...lines, ...reports]) assertEquals(plantedIn(text), [], text);
});

/** Returns the monitor's reports after every step. */
async function play(row: FaultRow): Promise<string[]> {
  const scene = await row.open();
  try {
    const played = await Promise.all(providersOf(scene.faulty, row).map(ask));
    return played.flat();
  } finally {
    await scene.close();
  }
}

/** All that the status server and the service manager get. */
function shown(monitor: ServerMonitor): string {
  const report = reportOf({ models: [monitor.report] });
  return [JSON.stringify(report), metricsText(report, PROCESS), statusLine(report)].join("\n");
}

async function ask(provider: Provider): Promise<string[]> {
  const { signal } = new AbortController();
  const pool = poolOf([provider], { clock: hasty, random: () => 0 });
  const monitor = pool.monitors[0]!;
  const reports: string[] = [];
  try {
    await pool.ready(signal);
    reports.push(shown(monitor));
    await monitor.chat([{ role: "user", content: "bob: hi" }], signal);
  } catch (error) {
    reports.push(Deno.inspect(error, { depth: 20, strAbbreviateSize: Infinity }));
  }
  reports.push(shown(monitor));
  await pool.close();
  return reports;
}
