import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { flagsOf, PROGRAM_FLAGS } from "../../src/cli/arguments.ts";
import { COMMANDS } from "../../src/cli/commands.ts";
import { completions } from "../../tools/completions.ts";
import { test } from "../testing.ts";

/** Completions that bash offers after some words. */
async function offered(...words: string[]): Promise<string[]> {
  const script = `${completions()["rosey.bash"]}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _rosey; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const args = ["-c", script, "-", ...words];
  const cwd = new URL("../../deploy/", import.meta.url);
  const { stdout, stderr } = await new Deno.Command("bash", { args, cwd }).output();
  assertEquals(new TextDecoder().decode(stderr), "");
  return new TextDecoder().decode(stdout).split("\n").filter(Boolean);
}

test("bash completes commands, their flags, and the configuration's path", async () => {
  assertEquals(await offered("rosey", "che"), ["check"]);
  assertEquals(await offered("rosey", "check", "--l"), ["--login"]);
  assertEquals(await offered("rosey", "demo", "--s"), ["--say", "--scripted"]);
  assertEquals(await offered("rosey", "run", "--config", "prometheus.y"), ["prometheus.yml"]);
  // The default command is `run`.
  assertEquals(await offered("rosey", "--con"), ["--config"]);
  assertEquals(await offered("rosey", "--config", "x.json", "--log"), [
    "--log-level",
    "--log-format",
  ]);
}, { needs: "linux" });

test("every command and flag is in the completions of every shell", () => {
  const scripts = completions();
  for (
    const { name, flags } of COMMANDS.map((command) => ({ ...command, flags: flagsOf(command) }))
  ) {
    for (const script of Object.values(scripts)) assertMatch(script, new RegExp(`\\b${name}\\b`));
    for (const { long } of [...PROGRAM_FLAGS, ...flags]) {
      assertStringIncludes(scripts["rosey.bash"]!, long, `${name} ${long}`);
      assertStringIncludes(scripts["_rosey"]!, long, `${name} ${long}`);
      assertStringIncludes(scripts["rosey.fish"]!, `-l ${long.slice(2)} `, `${name} ${long}`);
    }
  }
});
