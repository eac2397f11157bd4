import { assert, assertEquals } from "@std/assert";
import { test } from "../testing.ts";

const UNITS = new URL("../../deploy/", import.meta.url);
const NAMES = ["cytube-bot.service", "cytube-bot@.service"];
/** In tenths; systemd calls anything below 2 "OK". */
const THRESHOLD = 15;

/** The units with a program that exists: the manager looks for it. */
function copyUnits(folder: string): string[] {
  return NAMES.map((name) => {
    const text = Deno.readTextFileSync(new URL(name, UNITS));
    const path = `${folder}/${name}`;
    Deno.writeTextFileSync(path, text.replace("/usr/local/bin/rosey", "/bin/true"));
    return path;
  });
}

async function analyze(...args: string[]): Promise<{ success: boolean; output: string }> {
  const command = new Deno.Command("systemd-analyze", { args, stdout: "piped", stderr: "piped" });
  const { success, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  return { success, output: decoder.decode(stdout) + decoder.decode(stderr) };
}

test("the units are understood by systemd without a complaint", async () => {
  const folder = Deno.makeTempDirSync({ prefix: "rosey-units-" });
  const { success, output } = await analyze("verify", ...copyUnits(folder));
  Deno.removeSync(folder, { recursive: true });
  assertEquals([success, output], [true, ""]);
}, { needs: "systemd-analyze" });

test("the units are locked up well", async () => {
  const folder = Deno.makeTempDirSync({ prefix: "rosey-units-" });
  for (const path of copyUnits(folder)) {
    const args = ["security", "--offline=true", `--threshold=${THRESHOLD}`, path];
    const { success, output } = await analyze(...args);
    const score = /exposure level for \S+: ([\d.]+)/.exec(output)?.[1];
    console.log(`${path.split("/").at(-1)}: exposure ${score} (at most ${THRESHOLD / 10})`);
    assert(success && Number(score) <= THRESHOLD / 10, output);
  }
  Deno.removeSync(folder, { recursive: true });
}, { needs: "systemd-analyze" });

test("both units are the same but for the names of the instance", () => {
  const [one, many] = NAMES.map((name) => Deno.readTextFileSync(new URL(name, UNITS)));
  const single = many!
    .replace(", in %i", "")
    .replace("/%i.json", "/config.json")
    .replace("/%i.env", "/env")
    .replaceAll("credentials/%i/", "credentials/")
    .replace("rosey/%i", "rosey")
    .replace("rosey-%i", "rosey");
  assertEquals(single, one);
});
