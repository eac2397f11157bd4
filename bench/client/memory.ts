/**
 * Measures the memory that many exchanges leave behind, in a process that does nothing else.
 *
 * Usage: deno run --allow-net --allow-env --v8-flags=--expose-gc bench/client/memory.ts URL
 */
import { askAll, CONTENDERS } from "./contenders.ts";

const WARM_UP = 10_000;
const EXCHANGES = 30_000;
const AT_ONCE = 16;

const [url] = Deno.args;
const { gc } = globalThis as unknown as { gc: () => void };
const ask = CONTENDERS.Rosey!(url!);

/** The heap in bytes after two garbage collections: the first one can make more collectable. */
async function heap(): Promise<number> {
  for (let time = 0; time < 2; time++) {
    gc();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const { heapUsed, external } = Deno.memoryUsage();
  return heapUsed + external;
}

await askAll(ask, WARM_UP, AT_ONCE);
const before = await heap();
await askAll(ask, EXCHANGES, AT_ONCE);
const after = await heap();
console.log(JSON.stringify({ exchanges: EXCHANGES, before, after }));
// Open keep-alive connections would keep the process running.
Deno.exit();
