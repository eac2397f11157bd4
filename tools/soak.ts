/**
 * Soaks the bot: a million lines of 200 people, a server that is restarted, drops the bot, refuses its lines
 * and mutes it. Every line of the bot is accounted for. Exits with 1 when one is not, and when its memory
 * grew.
 *
 * Usage: deno task soak [--short | --lines N] [--seed N]
 */
import { parseArgs } from "@std/cli";
import { styleText } from "node:util";
import { refuse } from "./refuse.ts";
import { faultsOf, figuresOf } from "./soak/report.ts";
import { soak } from "./soak/run.ts";
import { FULL, SHORT } from "./soak/schedule.ts";

/** With fewer lines the memory is still growing. */
const LEAST_FOR_MEMORY = 500_000;

const values = parseArgs(Deno.args, {
  boolean: ["short"],
  string: ["lines", "seed"],
  unknown: refuse,
});
const size = values.short ? SHORT : FULL;
const lines = Number(values.lines ?? size.lines);
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
const begun = performance.now();
const result = await soak({
  size: { ...size, lines },
  seed,
  inspect: Deno.env.get("ROSEY_BIN") === undefined,
  onProgress: (text) =>
    console.error(`${((performance.now() - begun) / 1000).toFixed(0)} s: ${text}`),
});
for (const row of figuresOf(result)) console.log(row);
const faults = faultsOf(result, { memory: lines >= LEAST_FOR_MEMORY });
for (const fault of faults) console.log(styleText("red", `✗ ${fault}`));
// Not after the two minutes that the socket server keeps a timer for each connection it has cut.
Deno.exit(faults.length > 0 ? 1 : 0);
