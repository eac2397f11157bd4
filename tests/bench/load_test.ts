import { assertEquals } from "@std/assert";
import { faultsOf, figuresOf } from "../../bench/load/report.ts";
import { load } from "../../bench/load/run.ts";
import { test } from "../testing.ts";

const MINUTES = 0.5;
/** The bench allows 10 s; here other tests use the machine, too. */
const LATE_MS = 15_000;

test("in a busy channel every call is answered in time or has a reason", async () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  const result = await load({ minutes: MINUTES, seed });
  const figures = figuresOf(result).join("\n");
  console.log(figures);
  assertEquals(faultsOf(result, { lateMs: LATE_MS }), [], figures);
});
