/**
 * Prints the fault matrix: the classification of each fault of a model server, and the message that an
 * operator reads. Exits with 1 if a row differs from the expected one.
 *
 * Usage: deno task faults [WORDS IN A ROW'S NAME]
 */
import { styleText } from "node:util";
import { FAULT_ROWS } from "../tests/llm/fault_rows.ts";
import { missing, playRow } from "../tests/llm/fault_scene.ts";

const wanted = Deno.args.join(" ").toLowerCase();
const rows = FAULT_ROWS.filter((row) => row.name.toLowerCase().includes(wanted));
const width = Math.max(...rows.map((row) => row.name.length), 0);
const KIND = "model_missing".length;
let [differ, skipped] = [0, 0];

console.log(`${"row".padEnd(width)}  ${"kind".padEnd(KIND)}  message`);
for (const row of rows) {
  const want = missing(row);
  if (want !== undefined) {
    skipped++;
    console.log(`${row.name.padEnd(width)}  ${"skipped".padEnd(KIND)}  ${want} is missing`);
    continue;
  }
  const { kind, reason, hint, differences } = await playRow(row);
  console.log(`${row.name.padEnd(width)}  ${kind.padEnd(KIND)}  ${reason}`);
  if (hint !== "") console.log(`${" ".repeat(width + KIND)}    → ${hint}`);
  if (differences.length > 0) differ++;
  for (const difference of differences) {
    console.log(styleText("red", `${" ".repeat(width)}  ✗ ${difference}`));
  }
}
const all = rows.length;
console.log(
  `\n${all} rows, ${all - differ - skipped} as expected, ${differ} not, ${skipped} skipped`,
);
if (differ > 0) Deno.exit(1);
