import { assertEquals } from "@std/assert";
import { chaos } from "../../tools/chaos/run.ts";
import { figuresOf, firstFault, verdictLine } from "../../tools/chaos/verdict.ts";
import { test } from "../testing.ts";

/** The same faults in each run of the gate; `deno task chaos` draws another seed each time. */
const SEED = 31;

test(
  "a short chaos: each kind of fault once, no command, no question without an answer or a reason",
  async () => {
    const lines: string[] = [];
    const verdict = await chaos({ seed: SEED, size: {}, onLine: (text) => lines.push(text) });
    console.log(figuresOf(verdict).join("\n"));
    console.log(verdictLine(verdict));
    assertEquals(firstFault(verdict), undefined, lines.join("\n"));
  },
  { needs: ["linux", "openssl"] },
);
