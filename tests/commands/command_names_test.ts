import { assertEquals } from "@std/assert";
import { CommandNames } from "../../src/commands/command_names.ts";
import type { CommandSettings } from "../../src/config/settings.ts";
import { test } from "../testing.ts";

const DEFAULT: CommandSettings = {
  enabled: true,
  prefix: "!",
  moderatorRank: 2,
  moderators: [],
  names: {},
};

test("parses a command right after the prefix, in any case, with its argument", () => {
  const names = new CommandNames(DEFAULT);
  const cases: readonly (readonly [string, string | undefined, string?])[] = [
    ["!np", "np", ""],
    ["!NP ", "np", ""],
    ["!ignore  Some-Bot\n", "ignore", "Some-Bot"],
    ["!persona two words", "persona", "two words"],
    ["!persona two\nlines", "persona", "two\nlines"],
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
    const parsed = names.parse(text);
    assertEquals([parsed?.command.name, parsed?.argument], [name, argument], text);
  }
});

test("an alias works while its command has its default name", () => {
  const names = new CommandNames(DEFAULT);
  assertEquals(names.parse("!NowPlaying")?.command.name, "np");
  assertEquals(names.typed("np"), "!np");
  assertEquals(names.commands.filter(({ name }) => name === "np").length, 1);
  for (const np of ["", "song"]) {
    const renamed = new CommandNames({ ...DEFAULT, names: { np } });
    assertEquals(renamed.parse("!nowplaying"), undefined);
  }
  const taken = new CommandNames({ ...DEFAULT, names: { help: "nowplaying" } });
  assertEquals(taken.parse("!nowplaying")?.command.name, "help");
});

test("uses the operator's prefix and names; an empty name switches the command off", () => {
  const custom = { np: "Läuft", help: "", missed: "was_war" };
  const names = new CommandNames({ ...DEFAULT, prefix: "$$", names: custom });
  assertEquals(names.parse("$$läuft")?.command.name, "np");
  assertEquals(names.parse("$$np"), undefined);
  assertEquals(names.parse("$$help"), undefined);
  assertEquals(names.typed("help"), undefined);
  assertEquals(names.typed("missed"), "$$was_war");
  assertEquals(names.typed("optout"), "$$optout");
  assertEquals(
    ["Läuft", "$$läuft", "NP", "help", "nothing"].map((word) => names.find(word)?.name),
    ["np", "np", "np", undefined, undefined],
  );
  assertEquals(new CommandNames({ ...DEFAULT, enabled: false }).parse("!np"), undefined);
});
