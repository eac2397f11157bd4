import { assert, assertEquals, assertLess, assertLessOrEqual } from "@std/assert";
import { sanitize } from "../../src/sanitize/sanitize.ts";
import { lastSentenceEnd } from "../../src/sanitize/sentences.ts";
import { fillsAll, split } from "../../src/sanitize/split.ts";
import { test } from "../testing.ts";
import { mulberry32 } from "./attacks/random.ts";

const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });
const LIMIT = 320;

test("returns one line for text that fits", () => {
  assertEquals(split("hello"), ["hello"]);
  assertEquals(split("  hello  "), ["hello"]);
  assertEquals(split("x".repeat(320)), ["x".repeat(320)]);
  assertEquals(split(""), []);
  assertEquals(split("   "), []);
});

test("splits at the last space within the limit", () => {
  const options = { maxUnits: 10 };
  assertEquals(split("one two three", options), ["one two", "three"]);
  assertEquals(split("0123456789 abc", options), ["0123456789", "abc"]);
  assertEquals(split("012345678 abc", options), ["012345678", "abc"]);
  assertEquals(split("one two th ree four", options), ["one two th", "ree four"]);
});

test("cuts a word if the last space would waste half a line", () => {
  const options = { maxUnits: 10 };
  assertEquals(split("abc defghijklmnop", options), ["abc defghi", "jklmnop"]);
  assertEquals(split("abcde fghijklmnop", options), ["abcde", "fghijklmno", "p"]);
  assertEquals(split("abcdefghijklmnop", options), ["abcdefghij", "klmnop"]);
});

test("ends in an ellipsis, within the limit, if the text needs more lines", () => {
  const words = "word ".repeat(300).trim();
  const lines = split(words);
  assertEquals(lines.length, 3);
  assertEquals(lines, [
    "word ".repeat(64).trim(),
    "word ".repeat(64).trim(),
    `${"word ".repeat(64).trim()}…`,
  ]);
  assertEquals(split("x".repeat(1000)), [
    "x".repeat(320),
    "x".repeat(320),
    `${"x".repeat(319)}…`,
  ]);
  assertEquals(split("x".repeat(960)), Array(3).fill("x".repeat(320)));
  assertEquals(split("one two three", { maxUnits: 8, maxLines: 1 }), ["one two…"]);
});

test("ends the last line at a sentence if that keeps half of it", () => {
  const options = { maxUnits: 20, maxLines: 1 };
  assertEquals(split("It is on. Now it starts", options), ["It is on. Now it…"]);
  assertEquals(split("It is on now. It starts", options), ["It is on now."]);
  assertEquals(split("It is on now! :) It starts", options), ["It is on now! :)"]);
  assertEquals(split("It is just now on, e.g. here", options), ["It is just now on,…"]);
  assertEquals(split("It is now, at 20.30 or", options), ["It is now, at 20.30…"]);
  assertEquals(split("映画は今から始まります。二十時です。楽しみ", options), [
    "映画は今から始まります。二十時です。",
  ]);
  assertEquals(split("It is on now. 👨‍👩‍👧‍👦 It starts", options), ["It is on now."]);
  assertEquals(split("One two. Three four. Five", { maxUnits: 12, maxLines: 2 }), [
    "One two.",
    "Three four.",
  ]);
});

test("fills as many lines as the caller allows", () => {
  const words = "word ".repeat(300).trim();
  for (const maxLines of [1, 2, 5]) assertEquals(split(words, { maxLines }).length, maxLines);
  assertEquals(fillsAll("x".repeat(960 + 257)), true);
  assertEquals(fillsAll("x".repeat(960 + 256)), false);
  assertEquals(fillsAll("x".repeat(640 + 257), { maxLines: 2 }), true);
  assertEquals(fillsAll("x".repeat(640 + 256), { maxLines: 2 }), false);
});

test("puts an ellipsis before a line that would be a command or green", () => {
  const options = { maxUnits: 10 };
  assertEquals(split("look into /etc/x", options), ["look into", "…/etc/x"]);
  assertEquals(split("because 5 > 3 is", options), ["because 5", "…> 3 is"]);
  assertEquals(split("look into ／x", options), ["look into", "…／x"]);
  assertEquals(split("0123456789/kick", options), ["0123456789", "…/kick"]);
  assertEquals(split("look into /a/b/c/d/e/f", options), ["look into", "…/a/b/c/d/", "e/f"]);
});

test("moves a grapheme at the limit to the next line", () => {
  const cases = ["👨‍👩‍👧‍👦", "🇩🇪", "👍🏽", "e\u0301", "क्षि", "한", "🏴‍☠️", "𝒳", "5️⃣"];
  for (const grapheme of cases) {
    for (let before = LIMIT - 12; before <= LIMIT; before++) {
      const text = "x".repeat(before) + grapheme.repeat(40);
      assertWhole(text, split(text));
    }
  }
});

