import { assertEquals } from "@std/assert";
import { AfkMark } from "../../src/cytube/afk.ts";
import { FakeClock } from "../fakes/clock.ts";
import { test } from "../testing.ts";

test("marks the bot as away 10 s after its last line, once", () => {
  const clock = new FakeClock();
  let marks = 0;
  const afk = new AfkMark({ clock, mark: () => ++marks > 0 });
  afk.active();
  clock.advance(9000);
  afk.active();
  clock.advance(9999);
  assertEquals(marks, 0);
  clock.advance(1);
  clock.advance(60_000);
  assertEquals(marks, 1);
  afk.active();
  afk.left();
  clock.advance(60_000);
  assertEquals(marks, 1);
  assertEquals(clock.pending, 0);
});

test("waits until the bot may speak", () => {
  const clock = new FakeClock();
  const answers = [false, false, true, true];
  const afk = new AfkMark({ clock, mark: () => answers.shift()! });
  afk.active();
  clock.advance(60_000);
  assertEquals(answers, [true]);
});
