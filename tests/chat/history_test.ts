import { assertEquals } from "@std/assert";
import { History } from "../../src/chat/history.ts";
import { test } from "../testing.ts";

const contents = (history: History, user: string) => history.of(user).map(({ content }) => content);

test("keeps question and answer in order", () => {
  const history = new History(10);
  assertEquals(history.of("alice"), []);
  history.add("alice", "alice: hi", "Hello.");
  history.add("alice", "alice: bye", "Bye.");
  assertEquals(history.of("alice"), [
    { role: "user", content: "alice: hi" },
    { role: "assistant", content: "Hello." },
    { role: "user", content: "alice: bye" },
    { role: "assistant", content: "Bye." },
  ]);
});

test("is separate for each user, in any case of the name", () => {
  const history = new History(10);
  history.add("Alice", "q", "a");
  assertEquals(contents(history, "aLICE"), ["q", "a"]);
  assertEquals(contents(history, "bob"), []);
  assertEquals(contents(history, "constructor"), []);
});

test("keeps the newest messages and starts with a question", () => {
  const cases = [
    [0, []],
    [1, []],
    [2, ["q3", "a3"]],
    [3, ["q3", "a3"]],
    [4, ["q2", "a2", "q3", "a3"]],
    [6, ["q1", "a1", "q2", "a2", "q3", "a3"]],
    [1000, ["q1", "a1", "q2", "a2", "q3", "a3"]],
  ] as const;
  for (const [maxMessages, kept] of cases) {
    const history = new History(maxMessages);
    for (const n of [1, 2, 3]) history.add("alice", `q${n}`, `a${n}`);
    assertEquals<unknown>(contents(history, "alice"), kept, `of at most ${maxMessages}`);
  }
});

test("does not change messages that it returned before", () => {
  const history = new History(2);
  history.add("alice", "q1", "a1");
  const before = history.of("alice");
  history.add("alice", "q2", "a2");
  assertEquals(before.map(({ content }) => content), ["q1", "a1"]);
});

test("forgets all conversations", () => {
  const history = new History(10);
  history.add("alice", "q", "a");
  history.add("bob", "q", "a");
  history.clear();
  assertEquals([history.of("alice"), history.of("bob")], [[], []]);
});

test("keeps 200 conversations and evicts the one unchanged the longest", () => {
  const history = new History(2);
  for (let n = 0; n < 200; n++) history.add(`user${n}`, "q", "a");
  history.add("user0", "q2", "a2");
  history.add("newcomer", "q", "a");
  assertEquals(contents(history, "user0"), ["q2", "a2"]);
  assertEquals(contents(history, "user1"), []);
  assertEquals(contents(history, "user2"), ["q", "a"]);
  assertEquals(contents(history, "newcomer"), ["q", "a"]);
});
