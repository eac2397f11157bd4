import { assertEquals } from "@std/assert";
import { repetition } from "../../src/sanitize/repetition.ts";
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

test("ends a reply that says the same few words without order", () => {
  const few =
    "emile, emile, bob, bob, bob, emile, emile, emile, bob, emile, emile, emile, bob, emile";
  checkTrimmed([
    [
      `lucia, rosy, emile, bob, ${few}, emile, bob, emile, emile, emile, bob`,
      "lucia, rosy, emile, bob",
      "repetition",
    ],
  ]);
});

test("shortens rows of a short word to three and goes on", () => {
  checkTrimmed([
    ["no, no, no, no\nno, no, no, no\nno, no, no, no", "no, no, no"],
    ["No no no no, that is wrong.", "No no no, that is wrong."],
    [
      "ha ha ha ha ha! Good one. very very very very good",
      "ha ha ha! Good one. very very very good",
    ],
    ["la la la la, la la la la, la la la", "la la la"],
    ["ho ha ho ha ho ha ho ha ho! Merry Christmas", "ho ha ho ha ho ha ho! Merry Christmas"],
    ["no no yes no no yes no no yes no no yes, fine", "no no yes no no yes no no yes, fine"],
    ["нет, нет, нет, нет, нет.", "нет, нет, нет."],
  ]);
});

test("keeps what people say several times", () => {
  const texts = [
    "I love it. I love it. I love it.",
    "one two three, one two three, one two three, one two four",
    "no no no, not now",
    "0 0 0 0 1",
    "The matrix is 1 0 0 0 1 0 0 0 1 and 0 1 0 1 0 0 0 0 1 is its transpose.",
    "Ode to Joy: E E F G G F E D C C D E E D D, E E F G G F E D C C D E D C C.",
    "Jingle Bells: E E E, E E E, E G C D E",
    "A, A, A, A and B",
    "ha".repeat(30),
    "哈".repeat(20),
    "😂".repeat(20),
    "We will, we will rock you! We will, we will rock you!",
  ];
  checkTrimmed(texts.map((text) => [text, text]));
  assertEquals(repetition("he is cool. he is cool. he is cool. he is cooler."), undefined);
});
