import { test } from "../testing.ts";
import { check, unchanged } from "./sanitized.ts";

test("removes other bots' commands from the start", () => {
  check([
    ["!help", "help"],
    ["!!! wow", "wow"],
    ["！skip", "skip"],
    ["$skip", "skip"],
    ["$ skip", "skip"],
    ["$8ball x", "8ball x"],
    [".skip", "skip"],
    [".4chan", "4chan"],
    ["/!$.skip", "$.skip"],
    ["*!skip* me", "skip me"],
    ["_!skip_me", "skip_me"],
    ["[sp]!skip[/sp]", "skip[/sp]"],
    ["`.skip` `x", "skip `x"],
    ["Rosey: !skip", "skip"],
    ['"!skip"', "skip"],
    ["!", ""],
  ]);
  unchanged([
    "...well",
    "..",
    "$5 is enough",
    "$1,299.99 each",
    "$20k",
    ".5 is half",
    ".5s later",
    "$& and ${x}",
    "hey! you!",
    "*.js is a pattern",
    "¡Hola!",
  ]);
});

test("mentions at most three users", () => {
  const here = ["alice", "Bob", "carol", "dave", "eve", "alice-bob", "x_y", "Rosey"];
  const isHere = (name: string) => here.some((known) => known.toLowerCase() === name.toLowerCase());
  check([
    ["alice bob carol", "alice bob carol"],
    ["Rosey alice bob carol", "Rosey alice bob carol"],
    ["Alice @BOB carol's dave, EVE!", "Alice @BOB carol's d·ave, E·VE!"],
    ["alice alice bob ALICE carol dave alice", "alice alice bob ALICE carol d·ave alice"],
    ["alice-bob carol dave", "alice-bob c·arol d·ave"],
    ["carol dave eve _bob_ x_alice_y x_y", "carol dave eve b·ob x_a·lice_y x·_y"],
    ["carol dave eve alicebob", "carol dave eve alicebob"],
  ], { isHere });
  unchanged(["alice bob carol dave eve"]);
});

test("bounds the combining marks of a letter", () => {
  check([
    [`z${"\u0301".repeat(10_000)}`, `z${"\u0301".repeat(4)}`],
    [`a${"\u0301".repeat(8)}`, `a${"\u0301".repeat(8)}`],
    [`a${"\u0301\u200d".repeat(9)}b`, "a\u0301\u200d\u0301\u200db"],
  ]);
});
