import { assertEquals } from "@std/assert";
import { findCut } from "../../src/outbox/cut_line.ts";
import { loadTrace } from "../demo/trace.ts";
import { htmlToText } from "../../src/cytube/html.ts";
import { test } from "../testing.ts";
import { outboxOf } from "./outbox.ts";

const LONG = Array.from({ length: 60 }, (_, at) => `w${100 + at}`).join(" ");

test("an echo that is a shorter start of the line teaches the server's limit", () => {
  const { outbox, sent } = outboxOf();
  const said: string[][] = [];
  outbox.say([LONG, "x".repeat(250)], { onSettled: (lines) => void said.push([...lines]) });
  outbox.echoed({ text: sent[0]!.slice(0, 200) });
  assertEquals(sent.slice(1), [LONG.slice(200)]);
  outbox.echoed({ text: sent[1]! });
  outbox.echoed({ text: sent[2]! });
  outbox.echoed({ text: sent[3]! });
  assertEquals(sent.slice(2), ["x".repeat(200), "x".repeat(50)]);
  assertEquals(said, [[LONG.slice(0, 200), LONG.slice(200), ...sent.slice(2)]]);
  assertEquals(outbox.report.said, 4);
  // What is said later is short from the start.
  outbox.say([LONG]);
  assertEquals(sent[4]!.length <= 200, true);
});

test("what follows the cut is no command", () => {
  const { outbox, sent } = outboxOf();
  outbox.say([`${"a".repeat(199)} /kick bob`]);
  outbox.echoed({ text: sent[0]!.slice(0, 200) });
  assertEquals(sent[1], "…/kick bob");
});

test("the rest of a line that was cleared is not said", () => {
  const { outbox, sent } = outboxOf();
  outbox.say([LONG]);
  outbox.withdraw("cleared");
  outbox.echoed({ text: sent[0]!.slice(0, 200) });
  assertEquals(sent.length, 1);
  assertEquals(outbox.report.waiting, 0);
});

test("a private message that was cut continues in private", () => {
  const { outbox, sent } = outboxOf();
  outbox.say([LONG], { to: "alice" });
  outbox.echoed({ text: LONG.slice(0, 200), to: "Alice" });
  assertEquals(sent[1], `alice: ${LONG.slice(200)}`);
});

test("a filter that shortens a line is no limit", () => {
  assertEquals(findCut(LONG, LONG), undefined);
  assertEquals(findCut(LONG, LONG.slice(0, 80)), undefined);
  assertEquals(findCut(LONG, LONG.slice(5)), undefined);
  assertEquals(findCut(LONG, `${LONG.slice(0, 150)} [removed]`), undefined);
});

test("the recorded echoes of a server with 200 characters show the limit", () => {
  const records = loadTrace("21-short-limit.jsonl").filter(({ who }) => who === "rosey");
  const found: (number | undefined)[] = [];
  for (const [at, { dir, ev, args }] of records.entries()) {
    if (dir !== "out" || !/^(?:chatMsg|pm)$/.test(ev)) continue;
    const echo = records.slice(at).find((record) => record.dir === "in" && record.ev === ev);
    const text = (value: unknown) => (value as { msg: string }).msg;
    found.push(findCut(text(args), htmlToText(text(echo!.args)))?.units);
  }
  // 320 of 320, 200 of 200, and `/me`, which no echo repeats.
  assertEquals(found, [undefined, 200, undefined, 200, 200, 200, 200, undefined, 200, 200]);
});

test("half of a character at the cut is said again as a whole", () => {
  const { outbox, sent } = outboxOf();
  outbox.say([`${"b".repeat(199)}😀 tail`]);
  outbox.echoed({ text: `${"b".repeat(199)}\ufffd` });
  assertEquals(sent[1], "😀 tail");
});
