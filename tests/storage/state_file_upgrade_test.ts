import { assertEquals } from "@std/assert";
import { type Memory, openMemory } from "../../src/chat/memory.ts";
import { FakeClock } from "../fakes/clock.ts";
import { settingsOf } from "../fakes/room_scene.ts";
import { inWorld, open } from "../fakes/state_world.ts";
import { test } from "../testing.ts";

/** Files that version 0.1.0 wrote, not to be made anew; their calendar stood 4 s before that of tests. */
const FOLDER = new URL("../fixtures/state/", import.meta.url);

/** What is in each of them. */
function assertRemembers({ history, optedOut, ignored, cooldown, pause }: Memory): void {
  assertEquals(history.of("alice"), [
    { role: "user", content: "what is on?" },
    { role: "assistant", content: "A film from 1922." },
    { role: "user", content: "and then?" },
    { role: "assistant", content: "Another one — “M”, 1931. 🎬" },
  ]);
  assertEquals(history.of("pm:bob"), [
    { role: "user", content: "psst" },
    { role: "assistant", content: "Yes?" },
  ]);
  assertEquals(["carol", "dave", "alice"].map((name) => optedOut.has(name)), [
    true,
    true,
    false,
  ]);
  assertEquals(["otherbot", "alice"].map((name) => ignored.has(name)), [true, false]);
  assertEquals(cooldown.remainingMs("alice", 0), 6000);
  assertEquals(cooldown.remainingMs("bob", 0), 0);
  assertEquals(pause.has("on"), true);
}

for (
  const [what, name, ends] of [
    ["a file", "state-v1.db", [""]],
    ["a file that was not closed", "state-v1-killed.db", ["", "-wal"]],
  ] as const
) {
  test(`state file: ${what} of version 0.1.0 is read, and read again`, () =>
    inWorld(({ path, log }) => {
      for (const end of ends) Deno.copyFileSync(new URL(name + end, FOLDER), path + end);
      const { llm } = settingsOf({ llm: { llm_cooldown: 10, max_history_messages: 10 } });
      for (let start = 0; start < 2; start++) {
        const clock = new FakeClock();
        using state = open(path, clock);
        assertRemembers(openMemory(llm, { state, clock }));
      }
      assertEquals(log(), []);
    }));
}
