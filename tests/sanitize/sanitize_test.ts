import { assertEquals, assertLess, assertLessOrEqual } from "@std/assert";
import { sanitize } from "../../src/sanitize/sanitize.ts";
import { startsSafely } from "../../src/sanitize/line_start.ts";
import { test } from "../testing.ts";
import { check, unchanged } from "./sanitized.ts";

test("removes commands in every disguise", () => {
  check([
    ["/kick bob", "kick bob"],
    ["  /kick bob", "kick bob"],
    ["//kick bob", "kick bob"],
    ["/ /kick bob", "kick bob"],
    ["/me /kick bob", "me /kick bob"],
    ["\n/kick\nbob", "kick bob"],
    ["/kick\nbob", "kick bob"],
    ["\u0000/kick bob", "kick bob"],
    ["\u0007\u001b/kick bob", "kick bob"],
    ["\u200b/kick bob", "kick bob"],
    ["\u200d/kick bob", "kick bob"],
    ["\u200c\u200d/kick bob", "kick bob"],
    ["\ufeff/kick bob", "kick bob"],
    ["\u00ad/kick bob", "kick bob"],
    ["\u202e/kick bob", "kick bob"],
    ["\u2066/kick bob\u2069", "kick bob"],
    ["\u{e0001}/kick bob", "kick bob"],
    ["\u0301/kick bob", "kick bob"],
    ["\ufe0f/kick bob", "kick bob"],
    ["\u3000\u00a0/kick bob", "kick bob"],
    ["／kick bob", "kick bob"],
    ["⁄kick bob", "kick bob"],
    ["∕kick bob", "kick bob"],
    ["⧸kick bob", "kick bob"],
    ["／/kick bob", "kick bob"],
    ["/\u200b/\u202e/kick bob", "kick bob"],
    ['"/kick bob"', "kick bob"],
    ["“/kick bob”", "kick bob"],
    ['/"/kick bob"', "kick bob"],
    ["**/kick bob**", "kick bob"],
    ["*/kick* bob", "kick bob"],
    ["`/kick bob`", "kick bob"],
    ["```\n/kick bob\n```", "kick bob"],
    ["~~/kick bob~~", "kick bob"],
    ["# /kick bob", "kick bob"],
    ["- /kick bob", "kick bob"],
    ["> /kick bob", "kick bob"],
    ["[/kick bob](x)", "kick bob (x)"],
    ["<think>easy</think>/kick bob", "kick bob"],
    ["I think so</think>\n\n/kick bob", "kick bob"],
    ["/", ""],
    ["/\n/\n>", ""],
  ]);
});

test("removes a command after the bot's name", () => {
  check([
    ["Rosey: /kick bob", "kick bob"],
    ["rosey : /kick bob", "kick bob"],
    ["@Rosey: /kick bob", "kick bob"],
    ["**Rosey:** /kick bob", "kick bob"],
    ['"Rosey": /kick bob', "kick bob"],
    ["(Rosey): /kick bob", "kick bob"],
    ["Rosey: Rosey: /kick bob", "kick bob"],
    ["/Rosey: /kick bob", "kick bob"],
    ["> Rosey: > /kick bob", "kick bob"],
    ['Rosey: "/kick bob"', "kick bob"],
    ['"Rosey: /kick bob"', "kick bob"],
    ["Rosey:", ""],
    ["Rosey: hello", "hello"],
    ["Rosey:hello", "hello"],
    ["Rosey, hello", "Rosey, hello"],
    ["Rosey is: here", "Rosey is: here"],
    ["Alice: hello", "Alice: hello"],
    ["Roseyx: hello", "Roseyx: hello"],
  ]);
});

test("accepts every bot name that the channel allows, and none", () => {
  check([["my-bot: /kick bob", "kick bob"], ["mybot: hi", "mybot: hi"]], { bot: "my-bot" });
  check([["-_-: /kick bob", "kick bob"]], { bot: "-_-" });
  check([["a.b: hi", "hi"], ["axb: hi", "axb: hi"]], { bot: "a.b" });
  check([[":) not now", ":) not now"], ["/kick bob", "kick bob"], ["Hi: you", "Hi: you"]], {
    bot: "",
  });
});

test("removes greentext marks only from the start", () => {
  check([
    [">implying", "implying"],
    ["> implying", "implying"],
    [">>> implying", "implying"],
    ["＞implying", "implying"],
    ["\u200b>implying", "implying"],
    ["\n\n>implying", "implying"],
    ["/>implying", "implying"],
    ["5 > 3 and a->b", "5 > 3 and a->b"],
    ["so he says >implying", "so he says >implying"],
  ]);
});

test("returns one line without control and invisible characters", () => {
  check([
    ["one\ntwo\r\nthree\tfour", "one two three four"],
    ["one\n\n\n   two", "one two"],
    ["a\u0000b\u001b[31mc\u007fd\u0085e\u009bf", "a b [31mc d e f"],
    ["a\u2028b\u2029c", "a b c"],
    ["a\u00a0\u3000b", "a b"],
    ["zero\u200bwidth so\u00adft \ufeffbom", "zerowidth soft bom"],
    ["\u202egnp.exe\u202c", "gnp.exe"],
    ["a\u2066b\u2069c\u200ed\u200fe\u061cf", "abcdef"],
    ["hidden\u{e0048}\u{e0049}", "hidden"],
    ["half \ud83d pair \udc00 end", "half \ufffd pair \ufffd end"],
    ["", ""],
    [" \n\t ", ""],
  ]);
});

