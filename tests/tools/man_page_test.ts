import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { flagsOf, formOf } from "../../src/cli/arguments.ts";
import { COMMANDS } from "../../src/cli/commands.ts";
import { manPage } from "../../tools/man_page.ts";
import { test } from "../testing.ts";

test("the manual page has every command with its flags and examples", () => {
  const lines = manPage().replaceAll("\\-", "-").split("\n");
  for (const command of COMMANDS) {
    assert(lines.some((line) => line.startsWith(`.SS "rosey ${command.name}`)), command.name);
    for (const flag of flagsOf(command)) assert(lines.includes(`.B ${formOf(flag)}`), flag.long);
    for (const line of Object.keys(command.examples)) assert(lines.includes(line), line);
  }
});

test("groff formats the manual page without a warning", async () => {
  const child = new Deno.Command("groff", {
    args: ["-man", "-Tascii", "-ww", "-P-cbou"],
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
  assertStringIncludes(page, "rosey config show | grep -v '  default  '");
}, { needs: "groff" });
