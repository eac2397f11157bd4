import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { flagsOf, PROGRAM_FLAGS } from "../../src/cli/arguments.ts";
import { COMMANDS } from "../../src/cli/commands.ts";
import { completions } from "../../src/cli/completions.ts";
import { test } from "../testing.ts";

/** Completions that bash offers after some words. */
async function offered(...words: string[]): Promise<string[]> {
  const script = `${completions("bash")}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _rosey; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = await new Deno.Command("bash", { args: ["-c", script, "-", ...words] })
    .output();
  assertEquals(new TextDecoder().decode(stderr), "");
  return new TextDecoder().decode(stdout).split("\n").filter(Boolean);
}

test("bash completes commands, their arguments and flags, and the values of flags", async () => {
  assertEquals(await offered("rosey", "chec"), ["check"]);
  assertEquals(await offered("rosey", "check", "--l"), ["--login"]);
  assertEquals(await offered("rosey", "demo", "--s"), ["--say", "--scripted"]);
  assertEquals(await offered("rosey", "completions", "f"), ["fish"]);
  assertEquals(await offered("rosey", "config", "s"), ["show", "schema"]);
  assertEquals(await offered("rosey", "help", "pu"), ["pull"]);
  assertEquals(await offered("rosey", "--log-level", "WARN"), ["WARN", "WARNING"]);
  assertEquals(await offered("rosey", "run", "--log-format", "j"), ["journal", "json"]);
  // A flag whose value may be missing.
  assertEquals(await offered("rosey", "check", "--watch", "--j"), ["--json"]);
  // The default command is `run`.
  assertEquals(await offered("rosey", "--con"), ["--config"]);
  assertEquals(await offered("rosey", "--config", "x.json", "--log"), [
    "--log-level",
    "--log-format",
  ]);
}, { needs: "linux" });

test("bash completes names of files where the program has no words", async () => {
  assertEquals(await offered("rosey", "run", "--config", ""), []);
  assertMatch(completions("bash"), /^complete -o default -F _rosey rosey$/m);
}, { needs: "linux" });

test("every command and flag is in the completions of every shell", () => {
  for (const shell of ["bash", "zsh", "fish"]) {
    const script = completions(shell);
    for (const command of COMMANDS) {
      assertMatch(script, new RegExp(`\\b${command.name}\\b`), shell);
      for (const { long } of [...PROGRAM_FLAGS, ...flagsOf(command)]) {
        assertStringIncludes(script, shell === "fish" ? `-l ${long.slice(2)} ` : long, shell);
      }
    }
  }
});
