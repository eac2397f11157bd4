import { assertEquals, assertMatch } from "@std/assert";
import manifest from "../../deno.json" with { type: "json" };
import { test } from "../testing.ts";

const MEASURING = Object.entries(manifest.tasks).filter(([name]) =>
  /^(?:bench|chaos|fuzz|soak)/.test(name)
);

test("a measuring task tells its usage, also when an argument is wrong", async () => {
  for (const [name, task] of MEASURING) {
    const command = typeof task === "string" ? task : task.command;
    for (const [arg, code] of [["--help", 0], ["--nonsense", 2]] as const) {
      const [program, ...args] = command.split(" ");
      assertEquals(program, "deno");
      const result = await new Deno.Command(Deno.execPath(), { args: [...args, arg] }).output();
      const [output, errors] = [result.stdout, result.stderr]
        .map((bytes) => new TextDecoder().decode(bytes));
      assertEquals(result.code, code, errors);
      assertMatch(
        (code === 0 ? output : errors)!,
        new RegExp(`^Usage: deno task ${name} \\[`, "m"),
      );
      if (code !== 0) assertMatch(errors!, /^cannot use the argument --nonsense$/m);
    }
  }
});
