/**
 * Builds `./rosey`.
 *
 * Usage: deno task compile [--output PATH] [--target TRIPLE]
 */
import { parseArgs } from "node:util";
import { bundle, compile } from "./bundle.ts";

const { values } = parseArgs({
  options: {
    output: { type: "string", default: Deno.build.os === "windows" ? "rosey.exe" : "rosey" },
    target: { type: "string" },
  },
});

const FOLDER = "dist/bundle";

await bundle(FOLDER);
const problem = await compile(FOLDER, values.output, values.target);
if (problem !== "") {
  console.error(problem);
  Deno.exit(1);
}
console.log(`${values.output}: ${(Deno.statSync(values.output).size / 1e6).toFixed(1)} MB`);
Deno.exit(0);
