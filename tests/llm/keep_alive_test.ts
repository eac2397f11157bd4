import { assertEquals } from "@std/assert";
import { keepAliveMs, keepAliveOfLoad } from "../../src/llm/keep_alive.ts";
import { test } from "../testing.ts";

test("converts keep_alive as Ollama does", () => {
  for (
    const [written, ms] of [
      [0, 0],
      [90, 90_000],
      [-1, Infinity],
      ["-1m", Infinity],
      ["-.5h", Infinity],
      ["0", 0],
      ["-0", 0],
      ["0s", 0],
      ["-0s", 0],
      ["+5m", 300_000],
      [".5h", 1_800_000],
      ["1.s", 1000],
      ["1000\u00b5s", 1],
      ["1000\u03bcs", 1],
      ["5m", 300_000],
      ["1h30m", 5_400_000],
      ["1.5s", 1500],
      ["250ms", 250],
    ] as const
  ) assertEquals(keepAliveMs(written), ms, String(written));
});

test("keep_alive of a load is at least a minute", () => {
  assertEquals([0, "0", "0s", "5s"].map(keepAliveOfLoad), [60, 60, 60, 60]);
  assertEquals([-1, "5m", 60].map(keepAliveOfLoad), [-1, "5m", 60]);
});
