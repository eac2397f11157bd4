import assert from "node:assert/strict";
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
    assert.deepEqual(vocabulary.parse(text), name && { name, argument }, text);
  }
});

test("an operator may choose the prefix and the names, and switch commands off", () => {
  const names = { np: "Läuft", help: "", missed: "was_war" };
  const vocabulary = new Vocabulary({ ...DEFAULT, prefix: "$$", names });
  assert.equal(vocabulary.parse("$$läuft")?.name, "np");
  assert.equal(vocabulary.parse("$$np"), undefined);
  assert.equal(vocabulary.parse("$$help"), undefined);
  assert.equal(vocabulary.typed("help"), undefined);
  assert.equal(vocabulary.typed("missed"), "$$was_war");
  assert.equal(vocabulary.typed("optout"), "$$optout");
  assert.deepEqual(
    ["Läuft", "$$läuft", "NP", "help", "nothing"].map((word) => vocabulary.find(word)),
    [
      "np",
      "np",
      "np",
      undefined,
      undefined,
    ],
  );
  assert.equal(new Vocabulary({ ...DEFAULT, enabled: false }).parse("!np"), undefined);
});
