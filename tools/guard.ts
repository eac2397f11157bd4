/**
 * Attacks the sanitizer with the corpus and with random texts. Prints what got through, by family, and
 * the text that took longest. Exits with 1 if anything got through.
 *
 * Usage: [GUARD_SEED=N] [GUARD_ROUNDS=N] deno task guard
 */
import { styleText } from "node:util";
import { attempt, LIMITS, linesOf, sanitized } from "../tests/sanitize/attacks/attempt.ts";
import { CORPUS } from "../tests/sanitize/attacks/corpus.ts";
import { type Fault, FAULTS } from "../tests/sanitize/attacks/oracle.ts";
import { harmless, hostile, mulberry32 } from "../tests/sanitize/attacks/random.ts";
import { HARMLESS_REPLIES } from "../tests/sanitize/harmless_replies.ts";
import { trimmed } from "../tests/sanitize/trimmed.ts";

const seed = Number(Deno.env.get("GUARD_SEED") || Math.floor(Math.random() * 2 ** 31));
const rounds = Number(Deno.env.get("GUARD_ROUNDS") || 200_000);
/** The fastest of several runs counts: other programs slow some of them down. */
const RUNS = 5;
const WIDTH = 32;

interface Row {
  readonly name: string;
  readonly texts: Iterable<string>;
}

const totals = new Map<Fault, number>();
const slowest = { ms: 0, text: "" };

function* made(make: (random: () => number) => string): Iterable<string> {
  const random = mulberry32(seed);
  for (let round = 0; round < rounds; round++) yield make(random);
}

/** Tries each text, prints a row, and returns the texts that got through. */
function play({ name, texts }: Row, limitsOf: (round: number) => readonly number[]): string[] {
  const through: string[] = [];
  const counts = new Map<Fault, number>();
  let attacks = 0;
  for (const text of texts) {
    const faults = attempt(text, limitsOf(attacks++));
    if (faults.length > 0) through.push(`${faults.join(", ")}: ${JSON.stringify(text)}`);
    for (const fault of faults) {
      counts.set(fault, (counts.get(fault) ?? 0) + 1);
      totals.set(fault, (totals.get(fault) ?? 0) + 1);
    }
  }
  const shown = [...counts].map(([fault, count]) => `${fault} ${count}`).join(", ");
  console.log(`${name.padEnd(WIDTH)}${String(attacks).padStart(8)}  ${shown || "nothing"}`);
  return through;
}

function measure(text: string): void {
  let ms = Infinity;
  for (let run = 0; run < RUNS; run++) {
    const begun = performance.now();
    linesOf(text, 320);
    ms = Math.min(ms, performance.now() - begun);
  }
  if (ms > slowest.ms) Object.assign(slowest, { ms, text });
}

console.log(`${"family".padEnd(WIDTH)}${"attacks".padStart(8)}  got through`);
const through = [...Map.groupBy(CORPUS, ({ family }) => family)].flatMap(([name, attacks]) =>
  play({ name, texts: attacks.map(({ text }) => text) }, () => LIMITS)
);
through.push(
  ...play({ name: "random", texts: made(hostile) }, (round) => [LIMITS[round % LIMITS.length]!]),
);
let changed = 0;
const shortened: string[] = [];
for (const text of made(harmless)) {
  if (sanitized(text) !== text) changed++;
  if (trimmed(text).text !== text) shortened.push(text);
}
shortened.push(...HARMLESS_REPLIES.filter((text) => trimmed(text).text !== text));
for (const { text } of CORPUS) measure(text);

console.log();
console.log(`attacks           ${CORPUS.length}, each under limits of ${LIMITS.join(", ")} units`);
console.log(`random texts      ${rounds}, seed ${seed}`);
for (const fault of FAULTS) console.log(`${fault.padEnd(22)}${totals.get(fault) ?? 0}`);
console.log(`${"harmless but changed".padEnd(22)}${changed} of ${rounds}`);
console.log(
  `${"harmless but trimmed".padEnd(22)}${shortened.length} of ${rounds + HARMLESS_REPLIES.length}`,
);
const preview = JSON.stringify(slowest.text.slice(0, 24));
console.log(
  `slowest           ${slowest.ms.toFixed(2)} ms for ${slowest.text.length} units of ${preview}`,
);
through.push(...shortened.map((text) => `trimmed: ${JSON.stringify(text)}`));
for (const text of through.slice(0, 20)) console.log(styleText("red", `✗ ${text.slice(0, 400)}`));
if (through.length > 0 || changed > 0) Deno.exit(1);
