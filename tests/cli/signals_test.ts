import { assertEquals } from "@std/assert";
import { test } from "../testing.ts";

/** A process of its own: in a terminal SIGHUP would end the tests. */
const SCRIPT = `
import { onReload } from "./src/cli/reload_signal.ts";
let calls = 0;
let called = Promise.withResolvers();
using _reloads = onReload(() => {
  calls++;
  called.resolve();
  return Promise.reject(new Error("it failed"));
});
for (let times = 0; times < 2; times++) {
  called = Promise.withResolvers();
  Deno.kill(Deno.pid, "SIGHUP");
  await called.promise;
}
console.log("calls", calls);
`;

test("SIGHUP reloads again after a failed reload", async () => {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", SCRIPT],
    cwd: new URL("../../", import.meta.url),
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  assertEquals([code, text(stdout)], [0, "calls 2\n"], text(stderr));
}, { needs: "linux" });
