import {
  assertEquals,
  assertGreater,
  assertGreaterOrEqual,
  assertLess,
  assertStrictEquals,
} from "@std/assert";
import { bestMatch, sameAddressee, similarity } from "../../src/outbox/echo.ts";
import { htmlToText } from "../../src/cytube/html.ts";
import { loadTrace } from "../demo/trace.ts";
import { test } from "../testing.ts";

/** Lines as a model writes them, up to the length that a channel takes. */
const LINES = [
  "Sure! The movie that is playing right now was shot in 1922, and most of its scenes were filmed on location in northern Germany and Slovakia, which was rather unusual at that time.",
  "I think that you should ask the moderators about it, since they decide what is added to the playlist and what is taken out again when somebody complains about it.",
  "Well, it depends on what you want to do with it: for a small channel the defaults are fine, but for a large one you may want to raise the limits a bit.",
  "There are three things to know about it: it is slow, it is loud, and it is the best thing that was ever broadcast on television in the early hours of the morning.",
  "No, the one before was better.",
  "Yes.",
  "No.",
  "It is 10 o'clock in Berlin.",
  "It is the third one in the list.",
];

test("every recorded echo is similar to its line", () => {
  const records = loadTrace("05-chat-format.jsonl").filter(({ ev }) => ev === "chatMsg");
  let compared = 0;
  for (const [at, { dir, who, args }] of records.entries()) {
    const { msg: said, meta } = Object(args);
    if (
      dir !== "out" || typeof said !== "string" || Object(meta) !== meta || /^\/|^\s*$/.test(said)
    ) continue;
    const next = records.slice(at + 1).findIndex((record) => record.dir === "out");
    const answers = records.slice(at + 1, next < 0 ? undefined : at + 1 + next);
    const echo = answers.find((record) =>
      record.who === who && Object(record.args).username === who
    );
    if (!echo) continue;
    const heard = htmlToText(String(Object(echo.args).msg));
    assertGreaterOrEqual(similarity(said, heard), 0.5, JSON.stringify([said, heard]));
    compared++;
  }
  assertGreaterOrEqual(compared, 15, `${compared} lines`);
});

test("different lines are not similar", () => {
  for (const [at, sent] of LINES.entries()) {
    for (const echo of LINES.slice(at + 1)) {
      assertLess(similarity(sent, echo), 0.4, `${similarity(sent, echo)}: ${sent} | ${echo}`);
    }
  }
});

test("a line is similar to itself with a fifth of its words replaced", () => {
  for (const sent of LINES.filter((line) => line.length > 100)) {
    const echo = sent.split(" ").map((word, at) => at % 5 === 4 ? "[removed]" : word).join(" ");
    assertGreater(similarity(sent, echo), 0.5, `${similarity(sent, echo)}: ${echo}`);
  }
});

test("an echo matches the most similar line to the same addressee", () => {
  const lines = [{ text: "1. Wait a moment" }, { text: "2. Wait a moment" }, { text: "other" }];
  assertStrictEquals(bestMatch({ text: "2. wait a moment" }, lines), lines[1]);
  assertEquals(bestMatch({ text: "1. wait a moment", to: "alice" }, lines), undefined);
  assertEquals(bestMatch({ text: "" }, lines), undefined);
  assertEquals(bestMatch({ text: "other" }, []), undefined);
  assertEquals(sameAddressee({ text: "a", to: "Alice" }, { text: "b", to: "alice" }), true);
  assertEquals(sameAddressee({ text: "a" }, { text: "b", to: "alice" }), false);
});

test("long lines are compared quickly", () => {
  const [sent, echo] = ["ab ".repeat(100_000), "b a".repeat(100_000)];
  const begun = performance.now();
  for (let times = 0; times < 100; times++) similarity(sent, echo);
  assertLess(performance.now() - begun, 2000);
});
