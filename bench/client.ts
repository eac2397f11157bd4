/**
 * Measures the client that asks the model against bare `fetch` and against Ollama's own client: the
 * same questions to the same server in one run, by turns, because machines are noisy. The figures that
 * count are ratios to bare `fetch`, medians of those of all rounds.
 *
 * Usage: deno task bench:client
 */
import { askAll, bare, type Contender, limited, official, rosey } from "./client/contenders.ts";

const ROUNDS = 21;
/** Exchanges of one round, by how many are under way at once. */
const COUNTS = { 1: 300, 16: 1000, 256: 2000 };
/**
 * Of the time that bare `fetch` takes. A whole reply has been beyond its own in every run so far: a
 * signal and a timer, without which no wait has an end, cost more by themselves (`with a limit`).
 */
const BOUNDS = { whole: 1.05, streamed: 1.25 };
/** A stream is also to take clearly less than Ollama's own client takes for it. */
const CLEARLY = 0.9;
const HEAP_BYTES = 1e6;

type Kind = keyof typeof BOUNDS;
const TITLES = { whole: "whole reply", streamed: "20 chunks" };

await using server = new Deno.Command(Deno.execPath(), {
  args: ["run", "--no-prompt", "--allow-net", pathOf("server.ts")],
  stdout: "piped",
}).spawn();
const { value } = await server.stdout.pipeThrough(new TextDecoderStream()).getReader().read();
const url = value!.trim();
const contenders = [bare(url), limited(url), official(url), rosey(url)];

row("", "at once", contenders.map(({ name }) => name), "Rosey's bound");
for (const kind of ["whole", "streamed"] as const) {
  await agree(kind);
  for (const [atOnce, count] of Object.entries(COUNTS)) {
    const { bareUs, ratios } = await compare(kind, Number(atOnce), count);
    const shown = [`${bareUs.toFixed(0)} µs`, ...ratios.map((ratio) => `${ratio.toFixed(2)} ×`)];
    row(TITLES[kind], atOnce, shown, verdict(kind, ratios));
  }
}
await memory();

function pathOf(file: string): string {
  return new URL(`client/${file}`, import.meta.url).pathname;
}

function row(what: string, atOnce: string, cells: readonly string[], bound: string): void {
  const shown = cells.map((cell) => cell.padStart(13)).join("");
  console.log(`${what.padEnd(12)}${atOnce.padStart(8)}${shown}   ${bound}`);
}

/** Who reads another answer than the others cannot be compared with them. */
async function agree(kind: Kind): Promise<void> {
  const answers = await Promise.all(contenders.map((contender) => contender[kind]()));
  if (new Set(answers).size !== 1) throw new Error(`they differ: ${JSON.stringify(answers)}`);
}

async function compare(kind: Kind, atOnce: number, count: number) {
  for (const contender of contenders) await askAll(contender[kind], count, atOnce);
  const rounds: number[][] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const times: number[] = [];
    for (let turn = 0; turn < contenders.length; turn++) {
      const which = (turn + round) % contenders.length;
      times[which] = await microseconds(contenders[which]!, { kind, atOnce, count });
    }
    rounds.push(times);
  }
  const ratioOf = (which: number) => median(rounds.map((times) => times[which]! / times[0]!));
  return {
    bareUs: median(rounds.map((times) => times[0]!)),
    ratios: contenders.slice(1).map((_, at) => ratioOf(at + 1)),
  };
}

/** Of one exchange, among others. */
async function microseconds(
  contender: Contender,
  { kind, atOnce, count }: { kind: Kind; atOnce: number; count: number },
): Promise<number> {
  const begun = performance.now();
  await askAll(contender[kind], count, atOnce);
  return (performance.now() - begun) * 1000 / count;
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

function verdict(kind: Kind, ratios: readonly number[]): string {
  const [reference, own] = ratios.slice(-2) as [number, number];
  const within = own <= BOUNDS[kind];
  const bound = `≤ ${BOUNDS[kind]} ×`;
  if (kind === "whole") return `${bound}: ${within ? "met" : "missed"}`;
  const met = within && own <= CLEARLY * reference;
  return `${bound} and ≤ ${CLEARLY} of npm:ollama's: ${met ? "met" : "missed"}`;
}

async function memory(): Promise<void> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--no-prompt", "--allow-net", "--allow-env", "--v8-flags=--expose-gc"],
      ...[pathOf("memory.ts"), url],
    ],
    stderr: "inherit",
  }).output();
  const { exchanges, before, after } = JSON.parse(new TextDecoder().decode(stdout));
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
  const change = (what: "rss" | "heap") =>
    `${megabytes(before[what])}, then ${megabytes(after[what])}`;
  const flat = after.heap - before.heap <= HEAP_BYTES ? "met" : "missed";
  console.log(`
Rosey's memory after a warm-up, then after ${exchanges} exchanges more:
heap      ${change("heap")}   ≤ ${megabytes(HEAP_BYTES)} more: ${flat}
resident  ${change("rss")}`);
}
