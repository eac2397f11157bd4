import { assertEquals } from "@std/assert";
import { RoomLog, type WindowOptions } from "../../src/chat/room_log.ts";
import { test } from "../testing.ts";

const WINDOW: WindowOptions = { minLines: 4, maxChars: 1000, isHidden: () => false };

/** A log with a function that adds a line and returns its index. */
function logOf(...texts: string[]) {
  const log = new RoomLog();
  let time = 0;
  const hear = (user: string, text: string) =>
    log.add({ user, text, time: ++time, shadow: false, action: false }, {
      live: true,
      own: user === "Rosey",
    });
  for (const text of texts) hear("bob", text);
  const shown = (options: Partial<WindowOptions> = {}) =>
    log.window({ ...WINDOW, ...options }).map(({ text }) => text).join(" ");
  return { log, hear, shown };
}

test("the window slides in blocks: it begins with the same line for many questions", () => {
  const { hear, shown } = logOf();
  const firsts: string[] = [];
  for (let n = 0; n < 24; n++) {
    hear("bob", `${n}`);
    firsts.push(shown().split(" ")[0]!);
  }
  const expected = [...Array(12).fill(0), ...Array(9).fill(9), ...Array(3).fill(18)];
  assertEquals(firsts.join(" "), expected.join(" "));
  assertEquals(shown(), "18 19 20 21 22 23");
});

test("lines that are too long together move the window by a third of the characters", () => {
  const long = (n: number) => `${n}`.padEnd(97, "x");
  const { hear, shown } = logOf(...[0, 1, 2, 3].map(long));
  const numbers = () => shown({ maxChars: 450 }).replaceAll("x", "");
  assertEquals(numbers(), "0 1 2 3");
  hear("bob", long(4));
  assertEquals(numbers(), "2 3 4");
  hear("bob", long(5));
  assertEquals(numbers(), "2 3 4 5");
  assertEquals(shown({ minLines: 0 }), "");
});

test("the window ends before the question and leaves out hidden users' lines", () => {
  const { hear, shown } = logOf("one", "two");
  const asked = hear("alice", "rosey?");
  hear("carol", "three");
  assertEquals(shown({ before: asked }), "one two");
  assertEquals(shown({ isHidden: (user) => user === "carol" }), "one two rosey?");
});

test("an answer stands in the window as the model wrote it, and not as its echo", () => {
  const { log, hear, shown } = logOf("hi");
  hear("Rosey", "alice: *Hello*.");
  log.addReply("Rosey", "alice", "Hello.");
  assertEquals(shown(), "hi Hello.");
  assertEquals(log.lastReplies(3), ["Hello."]);
  // The server repeats the echo after a reconnect.
  const echo = { user: "Rosey", text: "alice: *Hello*.", time: 2, shadow: false, action: false };
  log.add(echo, { live: false, own: true });
  assertEquals(shown(), "hi Hello.");
  log.forget("Alice");
  assertEquals(shown(), "hi");
});

test("counts the lines of others since the question", () => {
  const { log, hear } = logOf();
  const asked = hear("alice", "rosey?");
  hear("Alice", "hello?");
  hear("Rosey", "What?");
  assertEquals(log.othersSince(asked, "alice"), 0);
  hear("bob", "ha");
  hear("carol", "ha");
  assertEquals(log.othersSince(asked, "alice"), 2);
});
