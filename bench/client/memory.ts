/**
 * Measures the memory that many exchanges leave behind, in a process that does nothing else.
 *
 * Usage: deno run --allow-net --allow-env --v8-flags=--expose-gc bench/client/memory.ts URL
 */
import { askAll, rosey } from "./contenders.ts";

const WARM_UP = 20_000;
const EXCHANGES = 100_000;

const [url] = Deno.args;
const { gc } = globalThis as unknown as { gc: () => void };
const { whole, streamed } = rosey(url!);

/** Memory in bytes after two garbage collections: the first one can make more objects collectable. */
async function settled(): Promise<{ rss: number; heap: number }> {
  for (let time = 0; time < 2; time++) {
    gc();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const { rss, heapUsed, external } = Deno.memoryUsage();
  return { rss, heap: heapUsed + external };
}

async function ask(count: number): Promise<void> {
  await askAll(whole, count / 2, 16);
  await askAll(streamed, count / 2, 16);
}

await ask(WARM_UP);
const before = await settled();
await ask(EXCHANGES);
const after = await settled();
console.log(JSON.stringify({ exchanges: EXCHANGES, before, after }));
// Open keep-alive connections would keep the process running.
Deno.exit();
