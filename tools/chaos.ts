/**
 * Runs the bot between a channel and two model servers while these, the host and the configuration fail
 * in every way that operators meet. Prints the seed first and the verdict last. Exits with 1 when
 * something occurred that must not.
 *
 * Usage: deno task chaos [--short | --minutes N] [--seed N] [--log FILE]
 *
 *   --minutes N  how long it takes; default 10
 *   --short      each kind of fault once; 45 s
 *   --seed N     the faults of an earlier run
 *   --log FILE   where the bot's whole log is written to at the end
 *
 * Examples:
 *   deno task chaos --short
 *   deno task chaos --minutes 30 --seed 4711
 *   ROSEY_BIN=./rosey deno task chaos
 */
import { parseArgs } from "@std/cli";
import { chaos } from "./chaos/run.ts";
import { figuresOf, firstFault, verdictLine } from "./chaos/verdict.ts";
import { refuse } from "./refuse.ts";

const values = parseArgs(Deno.args, {
  boolean: ["short"],
  string: ["minutes", "seed", "log"],
  unknown: refuse,
});
const minutes = Number(values.minutes ?? 10);
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
if (!(minutes > 0)) refuse(`--minutes ${values.minutes}`);
if (!Number.isSafeInteger(seed)) refuse(`--seed ${values.seed}`);
console.log(`seed ${seed}`);
const stop = new AbortController();
Deno.addSignalListener("SIGINT", () => {
  // The second one ends it at once.
  if (stop.signal.aborted) Deno.exit(130);
  stop.abort();
});
const verdict = await chaos({
  seed,
  size: values.short ? {} : { minutes },
  logFile: values.log,
  signal: stop.signal,
  onLine: (text) => console.log(text),
});
for (const row of figuresOf(verdict)) console.log(row);
console.log(verdictLine(verdict));
Deno.exit(firstFault(verdict) === undefined ? 0 : 1);
