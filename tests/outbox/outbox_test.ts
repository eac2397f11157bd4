import { assertEquals } from "@std/assert";
import { test } from "../testing.ts";
import { isSettled, outboxOf } from "./outbox.ts";

test("outbox sends lines in order, each after the echo of the last", () => {
  const { outbox, clock, sent, echo } = outboxOf();
  outbox.say(["a1", "a2"]);
  outbox.say(["b1"]);
  assertEquals(sent, ["a1"]);
  clock.advance(4000);
  assertEquals(sent, ["a1"]);
  echo();
  assertEquals(sent, ["a1", "a2"]);
  echo();
  assertEquals(sent, ["a1", "a2", "b1"]);
  echo();
  assertEquals(clock.pending, 0);
});

test("outbox ignores an empty reply and an echo without a line", () => {
  const { outbox, clock, sent, echo } = outboxOf();
  outbox.say([]);
  echo();
  outbox.refused("refused", "nothing was said");
  outbox.say(["a1"]);
  assertEquals(sent, ["a1"]);
  echo();
  assertEquals(clock.pending, 0);
});

test("outbox sends a line again after a cooldown, before all others", () => {
  const { outbox, clock, sent, echo } = outboxOf();
  outbox.say(["a1", "a2"]);
  outbox.cooldown(1000);
  assertEquals(sent, ["a1"]);
  clock.advance(999);
  assertEquals(sent, ["a1"]);
  clock.advance(200);
  assertEquals(sent, ["a1", "a1"]);
  echo();
  clock.advance(200);
  assertEquals(sent, ["a1", "a1", "a2"]);
});

test("outbox sends once after a cooldown although more lines were queued", () => {
  const { outbox, clock, sent, echo } = outboxOf();
  outbox.say(["a1"]);
  outbox.cooldown(1000);
  outbox.say(["b1"]);
  outbox.say(["c1"]);
  assertEquals(clock.pending, 1);
  clock.advance(1200);
  assertEquals(sent, ["a1", "a1"]);
  echo();
  clock.advance(1000);
  echo();
  clock.advance(1000);
  assertEquals(sent, ["a1", "a1", "b1", "c1"]);
});

test("outbox obeys a cooldown while no line is sent", () => {
  const { outbox, clock, sent } = outboxOf();
  outbox.cooldown(1000);
  outbox.say(["a1"]);
  assertEquals(sent, []);
  clock.advance(1200);
  assertEquals(sent, ["a1"]);
});

test("a refusal drops the rest of its reply only", () => {
  const { outbox, sent, echo } = outboxOf();
  outbox.say(["a1", "a2", "a3"]);
  outbox.say(["b1", "b2"]);
  echo();
  outbox.refused("refused", "chat: You have been muted on this channel.");
  assertEquals(sent, ["a1", "a2", "b1"]);
  echo();
  assertEquals(sent, ["a1", "a2", "b1", "b2"]);
});

test("a missing echo drops the reply", () => {
  const { outbox, clock, sent, echo } = outboxOf({ echoTimeoutMs: 5000 });
  outbox.say(["a1", "a2"]);
  outbox.say(["b1"]);
  clock.advance(4999);
  assertEquals(sent, ["a1"]);
  clock.advance(1);
  assertEquals(sent, ["a1", "b1"]);
  echo();
  assertEquals(clock.pending, 0);
});

test("a closed outbox keeps its lines", () => {
  const { outbox, clock, sent } = outboxOf();
  outbox.close();
  outbox.say(["a1", "a2"]);
  clock.advance(30_000);
  assertEquals(sent, []);
  assertEquals(clock.pending, 0);
  outbox.open();
  assertEquals(sent, ["a1"]);
});

test("outbox drops lines that are too old", () => {
  const { outbox, clock, sent } = outboxOf({ maxAgeMs: 60_000 });
  outbox.close();
  outbox.say(["old"]);
  clock.advance(1);
  outbox.say(["just in time"]);
  clock.advance(60_000);
  outbox.open();
  assertEquals(sent, ["just in time"]);
});

test("outbox queues a reply whole or not at all", () => {
  const { outbox, sent, echo } = outboxOf({ capacity: 3 });
  outbox.close();
  outbox.say(["a1", "a2"]);
  outbox.say(["b1", "b2"]);
  outbox.say(["c1"]);
  outbox.say(["d1"]);
  outbox.open();
  echo();
  echo();
  echo();
  assertEquals(sent, ["a1", "a2", "c1"]);
});

