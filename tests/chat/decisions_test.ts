import { assertEquals } from "@std/assert";
import { Decisions } from "../../src/chat/decisions.ts";
import { test } from "../testing.ts";

test("keeps one entry per question, from queued to finished", () => {
  const decisions = new Decisions();
  decisions.queued("alice");
  decisions.queued("bob");
  decisions.ignored("Alice", "cooldown");
  decisions.finished({ user: "Alice", private: false }, "model failed", "x".repeat(1000));
  const { recent, counts } = decisions.report;
  assertEquals(recent.map(({ user, outcome }) => `${user}: ${outcome}`), [
    "Alice: model failed",
    "Alice: cooldown",
    "bob: waiting",
  ]);
  assertEquals(recent[0]!.detail, "x".repeat(200));
  assertEquals(counts, { "cooldown": 1, "model failed": 1 });
});

test("tells the first words of a line, but not of a private message", () => {
  const decisions = new Decisions();
  const long = "rosey, which film is on after this one?";
  decisions.ignored("alice", "cooldown", { text: long, private: false });
  decisions.ignored("alice", "cooldown", { text: long, private: true });
  decisions.queued("bob", { text: "rosey, hi", private: false });
  decisions.finished({ user: "bob", private: false }, "answered");
  const shown = decisions.report.recent.map(({ words, private: isPrivate }) => [words, isPrivate]);
  assertEquals(shown, [["rosey, hi", false], ["", true], [
    "rosey, which film is on after…",
    false,
  ]]);
});

test("only counts lines that are not for the bot, and bounds the list", () => {
  const decisions = new Decisions();
  for (let line = 0; line < 1000; line++) decisions.ignored("bob", "not called");
  assertEquals(decisions.report.recent.length, 0);
  assertEquals(decisions.report.counts, { "not called": 1000 });
  for (let line = 0; line < 1000; line++) decisions.ignored(`user${line}`, "queue full");
  const { recent } = decisions.report;
  assertEquals(recent.length, 50);
  assertEquals(recent[0]!.user, "user999");
});

test("remembers the last 500 users who spoke without calling the bot", () => {
  const decisions = new Decisions();
  const speak = (name: string) => decisions.ignored(name, "not called");
  const known = (name: string) => decisions.last(1, name).length === 1;
  speak("alice");
  for (let n = 0; n < 499; n++) speak(`user${n}`);
  speak("alice");
  speak("newcomer");
  assertEquals(["alice", "newcomer", "user0", "user1"].map(known), [true, true, false, true]);
  // Everybody speaks once more, bob last.
  for (let n = 1; n < 499; n++) speak(`user${n}`);
  speak("alice");
  speak("bob");
  for (let n = 0; n < 498; n++) speak(`stranger${n}`);
  assertEquals(["alice", "bob", "user1", "user498"].map(known), [true, true, false, false]);
  const names = Array.from({ length: 1000 }, (_, n) => [`user${n}`, `stranger${n}`]).flat();
  assertEquals([...names, "alice", "bob", "newcomer"].filter(known).length, 500);
});

test("who spoke last is remembered before who spoke often but earlier", () => {
  const decisions = new Decisions();
  const speak = (name: string) => decisions.ignored(name, "not called");
  const known = (name: string) => decisions.last(1, name).length === 1;
  for (let n = 0; n < 499; n++) for (let twice = 0; twice < 2; twice++) speak(`user${n}`);
  speak("last");
  speak("newcomer");
  assertEquals(["last", "newcomer", "user0", "user1"].map(known), [true, true, false, true]);
});

test("an outcome belongs to the question of the room or to the private one", () => {
  const decisions = new Decisions();
  decisions.queued("alice", { text: "rosey, what is on?", private: false });
  decisions.queued("alice", { text: "a secret", private: true });
  decisions.finished({ user: "alice", private: true }, "model failed");
  const shown = () => decisions.report.recent.map(({ outcome, words }) => [outcome, words]);
  assertEquals(shown(), [["model failed", ""], ["waiting", "rosey, what is on?"]]);
  decisions.finished({ user: "alice", private: false }, "answered");
  decisions.forgetWords("Alice");
  assertEquals(shown(), [["answered", ""], ["model failed", ""]]);
  decisions.ignored("bob", "opted out", { text: "rosey, a secret", private: false });
  assertEquals(shown()[0], ["opted out", ""]);
});

test("reports each entry as it is made, with what caused the reply", () => {
  const reported: string[] = [];
  const decisions = new Decisions({
    clock: { wall: () => 5000 },
    onDecided: ({ at, user, outcome, kind }) => reported.push(`${at} ${user}: ${outcome}, ${kind}`),
  });
  const alice = { user: "alice", text: "popcorn", private: false, kind: "keyword" } as const;
  decisions.ignored("bob", "not called");
  decisions.ignored("bob", "cooldown", { text: "rosey?", private: false });
  decisions.queued("alice", alice);
  decisions.finished(alice, "answered");
  assertEquals(reported, [
    "5000 bob: cooldown, undefined",
    "5000 alice: waiting, keyword",
    "5000 alice: answered, keyword",
  ]);
  assertEquals(decisions.last(1)[0]?.words, "popcorn");
});
