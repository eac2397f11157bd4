import { assert, assertGreaterOrEqual, assertMatch } from "@std/assert";
import { DemoChannel } from "../src/demo/channel/server.ts";
import { FakeOllama } from "./fakes/ollama/server.ts";
import { program, Rosey } from "./e2e/rosey.ts";
import { holdPort } from "./fakes/ollama/faulty.ts";
import { test } from "./testing.ts";

const ROOT = new URL("../", import.meta.url);
const PAGES = ["README.md", "deploy/README.md"];

interface Block {
  readonly page: string;
  /** `run`, `run: status`, `tested: FILE`, or `elsewhere`. */
  readonly mark: string | undefined;
  readonly commands: string;
}

/** The blocks of commands of a page, each with the comment above it. */
function blocksOf(page: string): Block[] {
  const text = Deno.readTextFileSync(new URL(page, ROOT));
  const pattern = /(?:<!-- ([^>]*) -->\s*)?^ *```sh\n([^]*?)^ *```$/gm;
  return [...text.matchAll(pattern)].map(([, mark, commands = ""]) => ({ page, mark, commands }));
}

const BLOCKS = PAGES.flatMap(blocksOf);

/** Runs commands as somebody would who has installed the program and stands in a folder of their own. */
async function run(commands: string, folder: string): Promise<void> {
  const { command, args } = program();
  const bin = `${folder}/bin`;
  Deno.mkdirSync(bin, { recursive: true });
  const inRoot = Deno.env.get("ROSEY_BIN") ? "" : `cd ${ROOT.pathname} && `;
  const absolute =
    'for a do case $a in config.json) a=$here/$a ;; esac; set -- "$@" "$a"; shift; done';
  const script = `#!/bin/sh\nhere=$PWD\n${absolute}\n${inRoot}exec ${command} ${
    args.join(" ")
  } "$@"\n`;
  Deno.writeTextFileSync(`${bin}/rosey`, script, { mode: 0o755 });
  const { success, stdout, stderr } = await new Deno.Command("bash", {
    args: ["-e", "-c", commands],
    cwd: folder,
    env: { PATH: `${bin}:${Deno.env.get("PATH")}`, OLLAMA_HOST: "" },
  }).output();
  const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  assert(success, `${commands}\n${said}`);
}

test("every block of commands is run by a test, or says that it belongs elsewhere", () => {
  assertGreaterOrEqual(BLOCKS.length, 20, `${BLOCKS.length} blocks`);
  for (const { page, mark, commands } of BLOCKS) {
    assertMatch(
      mark ?? "nothing",
      /^(?:run|run: status|elsewhere|tested: \S+)$/,
      `${page}: ${commands}`,
    );
    const file = /^tested: (\S+)/.exec(mark!)?.[1];
    if (file) assert(Deno.statSync(new URL(file, ROOT)).isFile, file);
  }
});

test("the commands of the documents work", async () => {
  await using ollama = FakeOllama.start({ tokenDelayMs: 0 });
  await using channel = await DemoChannel.start({});
  const llm = { enabled: true, model: "rosey-demo", ollama_host: ollama.url };
  const config = { domain: channel.url, channel: "demo", user: "Rosey", llm };
  const runnable = BLOCKS.filter(({ mark }) => mark === "run");
  assertGreaterOrEqual(runnable.length, 4);
  for (const { commands } of runnable) {
    const folder = Deno.makeTempDirSync({ prefix: "rosey-docs-" });
    for (const name of ["deploy", "config.json.dist", "install.sh"]) {
      Deno.symlinkSync(new URL(name, ROOT).pathname, `${folder}/${name}`);
    }
    Deno.writeTextFileSync(`${folder}/config.json`, JSON.stringify(config));
    // A watch never ends by itself.
    const ends = commands.replace(/^timeout .*$/gm, (line) => `${line} || [ $? = 124 ]`);
    await run(ends, folder);
    Deno.removeSync(folder, { recursive: true });
  }
}, { needs: ["linux", "systemd-analyze", "promtool"] });

test("the commands for a look at a running bot work", async () => {
  await using channel = await DemoChannel.start({});
  const port = holdPort();
  await using rosey = Rosey.start(channel.url, {
    config: { status: { port } },
    llm: { enabled: false },
  });
  await rosey.line("Joined demo");
  const [block] = BLOCKS.filter(({ mark }) => mark === "run: status");
  const folder = Deno.makeTempDirSync({ prefix: "rosey-docs-" });
  await run(block!.commands.replaceAll("9712", String(port)), folder);
  Deno.removeSync(folder, { recursive: true });
}, { needs: "linux" });