test("cuts a grapheme that is longer than a line between code points", () => {
  const zalgo = `z${"\u0301".repeat(2000)}`;
  const lines = split(zalgo);
  assertEquals(lines.length, 3);
  assertEquals(lines[0], zalgo.slice(0, 320));
  for (const line of lines) assertLessOrEqual(line.length, 320);
  const family = `👨${"\u200d👨".repeat(300)}`;
  for (const line of split(family)) {
    assertLessOrEqual(line.length, 320);
    assert(line.isWellFormed());
  }
});

test("does not split at a space with a combining mark", () => {
  for (const mark of ["\u0301", "\u200d", "\ufe0f"]) {
    const text = sanitize(`${"x".repeat(300)} ${mark}${"y".repeat(100)}`, { bot: "Rosey" });
    assertWhole(text, split(text));
  }
});

test("takes little time for a long text", () => {
  const begun = performance.now();
  for (const piece of ["x", "\u0301", "\u200d", "👨\u200d", "🇩🇪", " ", "/ ", "🇩"]) {
    split(piece.repeat(100_000));
  }
  assertLess(performance.now() - begun, 5000, `${performance.now() - begun} ms`);
});

const HOSTILE = [
  "/",
  ">",
  "/kick bob",
  "/me ",
  "/afk",
  "\n",
  "\r\n",
  "\t",
  "\u0000",
  "\u0007",
  "\u001b[31m",
  "\u0085",
  "\u2028",
  " ",
  "  ",
  "\u00a0",
  "\u3000",
  "\u00ad",
  "\u200b",
  "\u200c",
  "\u200d",
  "\u202e",
  "\u2066",
  "\u2069",
  "\ufeff",
  "\u{e0041}",
  "\ufe0f",
  "\u0301",
  "\u0301".repeat(330),
  "\ud800",
  "\udc00",
  "／",
  "＞",
  "⁄",
  "∕",
  "⧸",
  "›",
  '"',
  "“",
  "”",
  "'",
  "`",
  "```",
  "**",
  "*",
  "_",
  "__",
  "~~",
  "# ",
  "- ",
  "> ",
  "[",
  "](",
  "![",
  ")",
  "](/x)",
  "(",
  "Rosey:",
  "@rosey: ",
  "**Rosey**: ",
  "<think>",
  "</think>",
  "<",
  "&gt;",
  "\\",
  "…",
  "👨‍👩‍👧",
  "🤖".repeat(160),
  "🇩🇪".repeat(90),
  "می‌خواهم",
  "क्षि",
  "한국",
  "cafe\u0301",
  "x",
  "word ",
  "word ".repeat(63),
  "a".repeat(319),
  "a".repeat(320),
  "https://example.com/a_b_c/",
  "/etc/x ".repeat(50),
  "> ".repeat(170),
];

test("never returns a line that is a command, green, too long or malformed", () => {
  const random = mulberry32(20_261_122);
  const seen = new Set<number>();
  for (let round = 0; round < 20_000; round++) {
    let text = "";
    for (let pieces = 1 + random() * 12; pieces > 1; pieces--) {
      text += HOSTILE[Math.floor(random() * HOSTILE.length)]!;
    }
    const safe = sanitize(text, { bot: "Rosey" });
    const lines = split(safe);
    seen.add(lines.length);
    const context = () => `round ${round}: ${JSON.stringify(text)} -> ${JSON.stringify(lines)}`;
    assertLessOrEqual(lines.length, 3, context());
    for (const line of lines) {
      assert(line.length >= 1 && line.length <= LIMIT, context());
      assert(line.isWellFormed(), context());
      // deno-lint-ignore no-control-regex
      assert(!/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]/.test(line), context());
      assert(!/^[\s\p{Cf}\p{M}]*[/>／＞⁄∕⧸]/u.test(line), context());
    }
    assertWhole(safe, lines, context);
  }
  assertEquals([...seen].sort(), [0, 1, 2, 3]);
});

/** Asserts that the lines contain the text, up to the ellipsis, and cut no grapheme. */
function assertWhole(text: string, lines: readonly string[], context = () => text): void {
  const segments = [...segmenter.segment(text)];
  const starts = new Set([...segments.map(({ index }) => index), text.length]);
  for (const { index, segment } of segments) {
    // A grapheme that is longer than a line must be cut.
    for (let at = 1; segment.length >= LIMIT - 1 && at < segment.length; at++) {
      starts.add(index + at);
    }
  }
  let at = 0;
  for (const [n, line] of lines.entries()) {
    while (/\s/.test(text[at] ?? "")) at++;
    let said = line;
    if (n > 0 && !text.startsWith(said.replace(/…$/, ""), at)) said = said.replace(/^…/, "");
    if (n === lines.length - 1 && !text.startsWith(said, at)) said = said.replace(/…$/, "");
    assert(text.startsWith(said, at), `line ${n} is not of the text: ${context()}`);
    assert(starts.has(at), `line ${n} begins within a grapheme: ${context()}`);
    at += said.length;
    assert(starts.has(at), `line ${n} ends within a grapheme: ${context()}`);
  }
  const complete = text.slice(at).trim() === "";
  const end = lines.at(-1) ?? "";
  const isWhole = end.endsWith("…") || lastSentenceEnd(end) === end.length;
  assert(complete || isWhole, `the end is missing: ${context()}`);
}
