import { assertEquals } from "@std/assert";
import { setupLogging } from "../../src/log.ts";
import { test } from "../testing.ts";
import { outboxOf } from "./outbox.ts";

test("the outbox's log quotes no private message", async () => {
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  await using _logging = await setupLogging({ level: "DEBUG", format: "journal", write });
  const { outbox, clock } = outboxOf();
  outbox.say(["confidential one", "confidential two"], { to: "alice" });
  clock.advance(6000);
  outbox.refused("refused", "late");
  outbox.echoed({ text: "confidential three", to: "bob" });
  outbox.echoed({ text: "said to the room" });
  assertEquals(lines, [
    "<4>Line not said: no echo came within 5 s: a private one to alice",
    "<4>Line not said: the line before it was not said: a private one to alice",
    "<7>Late answer to a line that was given up: a private one to alice",
    "<7>Line under the bot's name that it did not send: a private one to bob",
    '<7>Line under the bot\'s name that it did not send: "said to the room"',
  ]);
});
