/** The programs that the bot is compared with, built as the bot is. */
import { type Program, program } from "../../tests/e2e/rosey.ts";
import { bundle, compile } from "../../tools/bundle.ts";
import type { Skipped } from "../figures.ts";

export interface Reference extends Program {
  readonly name: string;
}

/** For parts that measure the binary alone. */
export const NO_BINARY: Skipped = {
  skipped: "no binary: run `deno task compile`, or name one in ROSEY_BIN",
};
const FOLDER = "dist/bench";

/** A binary if the bot is one and this Deno can compile, else run from its source. */
export async function reference(file: "empty" | "minimal_bot"): Promise<Reference> {
  const source = `bench/reference/${file}.ts`;
  const name = file.replace("_", " ");
  const output = `${FOLDER}/${file}`;
  if (program().args.length === 0 && await built(source, output)) {
    return { name, command: Deno.realPathSync(output), args: [] };
  }
  const args = ["run", "--no-prompt", "--allow-all", source];
  return { name: `${name}, deno run`, command: Deno.execPath(), args };
}

async function built(source: string, output: string): Promise<boolean> {
  const bundled = `${FOLDER}/${source}`;
  await bundle(bundled, source);
  return await compile(bundled, output) === "";
}
