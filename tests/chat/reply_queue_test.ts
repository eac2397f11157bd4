import { assertEquals } from "@std/assert";
import { type Question, ReplyQueue } from "../../src/chat/reply_queue.ts";
import { test } from "../testing.ts";

const question = (user: string, askedMs = 0, more: Partial<Question> = {}): Question => ({
  user,
  text: `${user} asks`,
  askedMs,
  private: false,
  kind: "call",
  lineIndex: undefined,
  ...more,
});

const FRESH = { staleMs: 1000, readySinceMs: -Infinity };

test("returns questions in the order of arrival", () => {
  const queue = new ReplyQueue(8);
  const [a, b] = [question("alice"), question("bob")];
  assertEquals(queue.push(a), "added");
  assertEquals(queue.push(b), "added");
  assertEquals(queue.size, 2);
  for (const next of [a, b, undefined]) assertEquals(queue.shift(), next);
  assertEquals(queue.size, 0);
});

test("refuses questions beyond its capacity", () => {
  const queue = new ReplyQueue(2);
  assertEquals(queue.full, false);
  queue.push(question("alice"));
  queue.push(question("bob"));
  assertEquals(queue.full, true);
  assertEquals(queue.push(question("carol")), "full");
  assertEquals(queue.size, 2);
  assertEquals(queue.shift()?.user, "alice");
  assertEquals(queue.full, false);
});

test("merges a user's second question into the first one's place, even when full", () => {
  const queue = new ReplyQueue(2);
  queue.push(question("Alice", 0, { text: "first" }));
  queue.push(question("bob"));
  assertEquals(queue.push(question("aLICE", 5, { text: "second" })), "merged");
  assertEquals(queue.size, 2);
  const both = question("aLICE", 0, { text: "first\nsecond" });
  assertEquals(queue.shift(), both);
  assertEquals(queue.shift()?.user, "bob");
});

test("keeps the newest 1000 characters of merged questions", () => {
  const queue = new ReplyQueue(2);
  for (let n = 0; n < 100; n++) {
    queue.push(question("alice", n, { text: `${n}`.padEnd(300, "x") }));
  }
  const { text } = queue.shift()!;
  assertEquals(text.length, 1000);
  assertEquals(text.slice(-300), "99".padEnd(300, "x"));
});

test("does not merge a user's private question, call and summary", () => {
  const queue = new ReplyQueue(8);
  const all = [
    question("alice", 0),
    question("alice", 0, { private: true }),
    question("alice", 0, { private: true, kind: "missed" }),
  ];
  for (const one of all) assertEquals(queue.push(one), "added");
  assertEquals(queue.push(question("alice", 1, { private: true, kind: "missed" })), "merged");
  assertEquals(queue.size, 3);
  assertEquals(queue.drop("ALICE").length, 3);
  assertEquals(queue.size, 0);
});

test("replaces an unasked remark by the same user's call", () => {
  const queue = new ReplyQueue(8);
  queue.push(question("alice", 0, { kind: "join", text: "" }));
  queue.push(question("alice", 1, { text: "rosey, hi" }));
  queue.push(question("alice", 2, { kind: "keyword", text: "popcorn" }));
  assertEquals(queue.shift(), question("alice", 0, { text: "rosey, hi" }));
});

test("removes and returns questions that waited too long", () => {
  const queue = new ReplyQueue(8);
  const [a, b, c] = [question("alice", 0), question("bob", 1), question("carol", 500)];
  for (const one of [a, b, c]) queue.push(one);
  assertEquals(queue.expire(1000, FRESH), []);
  assertEquals(queue.expire(1001, FRESH), [a]);
  assertEquals(queue.shift(), b);
  assertEquals(queue.expire(1501, FRESH), [c]);
  assertEquals(queue.size, 0);
});

test("does not count up to two minutes of model load time as waiting", () => {
  const after = (readySinceMs: number, now: number) => {
    const queue = new ReplyQueue(8);
    queue.push(question("alice", 0));
    queue.expire(now, { staleMs: 1000, readySinceMs });
    return queue.shift()?.user;
  };
  assertEquals(after(60_000, 61_000), "alice");
  assertEquals(after(60_000, 61_001), undefined);
  assertEquals(after(121_000, 121_000), "alice");
  assertEquals(after(121_001, 121_001), undefined);
  assertEquals(after(Infinity, 121_000), "alice");
  assertEquals(after(Infinity, 121_001), undefined);
});

test("limits the wait for the model by the first question", () => {
  const queue = new ReplyQueue(8);
  assertEquals(queue.maxWaitMs(0, 1000), 0);
  queue.push(question("alice", 500));
  queue.push(question("bob", 900));
  assertEquals(queue.maxWaitMs(600, 1000), 120_900);
  assertEquals(queue.maxWaitMs(121_501, 1000), 0);
});

test("returns all questions when cleared", () => {
  const queue = new ReplyQueue(1);
  queue.push(question("alice"));
  assertEquals(queue.clear(), [question("alice")]);
  assertEquals(queue.size, 0);
  assertEquals(queue.push(question("bob")), "added");
});
