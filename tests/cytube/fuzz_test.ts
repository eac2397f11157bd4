import { assert, assertEquals, assertGreater, assertLessOrEqual } from "@std/assert";
import { setupLogging } from "../../src/log.ts";
import { test } from "../testing.ts";
import { fuzz } from "./fuzz_run.ts";

const EVENTS = 100_000;
const SEED = 20_261_124;
/** The bounds of the bot's collections, and of the timers that may be pending. */
const MOST = { people: 10_000, questions: 8, lines: 31, decisions: 50, timers: 50 };

test("the bot answers after 100,000 random and mutated events", async () => {
  const broken: string[] = [];
  await using _logging = await setupLogging({
    level: "DEBUG",
    format: "journal",
    // deno-lint-ignore no-control-regex
    write: (line) => void (/[\0-\x1f\x7f]/.test(line) && broken.push(line.slice(0, 400))),
  });
  const { faults, counts, read, sent, kept } = await fuzz({ events: EVENTS, seed: SEED });
  assertEquals(faults, []);
  assertEquals(broken, []);
  for (const [what, most] of Object.entries(MOST)) {
    assertLessOrEqual(kept[what]!, most, `${what}: ${kept[what]}`);
  }
  // The bot has read events, received questions and said lines, so the checks above mean something.
  for (const [kind, count] of Object.entries(counts)) assertGreater(count, EVENTS / 50, kind);
  assert(read > EVENTS / 4 && sent > EVENTS / 100, `${read} read, ${sent} said`);
  for (const what of ["people", "questions", "lines"]) assertGreater(kept[what]!, 0, what);
});
