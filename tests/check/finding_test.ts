import { assertEquals } from "@std/assert";
import { findingLines } from "../../src/check/finding.ts";
import { test } from "../testing.ts";

test("advice for several findings in a row stands there once", () => {
  const finding = (about: string, found: string, advice: string) => {
    return { about, level: "failure", found, advice } as const;
  };
  const findings = [
    finding("a", "one", "do this"),
    finding("a", "two", "do this"),
    finding("a", "three", "do that"),
    finding("b", "four", "do that"),
  ];
  assertEquals(findingLines(findings, { colours: false }), [
    "a",
    "  ✗ one",
    "  ✗ two",
    "      → do this",
    "  ✗ three",
    "      → do that",
    "b",
    "  ✗ four",
    "      → do that",
  ]);
});

test("findings have coloured marks and escaped control characters", () => {
  const about = "model server http://gpu\u001b[2J";
  const lines = findingLines([
    { about, level: "ok", found: "it has \u001b]0;owned\u0007x\u009b31m" },
    { about, level: "failure", found: "a\nb\u202ec", advice: "do\rthis" },
  ], { colours: true });
  assertEquals(lines, [
    "model server http://gpu\\x1b[2J",
    "  \u001b[32m✓\u001b[39m it has \\x1b]0;owned\\x07x\\x9b31m",
    "  \u001b[31m✗\u001b[39m a\\nb\\u202ec",
    "      → do\\rthis",
  ]);
  assertEquals(
    findingLines([{ about, level: "note", found: "plain" }], { colours: false })[1],
    "  · plain",
  );
});
