/**
 * Puts a busy channel on the bot: 50 people at the pace that the server lets through, a fake model that
 * takes 0.5 to 1 s for two sentences. Exits with 1 when a call has neither an answer nor a reason, when
 * an answer is late, and when one is thrown away.
 *
 * Usage: deno task bench:load [--minutes 10] [--seed N]
 */
import { parseArgs } from "@std/cli";
import { styleText } from "node:util";
import { refuse } from "../tools/refuse.ts";
import { faultsOf, figuresOf } from "./load/report.ts";
import { load } from "./load/run.ts";

const values = parseArgs(Deno.args, { string: ["minutes", "seed"], unknown: refuse });
const result = await load({
  minutes: Number(values.minutes ?? 10),
  seed: Number(values.seed ?? Math.floor(Math.random() * 2 ** 31)),
});
for (const row of figuresOf(result)) console.log(row);
const faults = faultsOf(result);
for (const fault of faults) console.log(styleText("red", `✗ ${fault}`));
// Not after the two minutes that the socket server keeps a timer for each connection it has cut.
Deno.exit(faults.length > 0 ? 1 : 0);
