import { assertEquals } from "@std/assert";
import { repeatedTail, repetition } from "../../src/sanitize/repetition.ts";
import { test } from "../testing.ts";
import { checkTrimmed } from "./trimmed.ts";

test("ends a reply after the first of four equal phrases", () => {
  checkTrimmed([
    ["I love it. I love it! I love it, i love it", "I love it.", "repetition"],
    [
      "So: one two three, one two three, one two three, one two three",
      "So: one two three",
      "repetition",
    ],
    [
      "wonderful things wonderful things wonderful things wonderful things",
      "wonderful things",
      "repetition",
    ],
    ["我喜欢你。我喜欢你。我喜欢你。我喜欢你。", "我喜欢你。", "repetition"],
    ["我喜欢你我喜欢你我喜欢你我喜欢你", "我喜欢你", "repetition"],
    ["ผมรักคุณผมรักคุณผมรักคุณผมรักคุณ", "ผมรักคุณ", "repetition"],
  ]);
});

test("shortens endless rows of words, letters and emoji", () => {
  checkTrimmed([
    [`Well, ${"no ".repeat(20)}`, "Well, no no no", "repetition"],
    [`Well ${"ha".repeat(40)}`, "Well hahaha", "repetition"],
    [`Well ${"😂".repeat(40)}`, "Well 😂😂😂", "repetition"],
    [`Well ${"!".repeat(70)}`, "Well !!!", "repetition"],
  ]);
});

test("keeps what people say several times", () => {
  const texts = [
    "I love it. I love it. I love it.",
    "one two three, one two three, one two three, one two four",
    "no no no no no no no no no no no",
    "ha".repeat(30),
    "哈".repeat(20),
    "😂".repeat(20),
    "We will, we will rock you! We will, we will rock you!",
  ];
  checkTrimmed(texts.map((text) => [text, text]));
  assertEquals(repetition("he is cool. he is cool. he is cool. he is cooler."), undefined);
});

test("tells where the tail of one repeated token begins", () => {
  const cases: readonly (readonly [text: string, kept: string | undefined])[] = [
    [`Yes!${"!".repeat(30)}`, "Yes!"],
    [`I like the${" the".repeat(30)}`, "I like the"],
    [`I like the${" the".repeat(30)}\n\n`, "I like the"],
    [`Hello${" \n".repeat(20)}`, "Hello"],
    [`好${"的".repeat(30)}`, "好的"],
    ["ha".repeat(30), "ha"],
    [`Yes${"!".repeat(10)}`, undefined],
    [`${" the".repeat(30)} end`, undefined],
    ["Hello!\n", undefined],
    ["", undefined],
  ];
  for (const [text, kept] of cases) {
    const at = repeatedTail(text);
    assertEquals(at === undefined ? at : text.slice(0, at), kept, JSON.stringify(text));
  }
});
