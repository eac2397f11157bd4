import { assertEquals } from "@std/assert";
import { Vocabulary } from "../../src/commands/parse.ts";
import type { CommandSettings } from "../../src/config/settings.ts";
import { test } from "../testing.ts";

const DEFAULT: CommandSettings = { enabled: true, prefix: "!", moderatorRank: 2, names: {} };

test("a command is a word right after the prefix, in any case, with what follows it", () => {
  const vocabulary = new Vocabulary(DEFAULT);
  const cases: readonly (readonly [string, string | undefined, string?])[] = [
    ["!np", "np", ""],
    ["!NP ", "np", ""],
    ["!ignore  Some-Bot\n", "ignore", "Some-Bot"],
    ["!persona two words", "persona", "two words"],
    ["!why\talice", "why", "alice"],
    ["! np", undefined],
    ["!!np", undefined],
    ["!npc", undefined],
    [" !np", undefined],
    ["np", undefined],
    ["!", undefined],
    ["", undefined],
    ["!constructor", undefined],
    ["!__proto__", undefined],
  ];
  for (const [text, name, argument] of cases) {
    assertEquals(vocabulary.parse(text), name && { name, argument }, text);
  }
});

test("an operator may choose the prefix and the names, and switch commands off", () => {
  const names = { np: "Läuft", help: "", missed: "was_war" };
  const vocabulary = new Vocabulary({ ...DEFAULT, prefix: "$$", names });
  assertEquals(vocabulary.parse("$$läuft")?.name, "np");
  assertEquals(vocabulary.parse("$$np"), undefined);
  assertEquals(vocabulary.parse("$$help"), undefined);
  assertEquals(vocabulary.typed("help"), undefined);
  assertEquals(vocabulary.typed("missed"), "$$was_war");
  assertEquals(vocabulary.typed("optout"), "$$optout");
  assertEquals(["Läuft", "$$läuft", "NP", "help", "nothing"].map((word) => vocabulary.find(word)), [
    "np",
    "np",
    "np",
    undefined,
    undefined,
  ]);
  assertEquals(new Vocabulary({ ...DEFAULT, enabled: false }).parse("!np"), undefined);
});
