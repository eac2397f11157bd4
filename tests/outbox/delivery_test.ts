import { assertEquals } from "@std/assert";
import { test } from "../testing.ts";
import { dropped, outboxOf } from "./outbox.ts";

test("outbox drops the sent line and the rest of its reply when the channel is lost", () => {
  const { outbox, clock, sent, echo } = outboxOf();
  outbox.say(["a1", "a2"]);
  outbox.say(["b1"]);
  outbox.close();
  assertEquals(clock.pending, 0);
  echo();
  outbox.open();
  assertEquals(sent, ["a1", "b1"]);
  echo();
  const counts = { waiting: 0, muted: false, said: 1, late: 0, delayed: 0 };
  assertEquals(outbox.report, { ...counts, dropped: dropped({ "connection lost": 2 }) });
});

test("outbox continues a reply when the history confirms its last line", () => {
  const { outbox, sent, echo } = outboxOf();
  outbox.say(["see snake_case <b>", "a2"]);
  outbox.close();
  outbox.foundInHistory({ text: "what is new?" });
  outbox.foundInHistory({ text: "see snakecase <b>" });
  outbox.foundInHistory({ text: "see snakecase <b>" });
  outbox.open();
  assertEquals(sent, ["see snake_case <b>", "a2"]);
  echo();
  const counts = { waiting: 0, muted: false, said: 1, late: 1, delayed: 0 };
  assertEquals(outbox.report, { ...counts, dropped: dropped({ "connection lost": 1 }) });
});

test("outbox does not confirm a lost line by an earlier line of the bot", () => {
  const { outbox, sent } = outboxOf();
  outbox.say(["all is well"]);
  outbox.echoed({ text: "all is well" }, 1000);
  outbox.say(["all is well", "a2"]);
  outbox.close();
  outbox.foundInHistory({ text: "all is well" }, 1000);
  outbox.open();
  assertEquals(sent, ["all is well", "all is well"]);
  assertEquals(outbox.report.late, 0);
  outbox.say(["all is well", "b2"]);
  outbox.close();
  outbox.foundInHistory({ text: "all is well" }, 1000);
  outbox.foundInHistory({ text: "all is well" }, 1001);
  outbox.open();
  assertEquals(sent.at(-1), "b2");
  assertEquals(outbox.report.late, 1);
});

test("outbox keeps a waiting reply across a loss between two lines", () => {
  const { outbox, sent, echo } = outboxOf();
  outbox.setLimits({ enabled: true, burst: 1, perSecond: 1, resetSeconds: 4 }, 1);
  outbox.say(["a1", "a2"]);
  echo();
  outbox.close();
  outbox.open();
  assertEquals(sent, ["a1"]);
  assertEquals(outbox.report.waiting, 1);
});

test("outbox does not confirm a private message by the history", () => {
  const { outbox, sent } = outboxOf();
  outbox.say(["p1", "p2"], { to: "alice" });
  outbox.close();
  // Private messages are in no history: this one went to the room.
  outbox.foundInHistory({ text: "p1" });
  outbox.open();
  assertEquals(sent, ["alice: p1"]);
  assertEquals(outbox.report.dropped, dropped({ "connection lost": 2 }));
});

test("outbox recognizes an echo that filters changed", () => {
  const cases: readonly (readonly [sent: string, echo: string])[] = [
    ["a *bold* _move_ `x` ~~y~~", "a bold move x y"],
    ["see https://example.org/a?b=1 for more", "see for more"],
    ["that is a damn good question, I think", "that is a darn good question, I think"],
    ["x".repeat(400), "x".repeat(320)],
    ["SHOUTING is fine", "shouting is fine"],
    ["[sp]the butler[/sp] did it", "the butler did it"],
    ["two  spaces\tand a tab", "two spaces and a tab"],
    ["\u{1f339}\u{1f339}", "\u{1f339}\u{1f339}"],
    ["https://example.org/", "https://example.org/"],
  ];
  for (const [text, heard] of cases) {
    const { outbox, sent } = outboxOf();
    outbox.say([text, "next"]);
    outbox.echoed({ text: heard });
    assertEquals(sent, [text, "next"], text);
  }
});

