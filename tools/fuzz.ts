/**
 * Has a bot take in events as no server should send them, and trims replies as small models write them.
 * Prints how many there were of each kind and what came of it. Exits with 1 when anything went wrong.
 *
 * Usage: deno task fuzz [--events N] [--replies N] [--seed N]
 */
import { parseArgs } from "@std/cli";
import { styleText } from "node:util";
import { setupLogging } from "../src/log.ts";
import { fuzz } from "../tests/cytube/fuzz_run.ts";
import { fuzzReplies } from "../tests/sanitize/fuzz_replies.ts";
import { refuse } from "./refuse.ts";

const values = parseArgs(Deno.args, { string: ["events", "replies", "seed"], unknown: refuse });
const events = Number(values.events ?? 1_000_000);
const replies = Number(values.replies ?? 20_000);
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
/** After so much of the run no new memory should be needed. */
const WARM = 0.1;
const WIDTH = 24;

const rejections: string[] = [];
globalThis.addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  rejections.push(String(event.reason?.stack ?? event.reason));
});
const controls: string[] = [];
await using _logging = await setupLogging({
  level: "DEBUG",
  format: "journal",
  write: (line) => {
    // deno-lint-ignore no-control-regex
    if (/[\0-\x1f\x7f]/.test(line)) controls.push(JSON.stringify(line.slice(0, 400)));
  },
});

const megabytes = () => {
  const { heapUsed, rss } = Deno.memoryUsage();
  return { heap: heapUsed / 1e6, resident: rss / 1e6 };
};
let warm = megabytes();
let most = warm;
const begun = performance.now();
const result = await fuzz({
  events,
  seed,
  onProgress: (count) => {
    const now = megabytes();
    if (count <= events * WARM) warm = now;
    most = {
      heap: Math.max(most.heap, now.heap),
      resident: Math.max(most.resident, now.resident),
    };
  },
});
const seconds = (performance.now() - begun) / 1000;
const end = megabytes();

const row = (what: string, value: string | number) =>
  console.log(`${what.padEnd(WIDTH)}${String(value).padStart(10)}`);
for (const [kind, count] of Object.entries(result.counts)) row(kind, count);
console.log();
row("events", events);
row("seed", seed);
row("events a second", Math.round(events / seconds));
row("of their form", result.read);
row("lines said", result.sent);
for (const [what, count] of Object.entries(result.kept)) row(`${what}, at most`, count);
for (const kind of ["heap", "resident"] as const) {
  const [from, to, peak] = [warm, end, most].map((at) => at[kind].toFixed(0));
  console.log(`${`${kind}, MB`.padEnd(WIDTH)}${from} warm, ${to} at the end, ${peak} at most`);
}
console.log(
  `${"slowest".padEnd(WIDTH)}${result.slowest.ms.toFixed(1)} ms, ${result.slowest.event}`,
);
row("replies", replies);
const faults = [
  ...result.faults,
  ...fuzzReplies({ replies, seed }),
  ...rejections,
  ...controls.map((line) => `Logged ${line}`),
];
row("unhandled rejections", rejections.length);
row("crashes and faults", faults.length);
for (const fault of faults.slice(0, 20)) console.log(styleText("red", `✗ ${fault}`));
if (faults.length > 0) Deno.exit(1);
