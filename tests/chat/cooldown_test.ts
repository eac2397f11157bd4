import { assertEquals } from "@std/assert";
import { Cooldown } from "../../src/chat/cooldown.ts";
import { test } from "../testing.ts";

test("ends after its time", () => {
  const cooldown = new Cooldown(10_000);
  assertEquals(cooldown.remainingMs("alice", 0), 0);
  cooldown.start("alice", 1000);
  const cases = [[1000, 10_000], [6000, 5000], [10_999, 1], [11_000, 0], [99_000, 0]] as const;
  for (const [now, remaining] of cases) {
    assertEquals(cooldown.remainingMs("alice", now), remaining, `at ${now}`);
  }
});

test("is separate for each user, in any case of the name", () => {
  const cooldown = new Cooldown(10_000);
  cooldown.start("Alice", 0);
  assertEquals(cooldown.remainingMs("aLICE", 1), 9999);
  assertEquals(cooldown.remainingMs("bob", 1), 0);
  assertEquals(cooldown.remainingMs("__proto__", 1), 0);
});

test("starts again with each answer", () => {
  const cooldown = new Cooldown(10_000);
  cooldown.start("alice", 0);
  cooldown.start("bob", 1000);
  cooldown.start("alice", 9000);
  assertEquals(cooldown.remainingMs("alice", 10_000), 9000);
  assertEquals(cooldown.remainingMs("bob", 10_000), 1000);
});

test("lets everybody ask when the pause is 0", () => {
  const cooldown = new Cooldown(0);
  cooldown.start("alice", 5);
  assertEquals(cooldown.remainingMs("alice", 5), 0);
});

test("holds 5000 users and evicts the one who started first", () => {
  const cooldown = new Cooldown(1_000_000);
  for (let at = 0; at < 5001; at++) cooldown.start(`user${at}`, at);
  assertEquals(cooldown.remainingMs("user0", 5001), 0);
  assertEquals(cooldown.remainingMs("user1", 5001), 995_000);
  assertEquals(cooldown.remainingMs("user5000", 5001), 999_999);
});

test("does not evict a user who started again", () => {
  const cooldown = new Cooldown(1_000_000);
  for (let at = 0; at < 5000; at++) cooldown.start(`user${at}`, at);
  cooldown.start("user0", 5000);
  cooldown.start("newcomer", 5001);
  assertEquals(cooldown.remainingMs("user0", 5001), 999_999);
  assertEquals(cooldown.remainingMs("user1", 5001), 0);
});
