import { assertEquals, fail } from "@std/assert";
import { test } from "../testing.ts";
import { attempt, linesOf, sanitized } from "./attacks/attempt.ts";
import { harmless, hostile, mulberry32 } from "./attacks/random.ts";
import { trimmed } from "./trimmed.ts";

/** For other seeds: `GUARD_SEED=… deno task guard`. */
const SEED = 20_260_729;
const HOSTILE = 100_000;
const HARMLESS = 20_000;

test(`stops random attacks (seed ${SEED})`, () => {
  const random = mulberry32(SEED);
  for (let round = 0; round < HOSTILE; round++) {
    const text = hostile(random);
    const maxUnits = [320, 1000, 40, 12][round % 4]!;
    const faults = attempt(text, [maxUnits]);
    if (faults.length === 0) continue;
    const lines = JSON.stringify(linesOf(text, maxUnits));
    fail(`round ${round}: ${JSON.stringify(text)} -> ${lines}: ${faults.join(", ")}`);
  }
});

test(`is idempotent for random text (seed ${SEED})`, () => {
  const random = mulberry32(SEED + 1);
  for (let round = 0; round < HARMLESS; round++) {
    const text = hostile(random);
    const once = sanitized(text);
    assertEquals(sanitized(once), once, `round ${round}: ${JSON.stringify(text)}`);
  }
});

test(`keeps harmless random text (seed ${SEED})`, () => {
  const random = mulberry32(SEED);
  for (let round = 0; round < HARMLESS; round++) {
    const text = harmless(random);
    assertEquals(sanitized(text), text, `round ${round}`);
    assertEquals(trimmed(text).text, text, `round ${round}`);
  }
});
