import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { flagsOf } from "../../src/cli/arguments.ts";
import { COMMANDS } from "../../src/cli/commands.ts";
import { manPage } from "../../tools/man_page.ts";
import { test } from "../testing.ts";

test("the manual page has every command with its flags and examples", async () => {
  const child = new Deno.Command("groff", {
    args: ["-man", "-Tascii", "-ww", "-P-cbou", "-rLL=200n"],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(manPage()));
  await writer.close();
  const { stdout, stderr } = await child.output();
  assertEquals(new TextDecoder().decode(stderr), "");
  const page = new TextDecoder().decode(stdout);
  for (const command of COMMANDS) {
    assertMatch(page, new RegExp(`^ +rosey ${command.name}\\b`, "m"));
    for (const { long } of flagsOf(command)) assertStringIncludes(page, long);
    for (const line of Object.keys(command.examples)) assertStringIncludes(page, `  ${line}\n`);
  }
}, { needs: "groff" });
