import assert from "node:assert/strict";
import { type Question, QuestionQueue } from "../../src/chat/queue.ts";
import { test } from "../testing.ts";

const question = (user: string, askedMs = 0, text = `${user} asks`): Question => ({
  user,
  text,
  askedMs,
});

test("queue gives questions in the order they came", () => {
  const queue = new QuestionQueue({ capacity: 8, staleMs: 1000 });
  const [a, b] = [question("alice"), question("bob")];
  assert.equal(queue.push(a), true);
  assert.equal(queue.push(b), true);
  assert.equal(queue.size, 2);
  assert.deepEqual(queue.shift(0), { next: a, stale: [] });
  assert.deepEqual(queue.shift(0), { next: b, stale: [] });
  assert.deepEqual(queue.shift(0), { stale: [] });
  assert.equal(queue.size, 0);
});

test("queue refuses what is beyond its capacity and keeps the rest", () => {
  const queue = new QuestionQueue({ capacity: 2, staleMs: 1000 });
  assert.equal(queue.full, false);
  queue.push(question("alice"));
  queue.push(question("bob"));
  assert.equal(queue.full, true);
  assert.equal(queue.push(question("carol")), false);
  assert.equal(queue.size, 2);
  assert.equal(queue.shift(0).next?.user, "alice");
  assert.equal(queue.full, false);
});

test("queue takes the newer question of a person in the older one's place, even when full", () => {
  const queue = new QuestionQueue({ capacity: 2, staleMs: 1000 });
  queue.push(question("Alice", 0, "first"));
  queue.push(question("bob"));
  assert.equal(queue.push(question("aLICE", 5, "second")), true);
  assert.equal(queue.size, 2);
  assert.deepEqual(queue.shift(5).next, question("aLICE", 5, "second"));
  assert.equal(queue.shift(5).next?.user, "bob");
});

test("queue drops questions that waited too long and tells which", () => {
  const queue = new QuestionQueue({ capacity: 8, staleMs: 1000 });
  const [a, b, c] = [question("alice", 0), question("bob", 1), question("carol", 500)];
  for (const one of [a, b, c]) queue.push(one);
  assert.deepEqual(queue.shift(1001), { next: b, stale: [a] });
  assert.deepEqual(queue.shift(1501), { stale: [c] });
  assert.equal(queue.size, 0);
});

test("queue that was cleared is empty", () => {
  const queue = new QuestionQueue({ capacity: 1, staleMs: 1000 });
  queue.push(question("alice"));
  queue.clear();
  assert.equal(queue.size, 0);
  assert.equal(queue.push(question("bob")), true);
});
