/**
 * Measures the bot, each figure beside a reference of the same run, and writes the figures as JSON.
 * The binary is `ROSEY_BIN` or `./rosey`; without one the bot runs from its sources.
 *
 * Usage: deno task bench [PART …] [--json FILE] [--against FILE] [--model URL] [--strict]
 *
 *   PART             latency, client, decisions, sanitizer, growth, start, memory, cache; default: all
 *   --json FILE      where to write the figures; default: dist/bench.json
 *   --against FILE   compare with an earlier run; exit code 1 if a figure became worse
 *   --model URL      of a real model, as http://127.0.0.1:11500/v1, for the part `cache`
 *   --strict         exit code 1 if a figure is beyond what any machine must keep,
 *                    or a part that was named is skipped
 */
import { parseArgs } from "@std/cli";
import { existsSync } from "node:fs";
import { availableParallelism, loadavg } from "node:os";
import { dirname } from "node:path";
import { program } from "../tests/e2e/rosey.ts";
import { refuse } from "../tools/refuse.ts";
import { cache } from "./cache.ts";
import { client } from "./client.ts";
import { decisions } from "./decisions.ts";
import { compare, type Figure, head, isMet, linesOf, type Part } from "./figures.ts";
import { growth } from "./growth.ts";
import { latency } from "./latency.ts";
import { memory } from "./memory.ts";
import { sanitizer } from "./sanitizer.ts";
import { start } from "./start.ts";

const PARTS: Readonly<Record<string, Part>> = {
  latency,
  client,
  decisions,
  sanitizer,
  growth,
  start,
  memory,
  cache,
};

const flags = parseArgs(Deno.args, {
  string: ["_", "json", "against", "model"],
  boolean: ["strict"],
  unknown: (arg, key) => key === undefined || refuse(arg),
});
const names = flags._.length > 0 ? flags._.map(String) : Object.keys(PARTS);
for (const name of names) if (!Object.hasOwn(PARTS, name)) refuse(name);
// Before the measurements: they take minutes.
const before = flags.against ? figuresIn(flags.against) : undefined;
if (!Deno.env.get("ROSEY_BIN") && existsSync("rosey")) Deno.env.set("ROSEY_BIN", "./rosey");

const { command, args } = program();
const asked = await new Deno.Command(command, { args: [...args, "--version"] }).output();
const run = {
  program: new TextDecoder().decode(asked.stdout).trim(),
  deno: Deno.version.deno,
  date: new Date().toISOString(),
  cores: availableParallelism(),
  load: loadavg()[0]!,
};
console.log(`${run.program}, the bench with deno ${run.deno}`);
console.log(`${run.cores} cores, load ${run.load.toFixed(1)}: what others do adds to each time\n`);
console.log(head());
const figures: Figure[] = [];
let hasSkipped = false;
for (const name of names) {
  console.log(name);
  for await (const found of PARTS[name]!({ model: flags.model })) {
    if ("skipped" in found) {
      console.log(`  skipped: ${found.skipped}`);
      hasSkipped = true;
    } else {
      figures.push(found);
      for (const line of linesOf(found)) console.log(line);
    }
  }
}
const missed = figures.filter((figure) => !isMet(figure));
const targets = figures.filter(({ target }) => target).length;
console.log(`\n${targets - missed.length} of ${targets} targets met`);
const beyond = figures.filter((figure) =>
  flags.strict && figure.limit && !isMet(figure, figure.limit)
);
for (const { name, limit } of beyond) {
  console.log(`✗ ${name} is beyond its limit: ${JSON.stringify(limit)}`);
}

const file = flags.json ?? "dist/bench.json";
Deno.mkdirSync(dirname(file), { recursive: true });
Deno.writeTextFileSync(file, JSON.stringify({ ...run, figures }, null, 2) + "\n");
console.log(`written to ${file}`);
const { lines = [], worse = [] } = before ? compare(before, figures) : {};
if (before) console.log(`\ncompared with ${flags.against}`);
for (const line of lines) console.log(line);
if (before) console.log(`\n${worse.length} figures became worse by more than the noise`);
// Not after the two minutes that the socket server keeps a timer for each connection it has cut.
Deno.exit(
  worse.length + beyond.length > 0 || flags.strict && flags._.length > 0 && hasSkipped ? 1 : 0,
);

function figuresIn(path: string): Figure[] {
  const text = Deno.readTextFileSync(path);
  try {
    const { figures } = JSON.parse(text);
    if (figures.every(({ spread, ratios }: Figure) => spread >= 0 && ratios)) return figures;
  } catch {
    // Said below.
  }
  console.error(`${path} has no figures of this bench: make it anew with --json`);
  Deno.exit(2);
}
