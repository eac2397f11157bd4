import { assert, assertEquals } from "@std/assert";
import { FakeRelease, tree } from "../fakes/release.ts";
import { row } from "./row.ts";
import type { Need } from "../testing.ts";

/**
 * Runs truncated copies of a script as `curl | sh` does. Prints the length of each copy that printed
 * anything, or that succeeded although it contains a part of the first command. bash starts the shells:
 * thousands of forks of this process would hold the ports of parallel tests open for a moment each.
 */
const CUTTER = `script=$1 begin=$2 whole=$3 from=$4 step=$5
shift 5
cuts=0
for ((length = from; length < whole; length += step)); do
  said=$(head -c "$length" "$script" | "$@" 2>/dev/null; echo "=\${PIPESTATUS[1]}")
  code=\${said##*=}
  cuts=$((cuts + 1))
  if [ "$said" != "=$code" ] || { [ "$code" = 0 ] && [ "$length" -gt "$begin" ]; }; then
    echo "acted $length"
  fi
done
echo "cuts $cuts"`;
const BESIDE = 4;

/** @returns What the cutters print, all together. */
async function cut(
  release: FakeRelease,
  { shell, step, begin, whole }: {
    shell: readonly string[];
    step: number;
    begin: number;
    whole: number;
  },
): Promise<string[]> {
  const script = `${release.files("1.0.0")}/install.sh`;
  const printed = Array.from({ length: BESIDE }, async (_, at) => {
    const numbers = [begin, whole, at * step, BESIDE * step].map(String);
    const { stdout } = await new Deno.Command("bash", {
      args: ["-c", CUTTER, "-", script, ...numbers, ...shell],
      clearEnv: true,
      env: { HOME: release.home, PATH: "/usr/bin:/bin" },
      cwd: release.home,
      stdin: "null",
      stderr: "null",
    }).output();
    return new TextDecoder().decode(stdout).trim().split("\n");
  });
  return (await Promise.all(printed)).flat();
}

// Every byte for dash, which is the most frequent /bin/sh; fewer cuts for the others.
for (
  const [shell, step] of [[["dash"], 1], [["busybox", "sh"], 11], [
    ["bash", "--posix"],
    11,
  ]] as const
) {
  const often = step === 1 ? "any byte" : `every ${step}th byte`;
  row(`under ${shell.join(" ")}: truncated at ${often}, it does nothing`, async () => {
    using release = new FakeRelease();
    const script = Deno.readFileSync(`${release.files("1.0.0")}/install.sh`);
    const text = new TextDecoder().decode(script);
    const begin = new TextEncoder().encode(text.slice(0, text.indexOf("{\n"))).length;
    // The script is complete without the last line break.
    const whole = script.lastIndexOf("}".charCodeAt(0)) + 1;
    const printed = await cut(release, { shell, step, begin, whole });
    assertEquals(printed.filter((line) => !line.startsWith("cuts ")), []);
    assertEquals(tree(release.home), []);
    const cuts = printed.map((line) => Number(line.split(" ")[1])).reduce((a, b) => a + b);
    assertEquals(cuts, Math.ceil(whole / step));
    console.log(`${shell[0]}: cut off at ${cuts} of ${whole} bytes, nothing was done`);

    // With one more byte the script runs.
    const last = await cut(release, { shell, step: whole, begin, whole: whole + 1 });
    assert(last.includes(`acted ${whole}`), last.join());
    assertEquals(release.version(), "rosey 1.0.0");
  }, ...(shell[0] === "bash" ? [] : [shell[0] as Need]));
}
