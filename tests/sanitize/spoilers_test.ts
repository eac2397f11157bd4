import { assertEquals, assertLess } from "@std/assert";
import { markSpoiler, SpoilerIndex, spoilersOf } from "../../src/sanitize/spoilers.ts";
import { split } from "../../src/sanitize/split.ts";
import { fastestMs, test } from "../testing.ts";

test("marks a hidden line for the transcript", () => {
  assertEquals(markSpoiler("he dies", true), "[sp]he dies[/sp]");
  assertEquals(markSpoiler("[sp]he[/sp] dies", true), "[sp]he dies[/sp]");
  assertEquals(markSpoiler("[sp]he[/sp] dies", false), "[sp]he[/sp] dies");
});

test("finds what a line hides", () => {
  assertEquals(spoilersOf("a [sp] he dies [/sp] b [SP]she too[/SP] c"), ["he dies", "she too"]);
  assertEquals(spoilersOf("a [sp]b[sp]c[/sp] d[/sp]"), ["b[sp]c"]);
  assertEquals(spoilersOf("a [sp]b, [/sp][sp][/sp] c"), ["b,"]);
  assertEquals(spoilersOf("[/sp] a [sp] b"), []);
});

test("hides what a reply repeats of a spoiler", () => {
  const spoilers = [
    "Snape kills Dumbledore at the end",
    "Bruce Willis",
    "it is a dream",
    "犯人は弟の太郎です",
    "don't look up, Jean-Luc",
  ];
  const cases: readonly (readonly [reply: string, hidden: string])[] = [
    ["So snape kills Dumbledore?!", "So [sp]snape kills Dumbledore[/sp]?!"],
    ["No, Snape kills Dumbledore at the end!", "No, [sp]Snape kills Dumbledore at the end[/sp]!"],
    ["Bruce Willis is it?", "[sp]Bruce Willis[/sp] is it?"],
    ["I love Bruce", "I love Bruce"],
    ["Not at the end", "Not at the end"],
    ["Snape, who kills Dumbledore", "Snape, who kills Dumbledore"],
    ["[sp]Snape kills Dumbledore[/sp]!", "[sp]Snape kills Dumbledore[/sp]!"],
    ["[sp]Snape kills Dumbledore", "[sp]Snape kills Dumbledore[/sp]"],
    ["it is a movie", "it is a movie"],
    ["oh it is a dream", "oh [sp]it is a dream[/sp]"],
    ["nothing to hide[/sp]", "nothing to hide"],
    ["そう、犯人は弟の太郎ですよ", "そう、[sp]犯人は弟の太郎です[/sp]よ"],
    ["犯人はだれ？", "犯人はだれ？"],
    ["Don’t look up!", "[sp]Don’t look up[/sp]!"],
    ["So up, Jean-Luc, look", "So up, Jean-Luc, look"],
  ];
  const index = new SpoilerIndex(spoilers);
  for (const [reply, hidden] of cases) assertEquals(index.hide(reply), hidden);
  const none = new SpoilerIndex([]);
  assertEquals(none.hide("Snape kills Dumbledore"), "Snape kills Dumbledore");
  assertEquals(none.hide("a [sp]b"), "a [sp]b[/sp]");
});

test("hides no common words, whatever users put between tags", () => {
  const index = new SpoilerIndex([
    ..."the is a of in it und der los les this with nicht pour avec".split(" "),
    "of a",
    "is the",
    "です",
    "Luke",
    "太郎",
    "he dies",
  ]);
  for (
    const reply of [
      "It is the story of a man in the city with this and that.",
      "Das ist nicht der Film.",
      "C'est pour les enfants avec nous.",
      "そうです",
    ]
  ) assertEquals(index.hide(reply), reply);
  assertEquals(
    index.hide("It is Luke, and he dies."),
    "It is [sp]Luke[/sp], and [sp]he dies[/sp].",
  );
  assertEquals(index.hide("太郎だ"), "[sp]太郎[/sp]だ");
});

test("checks a long stream against very many spoilers in little time", () => {
  const many = Array.from({ length: 45 * 24 }, (_, n) => `x${1000 + n} b`);
  const index = new SpoilerIndex([...many, "it is a long and secret story"]);
  const text = "the cat is in house with red moon and seven blue rivers ".repeat(72);
  const ms = fastestMs(() => {
    for (let length = 40; length <= text.length; length += 40) index.hide(text.slice(0, length));
  });
  assertLess(ms, 500);
  assertEquals(index.hide("So x2079 b, not x1000 b"), "So [sp]x2079 b[/sp], not x1000 b");
});

test("hides each line of a spoiler that is split", () => {
  const options = { maxUnits: 40, maxLines: 2 };
  assertEquals(
    split("look [sp]at this and at that, it is long, and longer, and longer[/sp]", options),
    [
      "look [sp]at this and at that,[/sp]",
      "[sp]it is long, and longer, and…[/sp]",
    ],
  );
  assertEquals(split("look [sp]at this and at that /x y is long[/sp] a", options), [
    "look [sp]at this and at that[/sp]",
    "[sp]…/x y is long[/sp] a",
  ]);
  const joined = `[sp]${"Z3d\u200d👨‍👩‍👧.क्षि".repeat(99)}`;
  for (let maxUnits = 40; maxUnits < 90; maxUnits++) {
    const lines = split(joined, { maxUnits, maxLines: 3 });
    assertEquals(lines.filter((line) => /\w\u200d\[/.test(line)), []);
    assertEquals(lines.filter((line) => line.length > maxUnits || !line.endsWith("[/sp]")), []);
  }
  assertEquals(split("look [sp]here", options), ["look [sp]here[/sp]"]);
  assertEquals(split("[sp]!skip", options), ["[sp]!skip"]);
});
