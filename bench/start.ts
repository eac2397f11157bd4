/**
 * Measures size, startup time and memory.
 *
 * Usage: deno task bench:start [BINARY]   (default: the sources)
 */
import { DemoChannel } from "../src/demo/channel/server.ts";
import { FakeOllama } from "../tests/fakes/ollama/server.ts";
import { Rosey } from "../tests/e2e/rosey.ts";

const RUNS = 20;
/** Other programs use the machine, too: a budget counts as exceeded after this many runs. */
const MAX_RUNS = 100;
/** For the fastest `--version`. */
const VERSION_MS = 60;
/** On a slower machine: times the fastest start of Deno itself, measured by turns in the same run. */
const VERSION_RATIO = 1.25;
const SETTLE_MS = 3000;

const [binary] = Deno.args;
if (binary) Deno.env.set("ROSEY_BIN", Deno.realPathSync(binary));

/** Prints a measurement; a value above `most` fails the run. */
function row(what: string, value: number, { unit, most }: { unit: string; most?: number }): void {
  const digits = unit === "MB" ? 1 : 0;
  const over = most !== undefined && value > most;
  const budget = most === undefined
    ? ""
    : `  budget: ${most.toFixed(0)} ${unit}${over ? ", EXCEEDED" : ""}`;
  console.log(`${what.padEnd(28)} ${`${value.toFixed(digits)} ${unit}`.padStart(9)}${budget}`);
  if (over) Deno.exitCode = 1;
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1]!;
}

async function millisecondsOf(run: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await run();
  return performance.now() - begun;
}

if (binary) {
  row("size", Deno.statSync(binary).size / 1e6, { unit: "MB", most: 90 });
  const version = () =>
    new Deno.Command(Deno.realPathSync(binary), { args: ["--version"] }).output();
  const runtime = () =>
    new Deno.Command(Deno.execPath(), { args: ["eval", "--no-config", "0"] }).output();
  const times: number[] = [];
  const runtimeTimes: number[] = [];
  const ratio = () => Math.min(...times) / Math.min(...runtimeTimes);
  const isWithin = () => Math.min(...times) <= VERSION_MS || ratio() <= VERSION_RATIO;
  while (times.length < RUNS || (!isWithin() && times.length < MAX_RUNS)) {
    times.push(await millisecondsOf(version));
    runtimeTimes.push(await millisecondsOf(runtime));
  }
  row("--version, median", median([...times]), { unit: "ms" });
  row("--version, fastest", Math.min(...times), {
    unit: "ms",
    most: Math.max(VERSION_MS, VERSION_RATIO * Math.min(...runtimeTimes)),
  });
}
await using ollama = FakeOllama.start({ tokenDelayMs: 0 });
await using channel = await DemoChannel.start({});
const joins: number[] = [];
for (let run = 0; run < RUNS / 4; run++) {
  let rosey: Rosey | undefined;
  joins.push(
    await millisecondsOf(async () => {
      rosey = Rosey.start(channel.url, { llm: { ollama_host: ollama.url } });
      await rosey.line("Joined demo");
    }),
  );
  await rosey![Symbol.asyncDispose]();
}
row("until joined, median of 5", median(joins), { unit: "ms" });
await using rosey = Rosey.start(channel.url, { llm: { ollama_host: ollama.url } });
await rosey.ready();
await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
row("resident, idle", rosey.residentBytes() / 1e6, { unit: "MB", ...(binary ? { most: 90 } : {}) });
