import assert from "node:assert/strict";
import { FakeRelease, tree } from "../fakes/release.ts";
import { row } from "./row.ts";
import type { Need } from "../testing.ts";

/** As `curl | sh` runs it. */
async function piped(shell: readonly string[], script: Uint8Array, home: string) {
  const [command, ...args] = shell;
  const child = new Deno.Command(command!, {
    args,
    clearEnv: true,
    env: { HOME: home, PATH: "/usr/bin:/bin" },
    cwd: home,
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const writer = child.stdin.getWriter();
  // A shell that has found its script wrong reads no further.
  await writer.write(script).catch(() => {});
  await writer.close().catch(() => {});
  const { code, stdout } = await child.output();
  return { code, said: stdout.length };
}

// Every byte in the shell that is /bin/sh in most places; the others are looked at less often.
for (
  const [shell, step] of [[["dash"], 1], [["busybox", "sh"], 11], [
    ["bash", "--posix"],
    11,
  ]] as const
) {
  const often = step === 1 ? "any byte" : `every ${step}th byte`;
  row(`under ${shell.join(" ")}: cut off at ${often} it does nothing`, async () => {
    using release = new FakeRelease();
    const script = Deno.readFileSync(`${release.files("1.0.0")}/install.sh`);
    const text = new TextDecoder().decode(script);
    const begin = new TextEncoder().encode(text.slice(0, text.indexOf("{\n"))).length;
    // The last line break may be missing: by then it is whole.
    const whole = script.lastIndexOf("}".charCodeAt(0)) + 1;
    let at = 0;
    let cuts = 0;
    const acted: number[] = [];
    const cutter = async () => {
      for (let length = at; length < whole; length = at) {
        at += step;
        cuts++;
        const { code, said } = await piped(shell, script.subarray(0, length), release.home);
        if (said > 0 || (code === 0 && length > begin)) acted.push(length);
      }
    };
    await Promise.all(Array.from({ length: 8 }, cutter));
    assert.deepEqual(acted, []);
    assert.deepEqual(tree(release.home), []);
    assert.equal(cuts, Math.ceil(whole / step));
    console.log(`${shell[0]}: cut off at ${cuts} of ${whole} bytes, nothing was done`);
    assert.equal((await piped(shell, script.subarray(0, whole), release.home)).code, 0);
    assert.equal(release.version(), "rosey 1.0.0");
  }, ...(shell[0] === "bash" ? [] : [shell[0] as Need]));
}
