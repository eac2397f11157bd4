import { test } from "../testing.ts";
import { check, unchanged } from "./sanitized.ts";

test("makes lists readable on one line", () => {
  check([
    ["- one\n- two\n* three\n+ four", "one, two, three, four"],
    ["• one\n• two", "one, two"],
    ["1. one\n2. two\n3) three", "1. one, 2. two, 3) three"],
    ["Two rules:\n- one\n- two", "Two rules: one, two"],
    ["Two rules\n\n- one\n\n- two\n\nThat is all", "Two rules: one, two. That is all"],
    ["- One.\n- Two!\n- Three", "One. Two! Three"],
    ["- **one**\n- _two_", "one, two"],
    ["- one  \n  - two  ", "one, two"],
    ["# Title\n- one\n- two", "Title: one, two"],
    ["- /kick bob\n- !skip", "kick bob, !skip"],
    ["- 一\n- 二。\n- 三", "一, 二。 三"],
  ]);
});

test("makes tables readable on one line", () => {
  check([
    ["| film | year |\n| --- | :--: |\n| Alien | 1979 |", "film, year; Alien, 1979"],
    ["film | year\n--- | ---\nAlien | 1979\n\nThat is all", "film, year; Alien, 1979. That is all"],
    ["Films:\n| a |\n|---|\n| b | |\n| | c |", "Films: a; b; c"],
    ["| a | b |\n|---|---|", "a, b"],
  ]);
  unchanged(["|a| + |b|", "||hidden||", "a | b || c", "--|--", "| a | b |"]);
  check([["a | b\nc | d", "a | b c | d"]]);
});

test("keeps the characters of code", () => {
  check([
    ["```py\n# hi\nprint(1)\n```", "# hi print(1)"],
    ["```\n- a\n- b\n```", "- a - b"],
    ["```\n> a\n!skip\n```", "a !skip"],
    ["```\n/kick bob\n```", "kick bob"],
    ["```\n- /kick\n```\n- b", "- /kick b"],
    ["Try\n```bash\nls # list\n# next\n- x\ncd y\n```\nok?", "Try ls # list # next - x cd y ok?"],
    ["Try: ```py\n# one\n> two\n```", "Try: # one > two"],
    ["Try:\n~~~\n1. a\n| - |\n~~~", "Try: 1. a | - |"],
    ["Try:\n```\n# never closed\n# again", "Try: # never closed # again"],
    ["try ```ls -la``` now\n# Title", "try ls -la now Title"],
    ["Use C# and F#, not `#define`", "Use C# and F#, not #define"],
  ]);
});