test("outbox accepts an unknown echo for the current line after 1 s", () => {
  const { outbox, clock, sent } = outboxOf();
  outbox.say(["good morning everybody", "a2"]);
  outbox.echoed({ text: "[this line was replaced]" });
  clock.advance(999);
  assertEquals(sent, ["good morning everybody"]);
  clock.advance(1);
  assertEquals(sent, ["good morning everybody", "a2"]);
  assertEquals(outbox.report.said, 1);
});

test("outbox waits 1 s for the real echo, however many unknown ones come", () => {
  const { outbox, clock } = outboxOf();
  outbox.say(["good morning everybody"]);
  for (let times = 0; times < 3; times++) {
    outbox.echoed({ text: "I am somebody else" });
    clock.advance(400);
  }
  assertEquals(outbox.report.said, 1);
});

test("outbox prefers the real echo to an unknown one", () => {
  const { outbox, clock, sent } = outboxOf();
  outbox.say(["good morning everybody", "a2"]);
  outbox.echoed({ text: "I am somebody else" });
  clock.advance(500);
  outbox.echoed({ text: "still somebody else" });
  assertEquals(sent, ["good morning everybody"]);
  outbox.echoed({ text: "good morning everybody" });
  assertEquals(sent, ["good morning everybody", "a2"]);
  clock.advance(4999);
  assertEquals(outbox.report.said, 1);
  assertEquals(outbox.report.waiting, 1);
});

test("outbox counts a late echo and does not confirm the next line by it", () => {
  const { outbox, clock, sent, echo } = outboxOf();
  outbox.say(["the first answer", "the rest of it"]);
  outbox.say(["a wholly different thing"]);
  clock.advance(5000);
  assertEquals(sent, ["the first answer", "a wholly different thing"]);
  outbox.echoed({ text: "the first answer" });
  clock.advance(4000);
  assertEquals(outbox.report.waiting, 1);
  echo();
  const counts = { waiting: 0, muted: false, said: 1, late: 1, delayed: 0 };
  assertEquals(outbox.report, { ...counts, dropped: dropped({ "no echo": 2 }) });
  assertEquals(clock.pending, 0);
});

test("outbox tells what was said of a reply when the echo came late, or cannot come any more", () => {
  const { outbox, clock, echo } = outboxOf();
  const settled: (readonly string[])[] = [];
  const onSettled = (said: readonly string[]) => settled.push(said);
  outbox.say(["the first answer", "the rest of it"], { onSettled });
  clock.advance(5000);
  assertEquals(settled, []);
  outbox.echoed({ text: "the first answer" });
  assertEquals(settled, [["the first answer"]]);
  // The server responds in order.
  outbox.say(["one more"], { onSettled });
  clock.advance(5000);
  outbox.say(["a wholly different thing"], { onSettled });
  echo();
  assertEquals(settled.slice(1), [["a wholly different thing"], []]);
  outbox.say(["never seen"], { onSettled });
  clock.advance(5000 + 30_000);
  assertEquals(settled.slice(3), [[]]);
  outbox.say(["lost with the channel"], { onSettled });
  clock.advance(5000);
  outbox.close();
  assertEquals(settled.slice(4), [[]]);
  assertEquals(clock.pending, 0);
});

test("outbox takes back a reply of which nothing was sent", () => {
  const { outbox, sent, echo } = outboxOf();
  const settled: (readonly string[])[] = [];
  const onSettled = (said: readonly string[]) => settled.push(said);
  const first = outbox.say(["a1", "a2"], { onSettled });
  const second = outbox.say(["b1", "b2"], { onSettled });
  assertEquals([first.begun, second.begun], [true, false]);
  first.takeBack();
  second.takeBack();
  while (outbox.report.waiting > 0) echo();
  assertEquals(sent, ["a1", "a2"]);
  assertEquals(settled, [["a1", "a2"]]);
  assertEquals(outbox.report.dropped, dropped());
});