test("removes the model's reasoning", () => {
  check([
    ["<think>hm</think>Yes.", "Yes."],
    ["<THINK>hm\nhm</THINK>\n\nYes.", "Yes."],
    ["<thinking>hm</thinking> Yes.", "Yes."],
    ["hm, so </think> Yes.", "Yes."],
    ["Yes.<think>or not", "Yes."],
    ["<think>never ends", ""],
    ["1 <think>a</think>2 <think>b</think>3", "1 2 3"],
    ["[THINK]hm[/THINK]Yes. [think about it]", "Yes. [think about it]"],
    ["<|channel|>analysis<|message|>hm<|end|><|channel|>final<|message|>/kick bob", "kick bob"],
    ["<|START_THINKING|>hm", ""],
  ]);
});

test("removes Markdown", () => {
  check([
    ["**bold** and *italic* and __bold__ and _italic_", "bold and italic and bold and italic"],
    ["***both***", "both"],
    ["~~gone~~ stays", "gone stays"],
    ["# Title\n## Sub\ntext", "Title Sub text"],
    ["- one\n- two\n* three\n+ four", "one, two, three, four"],
    ["one\n---\ntwo\n***\nthree", "one two three"],
    ["> quoted\n> again\nanswer", "quoted again answer"],
    ["use `ls -la` here", "use ls -la here"],
    ["```js\nlet a = 1;\n```\ndone", "let a = 1; done"],
    ["```ls -la```", "ls -la"],
    ["try ```ls -la``` now", "try ls -la now"],
    ['"quoted as a whole"', "quoted as a whole"],
    ["“quoted as a whole”", "quoted as a whole"],
  ]);
});

test("keeps harmless text", () => {
  unchanged([
    "Hello, alice! It's 5 o'clock; isn't it?",
    "snake_case_name and a__b",
    "my__var__name stays",
    "2*3*4 = 24, 2 * 3 * 4 too",
    "2**3 and 4**5",
    "a_b and c_d",
    "look in /etc/rosey or and/or",
    "either/or",
    "type /afk to go away",
    "for (const a of b) { c[a] = d => !e; }",
    "if (a < b && c > d) return x ? y : z;",
    "array[0], f(1)",
    "#1 is the best, C# too",
    "-5 degrees, +3 tomorrow",
    "1. one 2. two",
    "~5 minutes, ~/bin",
    ":) ^_^ o_o \\o/ ¯\\_(ツ)_/¯",
    'she said "hi" and he said "bye"',
    '"hi" and "bye"',
    "it's 5 > 3",
    "<3 <b>not bold</b> &amp;",
    "$& $1 ${x} %s",
    "a | b || c",
    "…and then?",
  ]);
});

test("keeps smileys and formulas", () => {
  unchanged([
    ":/ and >:( and <3 and ¯\\_(ツ)_/¯",
    "-_- and -_- again, *_* and ^_^, T_T u_u",
    "hello~~ yay~~",
    "f(*args, **kwargs)",
    "(╯°□°)╯︵ ┻━┻ ʕ•ᴥ•ʔ",
    "7 * 6 = 42 and 2 ** 3",
  ]);
});

test("keeps emoji and every script", () => {
  unchanged([
    "👨‍👩‍👧‍👦 family",
    "🏳️‍🌈 🏴‍☠️ 🇩🇪",
    "❤️ and 👍🏽",
    "5️⃣ stars",
    "می‌خواهم بروم",
    "क्‍ष नमस्ते",
    "日本語、元気？",
    "שלום עולם",
    "Ça va, naïve café?",
    "cafe\u0301",
    "𝒳 is a letter",
  ]);
});

test("keeps the flags of regions", () => {
  unchanged(["\u{1f3f4}\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f} forever"]);
});

test("is idempotent", () => {
  const nested = `${"[".repeat(30)}/kick _bob_${"](x)".repeat(30)}`;
  check([[nested, `kick bob ${"x ".repeat(30).trim()}`]]);
  for (const text of [nested, "/kick", "**/kick**", 'Rosey: "/a"', "`/`/", "[/a](/b)", "a*b*c"]) {
    const once = sanitize(text, { bot: "Rosey" });
    assertEquals(sanitize(once, { bot: "Rosey" }), once, text);
  }
});

test("takes little time for an endless text", () => {
  const begun = performance.now();
  const pieces = ["*", "_a", "[", "](", "`", "~~a", "> ", "# ", "<think>", '"', "/", "Rosey:", " "];
  for (const piece of pieces) {
    const text = sanitize(piece.repeat(1_000_000), { bot: "Rosey" });
    assertLessOrEqual(text.length, 8192);
  }
  assertLess(performance.now() - begun, 5000, `${performance.now() - begun} ms`);
});

test("a line starts safely unless it would be a command or green", () => {
  for (const line of ["/", "/kick", " /kick", ">x", "＞x", "／x", "\u200d/x", "\u0301/x"]) {
    assertEquals(startsSafely(line), false, JSON.stringify(line));
  }
  for (const line of ["", "x", "…/kick", "\\/kick", "a/b", "-> x", "“/kick”"]) {
    assertEquals(startsSafely(line), true, JSON.stringify(line));
  }
});
