import { assertEquals } from "@std/assert";
import { ProgressPrinter, progressText, sizeText } from "../../src/cli/pull_progress.ts";
import { FakeClock } from "../fakes/clock.ts";
import { test } from "../testing.ts";

test("the progress of a pull is a percentage, megabytes and the server's words", () => {
  const cases: [status: string, completed: number, total: number, text: string][] = [
    ["pulling manifest", 0, 0, "pulling manifest"],
    ["pulling dde5aa3fc5ff", 0, 2_019_377_376, "0 % (0 of 2020 MB) pulling dde5aa3fc5ff"],
    ["pulling dde5aa3fc5ff", 9.1e8, 2.02e9, "45 % (910 of 2020 MB) pulling dde5aa3fc5ff"],
    ["pulling dde5aa3fc5ff", 2_019_999_999, 2.02e9, "99 % (2020 of 2020 MB) pulling dde5aa3fc5ff"],
    ["verifying sha256 digest", 2.02e9, 2.02e9, "100 % (2020 of 2020 MB) verifying sha256 digest"],
    ["\x1b[2J\r\nhi", 0, 0, "\\x1b[2J\\r\\nhi"],
  ];
  for (const [status, completedBytes, totalBytes, text] of cases) {
    assertEquals(progressText({ status, completedBytes, totalBytes }), text);
  }
});

test("a model's size is in gigabytes from one on, else in megabytes", () => {
  const sizes = [1, 42_000_000, 999_000_000, 1e9, 2_019_393_189, 404e9];
  assertEquals(sizes.map(sizeText), [
    "1 MB",
    "42 MB",
    "999 MB",
    "1.0 GB",
    "2.0 GB",
    "404.0 GB",
  ]);
});

function printer(columns: number | undefined) {
  const clock = new FakeClock();
  const written: string[] = [];
  const write = (text: string) => written.push(text);
  return { clock, written, printer: new ProgressPrinter({ columns, write, clock }) };
}

test("on a terminal one line is rewritten ten times a second, and removed at the end", () => {
  const { clock, written, printer: shown } = printer(20);
  shown.show("one");
  for (const text of ["two", "three", "four and far too long to fit"]) shown.show(text);
  assertEquals(written, ["\rone\x1b[K"]);
  clock.advance(99);
  assertEquals(written.length, 1);
  clock.advance(1);
  assertEquals(written.slice(1), ["\rfour and far too lo\x1b[K"]);
  clock.advance(5000);
  assertEquals(written.length, 2);
  shown.show("five");
  shown.show("six");
  shown.end();
  assertEquals(written.slice(2), ["\rfive\x1b[K", "\r\x1b[K"]);
  assertEquals(clock.pending, 0);
});

test("in a file a line is written every five seconds, including the last before a pause", () => {
  const { clock, written, printer: shown } = printer(undefined);
  for (let second = 0; second <= 12; second++) {
    shown.show(`second ${second}`);
    clock.advance(1000);
  }
  assertEquals(written, ["second 0\n", "second 4\n", "second 9\n"]);
  clock.advance(2000);
  assertEquals(written.slice(3), ["second 12\n"]);
  shown.end();
  assertEquals(written.length, 4);
});

test("a pull that failed before any progress writes nothing", () => {
  const { written, printer: shown } = printer(80);
  shown.end();
  assertEquals(written, []);
});
