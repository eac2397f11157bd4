import { assertEquals } from "@std/assert";
import {
  ProgressPrinter,
  progressText,
  sizeText,
  TransferRate,
} from "../../src/cli/pull_progress.ts";
import { FakeClock } from "../fakes/clock.ts";
import { test } from "../testing.ts";

test("the progress of a pull is a percentage, megabytes, rate, time left and the server's words", () => {
  const cases: [status: string, done: number, total: number, rate: number, text: string][] = [
    ["pulling manifest", 0, 0, 0, "pulling manifest"],
    ["pulling dde5aa3fc5ff", 0, 2_019_377_376, 0, "0 % (0 of 2020 MB) pulling dde5aa3fc5ff"],
    ["pulling d", 9.1e8, 2.02e9, 3.46e7, "45 % (910 of 2020 MB, 34.6 MB/s, 33 s left) pulling d"],
    ["pulling d", 9.1e8, 9.1e9, 1e6, "10 % (910 of 9100 MB, 1.0 MB/s, 2 h 16 min left) pulling d"],
    [
      "pulling dde5aa3fc5ff",
      2_019_999_999,
      2.02e9,
      0,
      "99 % (2020 of 2020 MB) pulling dde5aa3fc5ff",
    ],
    [
      "verifying sha256 digest",
      2.02e9,
      2.02e9,
      5e7,
      "100 % (2020 of 2020 MB) verifying sha256 digest",
    ],
    ["\x1b[2J\r\nhi", 0, 0, 0, "\\x1b[2J\\r\\nhi"],
  ];
  for (const [status, completedBytes, totalBytes, rate, text] of cases) {
    const progress = { status, completedBytes, totalBytes, receivedBytes: 0 };
    assertEquals(progressText(progress, rate), text);
  }
});

test("a rate is the mean of the last ten seconds, and not told in the first two", () => {
  const clock = new FakeClock();
  const rate = new TransferRate(clock);
  const rates: number[] = [];
  let bytes = 0;
  for (let second = 0; second <= 30; second++) {
    rates.push(rate.measure(bytes));
    // 5 MB/s, then nothing.
    if (second < 12) bytes += 5e6;
    clock.advance(1000);
  }
  assertEquals(rates.slice(0, 4), [0, 0, 5e6, 5e6]);
  assertEquals(rates[12], 5e6);
  assertEquals(rates[17], 2.5e6);
  assertEquals(rates[30], 0);
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
