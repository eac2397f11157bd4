import { assert, assertEquals, assertGreater } from "@std/assert";
import { faultsOf, figuresOf } from "../../tools/soak/report.ts";
import { soak } from "../../tools/soak/run.ts";
import { SHORT } from "../../tools/soak/schedule.ts";
import { test } from "../testing.ts";

test(
  "short soak test: every line is sent once and in order, or the log has a reason",
  async () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const result = await soak({
      size: SHORT,
      seed,
      inspect: Deno.env.get("ROSEY_BIN") === undefined,
    });
    const figures = figuresOf(result).join("\n");
    console.log(figures);
    // The run is too short to judge the memory.
    assertEquals(faultsOf(result, { memory: false }), [], figures);
    const { sent, mentions, restarts, drops, mutes, stuck, answered, reasons } = result;
    assertEquals([sent, mentions, restarts, drops], [24_000, 480, 2, 1]);
    assert(mutes > 0 && stuck > 0, figures);
    assertGreater(answered, 20, figures);
    assert(reasons.get("queue full"), figures);
    // The bot misses lines while it is away, and no others.
    assert(sent - result.heard >= 100 && sent - result.heard < 2000, figures);
  },
  { needs: "linux" },
);
