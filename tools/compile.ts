/**
 * Builds `./rosey`.
 *
 * Usage: deno task compile [--output PATH] [--target TRIPLE]
 */
import { parseArgs } from "@std/cli";
import { bundle, compile } from "./bundle.ts";
import { refuse } from "./refuse.ts";

const { output = Deno.build.os === "windows" ? "rosey.exe" : "rosey", target } = parseArgs(
  Deno.args,
  { string: ["output", "target"], unknown: refuse },
);

const FOLDER = "dist/bundle";

await bundle(FOLDER);
const problem = await compile(FOLDER, output, target);
if (problem !== "") {
  console.error(problem);
  Deno.exit(1);
}
console.log(`${output}: ${(Deno.statSync(output).size / 1e6).toFixed(1)} MB`);
Deno.exit(0);
