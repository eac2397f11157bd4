import { assert, assertEquals, assertGreater } from "@std/assert";
import { faultsOf, figuresOf } from "../../tools/soak/report.ts";
import { soak } from "../../tools/soak/run.ts";
import { SHORT } from "../../tools/soak/schedule.ts";
import { test } from "../testing.ts";

test(
  "a short soak: every line is said once and in order or has a reason, through restarts and refusals",
  async () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const result = await soak({
      size: SHORT,
      seed,
      inspect: Deno.env.get("ROSEY_BIN") === undefined,
    });
    const figures = figuresOf(result).join("\n");
    console.log(figures);
    // So short a run says nothing about memory.
    assertEquals(faultsOf(result, { memory: false }), [], figures);
    const { sent, mentions, restarts, drops, mutes, stuck, missed, answered, reasons } = result;
    assertEquals([sent, mentions, restarts, drops, missed], [24_000, 480, 2, 1, 3]);
    assert(mutes > 0 && stuck > 0, figures);
    assertGreater(answered, 20, figures);
    assert(reasons.get("busy"), figures);
    // Each disconnection loses at most the lines that were said meanwhile.
    assert(sent - result.heard >= 100 && sent - result.heard < 2000, figures);
  },
  { needs: "linux" },
);
