import { assert, assertEquals, assertMatch } from "@std/assert";
import { reasonOf } from "../../tools/bundle.ts";
import { test } from "../testing.ts";

const ROOT = new URL("../../", import.meta.url);

async function run(command: string, args: string[], options: Deno.CommandOptions = {}) {
  const ran = await new Deno.Command(command, { args, ...options }).output();
  const [output, errors] = [ran.stdout, ran.stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code: ran.code, output: output!, errors: errors! };
}

/** What a chunk of the bundle imports, and all chunks that it needs at once. */
function importsOf(folder: string, file: string, known = new Set<string>()): Set<string> {
  const text = Deno.readTextFileSync(`${folder}/${file}`);
  assert(!/\w\.process\?\./.test(text), `${file} asks for process`);
  for (const [, name] of text.matchAll(/(?:\b(?:from|import)|require\()"([^"]+)"/g)) {
    if (known.has(name!)) continue;
    known.add(name!);
    if (name!.startsWith(".")) importsOf(folder, name!, known);
  }
  return known;
}

test("reasonOf extracts the cause of a failed compilation from Deno's output", () => {
  const said = `Compile x.js to x
\u001b[1m\u001b[31merror\u001b[0m: Writing deno compile executable to temporary file 'x'

Caused by:
    0: Setting up base binary.
    1: error sending request for url (https://host/denort.zip): client error (Connect): dns error
    2: client error (Connect)
`;
  assertEquals(
    reasonOf(said),
    "error sending request for url (https://host/denort.zip): client error (Connect): dns error",
  );
  assertEquals(reasonOf("Compile x\nerror: Module not found\n"), "error: Module not found");
});

test(
  "a release without a runtime for its target reports it, and contains all other files",
  async () => {
    const out = Deno.makeTempDirSync({ prefix: "rosey-release-" });
    const target = "aarch64-apple-darwin";
    const { code, errors } = await run(Deno.execPath(), [
      "task",
      "release",
      ...["--out", out, "--target", target, "--base-url", `file://${out}`],
    ], { cwd: ROOT, env: { DENORT_BIN: Deno.execPath() } });
    assertEquals(code, 0, errors);
    assertMatch(
      errors,
      /^Left out aarch64-apple-darwin: DENORT_BIN is a runtime for this machine only$/m,
    );
    const bundle = [...Deno.readDirSync(out)].map(({ name }) => name)
      .find((name) => /^rosey-[\d.]+-bundle\.tar\.gz$/.test(name));
    assert(bundle);
    const sums = Deno.readTextFileSync(`${out}/SHA256SUMS`).trim().split("\n");
    assertEquals(sums.map((line) => line.slice(66)), [
      bundle,
      "install.sh",
      "config.schema.json",
      "cytube-bot.service",
      "cytube-bot@.service",
      "rosey.bash",
      "_rosey",
      "rosey.fish",
      "rosey.1",
    ]);
    assertEquals((await run("sha256sum", ["--check", "SHA256SUMS"], { cwd: out })).code, 0);

    // In Deno 2.9 `node:fs` and `process` take 30 ms to load, `node:path` and `node:util` 10 ms each.
    const folder = `${out}/program`;
    assertEquals((await run("tar", ["-xzf", bundle, "./program"], { cwd: out })).code, 0);
    const start = [...Deno.readDirSync(folder)].find(({ name }) => name.startsWith("run-"));
    const imports = ["main.js", start!.name].flatMap((file) => [...importsOf(folder, file)]);
    assertEquals(imports.filter((name) => !name.startsWith(".")), ["node:sqlite"]);

    // Its installer finds no binary for this machine, and installs the bundle.
    const bin = `${out}/bin`;
    Deno.mkdirSync(bin);
    Deno.symlinkSync(Deno.execPath(), `${bin}/deno`);
    const env = { HOME: out, PATH: `${bin}:/usr/bin:/bin` };
    const installed = await run("sh", [`${out}/install.sh`], { clearEnv: true, env });
    assertMatch(installed.output, /^the release has no compiled program for .*; installing the /);
    const version = await run(`${out}/.local/bin/rosey`, ["--version"]);
    assertMatch(
      version.output,
      /^rosey \d+\.\d+\.\d+ \(deno \d\S+, [\w-]+, [0-9a-f]{7,}(?:-dirty)?\)\n$/,
    );
    const demo = ["demo", "--scripted", "--say", "rosey?"];
    const said = await run(`${out}/.local/bin/rosey`, demo, { env: { NO_COLOR: "1" } });
    assertMatch(said.output, /^visitor: rosey\?\nRosey: ./);
    Deno.removeSync(out, { recursive: true });
  },
  { needs: "linux" },
);
