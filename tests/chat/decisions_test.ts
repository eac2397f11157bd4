import assert from "node:assert/strict";
import { Decisions } from "../../src/chat/decisions.ts";
import { test } from "../testing.ts";

test("a question is one entry, from its begin to what came of it", () => {
  const decisions = new Decisions();
  decisions.taken("alice");
  decisions.taken("bob");
  decisions.ignored("Alice", "cooldown");
  decisions.settled("Alice", "model failed", "x".repeat(1000));
  const { recent, counts } = decisions.report;
  assert.deepEqual(recent.map(({ user, outcome }) => `${user}: ${outcome}`), [
    "Alice: model failed",
    "Alice: cooldown",
    "bob: waiting",
  ]);
  assert.equal(recent[0]!.detail, "x".repeat(200));
  assert.deepEqual(counts, { "cooldown": 1, "model failed": 1 });
});

test("lines that have nothing to do with her are counted, not remembered, and no room grows the list", () => {
  const decisions = new Decisions();
  for (let line = 0; line < 1000; line++) decisions.ignored("bob", "not called");
  assert.equal(decisions.report.recent.length, 0);
  assert.deepEqual(decisions.report.counts, { "not called": 1000 });
  for (let line = 0; line < 1000; line++) decisions.ignored(`user${line}`, "queue full");
  const { recent } = decisions.report;
  assert.equal(recent.length, 50);
  assert.equal(recent[0]!.user, "user999");
});