test("outbox is empty at once when the only reply that waits is taken back", async () => {
  const { outbox, echo } = outboxOf();
  outbox.setLimits({ enabled: true, burst: 1, perSecond: 1, resetSeconds: 4 }, 1);
  outbox.say(["said"]);
  const reply = outbox.say(["not said"]);
  echo();
  const drained = outbox.drained();
  reply.takeBack();
  await drained;
  assertEquals(outbox.report.waiting, 0);
});

test("outbox accepts no unknown echo while a line is overdue", () => {
  const { outbox, clock } = outboxOf();
  outbox.say(["the first answer"]);
  outbox.say(["a wholly different thing"]);
  clock.advance(5000);
  outbox.echoed({ text: "[this line was replaced]" });
  clock.advance(4999);
  assertEquals(outbox.report.waiting, 1);
  clock.advance(1);
  assertEquals(outbox.report.dropped, dropped({ "no echo": 2 }));
});

test("outbox doubles the pause after each cooldown and gives up after 5 tries", () => {
  const { outbox, clock, sent, echo } = outboxOf();
  outbox.say(["a1", "a2"]);
  outbox.say(["b1"]);
  const pauses: number[] = [];
  for (let tries = 1; tries < 5; tries++) {
    outbox.cooldown(1000);
    const since = clock.now();
    while (sent.length === tries) clock.advance(50);
    pauses.push(clock.now() - since);
  }
  assertEquals(pauses, [1050, 2050, 4050, 8050]);
  outbox.cooldown(1000);
  assertEquals(outbox.report.waiting, 1);
  clock.advance(11_000);
  assertEquals(sent, ["a1", "a1", "a1", "a1", "a1", "b1"]);
  echo();
  const counts = { waiting: 0, muted: false, said: 1, late: 0, delayed: 4 };
  assertEquals(outbox.report, { ...counts, dropped: dropped({ "too fast": 2 }) });
});

test("outbox bounds an absurd cooldown", () => {
  for (const asked of [-1e9, 1e300]) {
    const { outbox, clock, sent } = outboxOf();
    outbox.say(["a1"]);
    outbox.cooldown(asked);
    clock.advance(10_100);
    assertEquals(sent, ["a1", "a1"], String(asked));
  }
});

test("outbox waits in steps if the limits exceed a timer's range", () => {
  const { outbox, clock, sent, echo } = outboxOf();
  outbox.setLimits({ enabled: true, burst: 1, perSecond: 1e-9, resetSeconds: 1e9 }, 1);
  outbox.say(["a1", "a2"]);
  echo();
  clock.advance(60_001);
  clock.advance(60_000);
  assertEquals(sent, ["a1"]);
  assertEquals(outbox.report.dropped, dropped({ "too old": 1 }));
});

test("outbox assigns a refusal to the overdue line first", () => {
  const { outbox, clock, sent, echo } = outboxOf();
  outbox.say(["the first answer"]);
  outbox.say(["a wholly different thing", "and its end"]);
  clock.advance(5000);
  // If this were about the second line, that would be said twice.
  outbox.cooldown(100);
  clock.advance(1000);
  echo();
  clock.advance(1000);
  assertEquals(sent, ["the first answer", "a wholly different thing", "and its end"]);
});

test("outbox forgets overdue lines after a later echo", () => {
  const { outbox, clock, sent, echo } = outboxOf();
  outbox.say(["the first answer"]);
  outbox.say(["a wholly different thing"]);
  clock.advance(5000);
  echo();
  outbox.say(["the last of all"]);
  outbox.cooldown(100);
  clock.advance(1000);
  assertEquals(sent.slice(2), ["the last of all", "the last of all"]);
});