test("outbox stays within the channel's limits", () => {
  const { outbox, clock, sent, echo } = outboxOf();
  outbox.setLimits({ enabled: true, burst: 4, perSecond: 1, resetSeconds: 4 }, 1);
  outbox.say(["1", "2", "3", "4", "5", "6"]);
  for (let line = 0; line < 4; line++) echo();
  assertEquals(sent, ["1", "2", "3", "4"]);
  clock.advance(1000);
  assertEquals(sent.length, 4);
  clock.advance(100);
  assertEquals(sent.length, 5);
  echo();
  clock.advance(900);
  assertEquals(sent.length, 5);
  clock.advance(200);
  assertEquals(sent.length, 6);
});

test("drained resolves with the last echo, or at once if nothing waits", async () => {
  const { outbox, echo } = outboxOf();
  assertEquals(await isSettled(outbox.drained()), true);
  outbox.say(["a1", "a2"]);
  const [one, two] = [outbox.drained(), outbox.drained()];
  echo();
  assertEquals(await isSettled(one), false);
  echo();
  await Promise.all([one, two]);
});

test("drained resolves when the remaining lines are dropped", async () => {
  const { outbox, clock } = outboxOf();
  outbox.say(["a1", "a2"]);
  const refused = outbox.drained();
  outbox.refused("refused", "muted");
  await refused;
  outbox.say(["b1"]);
  const unheard = outbox.drained();
  clock.advance(5000);
  await unheard;
});

test("drained resolves when the channel is lost", async () => {
  const { outbox } = outboxOf();
  outbox.say(["a1", "a2"]);
  const meanwhile = outbox.drained();
  assertEquals(await isSettled(meanwhile), false);
  outbox.close();
  assertEquals(await isSettled(outbox.drained()), true);
  assertEquals(await isSettled(meanwhile), true);
});

test("drained resolves when the remaining lines are too old", async () => {
  const { outbox, clock } = outboxOf({ maxAgeMs: 60_000 });
  outbox.say(["a1"]);
  outbox.cooldown(70_000);
  const drained = outbox.drained();
  clock.advance(71_000);
  assertEquals(await isSettled(drained), true);
});

test("tells once which lines of a reply were said, when none waits any more", () => {
  const { outbox, clock, echo } = outboxOf();
  const settled: string[] = [];
  const say = (...lines: string[]) =>
    outbox.say(lines, { onSettled: (said) => settled.push(said.join("|") || "nothing") });
  say("a1", "a2");
  echo();
  assertEquals(settled, []);
  echo();
  assertEquals(settled.splice(0), ["a1|a2"]);
  say("b1", "b2");
  echo();
  outbox.withdraw("the chat was reset");
  echo();
  assertEquals(settled.splice(0), ["b1|b2"]);
  say("c1", "c2");
  // The echo of the first line may come late.
  clock.advance(5000);
  assertEquals(settled.splice(0), []);
  clock.advance(30_000);
  assertEquals(settled.splice(0), ["nothing"]);
  outbox.mute("a moderator said so");
  say("d1");
  assertEquals(settled.splice(0), ["nothing"]);
});

test("a line that the history has after a reconnect was said", () => {
  const { outbox, echo } = outboxOf();
  const settled: string[] = [];
  const onSettled = (said: readonly string[]) => settled.push(said.join("|"));
  for (const found of [true, false]) {
    outbox.say(["one", "two"], { onSettled });
    outbox.close();
    if (found) outbox.foundInHistory({ text: "one" });
    outbox.open();
    if (found) echo();
    assertEquals(settled.splice(0), [found ? "one|two" : ""]);
  }
});

test("is busy when a line would have to wait for more than eight seconds", () => {
  const { outbox, clock, echo } = outboxOf();
  outbox.setLimits({ enabled: true, burst: 4, perSecond: 1, resetSeconds: 4 }, 1);
  for (let line = 0; line < 11; line++) {
    assertEquals(outbox.isBusy(), false, `${line} lines`);
    outbox.say([`line ${line}`]);
  }
  assertEquals(outbox.isBusy(), true);
  for (let line = 0; line < 6; line++) {
    echo();
    clock.advance(1050);
  }
  assertEquals(outbox.isBusy(), false);
});

test("is busy when the replies that are still written would take too long", () => {
  const { outbox, clock, echo } = outboxOf();
  outbox.setLimits({ enabled: true, burst: 4, perSecond: 1, resetSeconds: 4 }, 1);
  assertEquals([outbox.isBusy({ replies: 10 }), outbox.isBusy({ replies: 11 })], [false, true]);
  for (let reply = 0; reply < 40; reply++) {
    outbox.say(["one", "two"]);
    for (let line = 0; line < 2; line++) {
      echo();
      clock.advance(5000);
    }
  }
  assertEquals([outbox.isBusy({ replies: 5 }), outbox.isBusy({ replies: 6 })], [false, true]);
});
