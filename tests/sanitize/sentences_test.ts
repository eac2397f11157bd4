import { assertEquals } from "@std/assert";
import { lastSentenceEnd, sentenceEnds } from "../../src/sanitize/sentences.ts";
import { test } from "../testing.ts";
import { checkTrimmed, trimmed } from "./trimmed.ts";

/** The sentences of a text, marked with `|`. */
function marked(text: string): string {
  let [result, done] = ["", 0];
  for (const { end } of sentenceEnds(text)) {
    result += text.slice(done, end) + "|";
    done = end;
  }
  return result + text.slice(done);
}

test("finds the ends of sentences", () => {
  const cases = [
    "One.| Two!| Three?| Four",
    "What?!| No...",
    "He said no.| Then he left, no. 5 is next.|",
    "It is 5 vs. Six, etc. and so on, etc.| Then five.|",
    'He said "no."| Then he left.|',
    '"Stop!" he said.|',
    "„Halt!“ sagt er.| „Nein.“| Gut.|",
    "(Really!)| Yes.|",
    "Yes!)| No.|",
    "*Yes.*| No.|",
    "Good! :)| Bad? ;-)| So so. <3| Fine",
    "Good! 😊| Bad!😂😂| Fine.|",
    "Good! 👨‍👩‍👧 🇩🇪| Fine.|",
    "i like it.| you, too.|",
    "你好。|再见！|好吗？|好",
    "「好。」|是",
    "هل هذا جيد؟| نعم.|",
    "यह अच्छा है।| हाँ।|",
    "It costs 3.5 or $3.50.| Fine.|",
    "Mr. Bean and Dr. Who, e.g. at 8 p.m. in St. Louis.| Yes.|",
    "J. R. R. Tolkien wrote it.|",
    "See example.com or node.js.| Yes.|",
    "Well... maybe… or not.|",
    "1. one 2. two",
    "Am 3. Mai.| Gut.|",
    "It starts at 3:10.| However, it is late.|",
    "In 1999.| Then 2000.|",
    "Hm ._. no .-. yes >.< o.O",
    "Use .net or .5 of it.|",
    "Yahoo!Japan?no",
    "!!! ??? ...",
    "Nope.|\nYes.|",
    "Bonjour !| Ça va ?| Oui",
    "cafe.\u0301 x",
  ];
  for (const expected of cases) assertEquals(marked(expected.replaceAll("|", "")), expected);
});

test("ends a reply after three sentences", () => {
  checkTrimmed([
    ["One. Two. Three. Four.", "One. Two. Three.", "sentences"],
    ["One! Two? Three. :) Four is more than that", "One! Two? Three. :)", "sentences"],
    ["One. Two. Three.", "One. Two. Three."],
    ["一。二。三。四。", "一。二。三。", "sentences"],
    ["Mr. A. is e.g. here. Two. Three. Four", "Mr. A. is e.g. here. Two. Three.", "sentences"],
    ["**One. Two. Three. Four.**", "**One. Two. Three.**", "sentences"],
  ]);
});

test("ends a reply that a limit cut at its last sentence, else at a word", () => {
  const cases: readonly (readonly [text: string, left: string])[] = [
    ["It is on. It starts at ei", "It is on."],
    ["It is on! 😊 It starts at ei", "It is on! 😊"],
    ["It is on.", "It is on."],
    ["It starts at ei", "It starts at…"],
    ["It starts at eight, or (", "It starts at eight, or…"],
    ["始まるのは八時です。それから", "始まるのは八時です。"],
    ["始まるのは八時で", "始まるのは八時で…"],
    ["Supercali", "Supercali…"],
    ["One. Two. Three. Four. Fi", "One. Two. Three."],
    ["(", ""],
    ["Hi! It starts at eight, and it ends at te", "Hi! It starts at eight, and it ends at…"],
    ["It is *on. It sta", "It is *on.*"],
    ["It is `on at eight, I th", "It is `on at eight, I…`"],
    ["2 ** 3 is eight. It sta", "2 ** 3 is eight."],
  ];
  for (const [text, left] of cases) assertEquals(trimmed(text, true).text, left, text);
});

test("finds the last end within a limit", () => {
  assertEquals(lastSentenceEnd("One. Two. Three."), 16);
  assertEquals(lastSentenceEnd("One. Two. Three.", 15), 9);
  assertEquals(lastSentenceEnd("One. Two. Three.", 3), 0);
});
