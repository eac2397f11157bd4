/**
 * A process that has a state file open until it is killed. It writes every line of its input and
 * prints `wrote LINE`, or writes without a pause. Prints `open` or `none`, the number of every hundredth
 * change, and what is logged.
 *
 * Usage: state_holder.ts PATH [write]
 *
 * @module
 */
import { systemClock } from "../../src/clock.ts";
import { setupLogging } from "../../src/log.ts";
import { StateFile } from "../../src/storage/key_value_store.ts";
import { TextLineStream } from "../e2e/text_lines.ts";

const [path, writes] = Deno.args;
await setupLogging({ level: "INFO", format: "journal", write: (line) => console.log(line) });
// Every turn of the event loop writes.
const clock = { ...systemClock, setTimer: (fn: () => void) => systemClock.setTimer(fn, 0) };
const state = StateFile.open(path!, { clock });
console.log(state ? "open" : "none");
for (let change = 1; writes; change++) {
  state?.put("history", "alice", { change, text: "x".repeat(2000) });
  state?.put("cooldown", "alice", change);
  state?.put("history", `user${change % 500}`, "y".repeat(2000));
  if (change % 10 === 0) state?.remove("history", `user${change % 500}`);
  if (change % 100 === 0) console.log(`change ${change}`);
  await new Promise((resolve) => setTimeout(resolve, 0));
}
for await (const line of Deno.stdin.readable.pipeThrough(new TextLineStream())) {
  state?.put("history", line, line);
  // Reading writes all changes first.
  state?.entries("history");
  console.log(`wrote ${line}`);
}
