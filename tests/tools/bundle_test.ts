import { assertEquals } from "@std/assert";
import { test } from "../testing.ts";

const BUNDLE =
  `import { bundle } from "./tools/bundle.ts"; await bundle(Deno.args[0]); Deno.exit();`;

/** Imports of a chunk and of all chunks that it needs at once. */
function importsOf(folder: string, file: string, known = new Set<string>()): Set<string> {
  const text = Deno.readTextFileSync(`${folder}/${file}`);
  for (const [, name] of text.matchAll(/(?:from|import)"((?:\.|node:)[^"]+)"/g)) {
    if (known.has(name!)) continue;
    known.add(name!);
    if (name!.startsWith(".")) importsOf(folder, name!, known);
  }
  return known;
}

test("the start of the bundled bot loads no slow module of Node's", async () => {
  const folder = Deno.makeTempDirSync();
  try {
    // esbuild leaves a process of its own behind.
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["eval", BUNDLE, folder],
      cwd: new URL("../../", import.meta.url),
    }).output();
    assertEquals(code, 0, new TextDecoder().decode(stderr));
    const run = [...Deno.readDirSync(folder)].find(({ name }) => name.startsWith("run-"));
    const imports = [...importsOf(folder, "main.js"), ...importsOf(folder, run!.name)];
    // In Deno 2.9 `node:fs` takes 30 ms, `node:path`, `node:util` and `node:process` 10 ms each.
    assertEquals(imports.filter((name) => name.startsWith("node:")), ["node:sqlite"]);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});
