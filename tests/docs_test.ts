import {
  assert,
  assertGreaterOrEqual,
  assertLess,
  assertLessOrEqual,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { COMMANDS } from "../src/cli/commands.ts";
import { COMMANDS as CHAT_COMMANDS } from "../src/commands/registry.ts";
import { DemoChannel } from "../src/demo/channel/server.ts";
import { FakeOllama } from "./fakes/ollama/server.ts";
import { program, Rosey } from "./e2e/rosey.ts";
import { holdPort } from "./fakes/ollama/faulty.ts";
import { withSettings } from "../tools/docs.ts";
import { test } from "./testing.ts";

const ROOT = new URL("../", import.meta.url);
/** All pages but the history of versions. */
const PAGES = [
  ...["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "deploy/README.md"],
  ...[...Deno.readDirSync(new URL("docs", ROOT))].map(({ name }) => `docs/${name}`)
    .filter((path) => path.endsWith(".md")),
];

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

/** What GitHub makes of headings. */
function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    heading.toLowerCase().replaceAll(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-")
  );
}

function exists(url: URL): boolean {
  try {
    return Deno.statSync(url) !== undefined;
  } catch {
    return false;
  }
}

/** Runs commands as somebody would who has installed the program and stands in a folder of their own. */
async function run(commands: string, folder: string): Promise<void> {
  const { command, args } = program();
  const bin = `${folder}/bin`;
  Deno.mkdirSync(bin, { recursive: true });
  const start = args.map((arg) => arg === "main.ts" ? `${ROOT.pathname}${arg}` : arg);
  const script = `#!/bin/sh\nexec ${command} ${start.join(" ")} "$@"\n`;
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

test("docs/configuration.md is up to date", () => {
  const page = Deno.readTextFileSync(new URL("docs/configuration.md", ROOT));
  // Where lines are broken depends on the version of the formatter.
  const words = (text: string) => text.replaceAll(/\s+/g, " ");
  assert(words(page) === words(withSettings(page)), "run: deno task docs");
});

test("links between the pages lead to a file and a heading", () => {
  for (const page of PAGES) {
    const text = Deno.readTextFileSync(new URL(page, ROOT));
    for (const [, link = ""] of text.matchAll(/\]\((?!https?:)([^)\s]+)\)/g)) {
      const [path, heading] = link.split("#");
      const url = path ? new URL(path, new URL(page, ROOT)) : new URL(page, ROOT);
      assert(exists(url), `${page}: ${link}`);
      if (heading === undefined) continue;
      assert(anchorsOf(Deno.readTextFileSync(url)).includes(heading), `${page}: ${link}`);
    }
  }
});

test("docs/commands.md describes every command, of the program and of the chat", () => {
  const page = Deno.readTextFileSync(new URL("docs/commands.md", ROOT));
  for (const { name } of COMMANDS.filter(({ name }) => name !== "help")) {
    assertStringIncludes(page, `\n## rosey ${name}\n`);
  }
  for (const { name, aliases = [] } of CHAT_COMMANDS) {
    for (const typed of [name, ...aliases]) assertStringIncludes(page, `\`!${typed}`);
  }
});

test("README.md and CHANGELOG.md stay short", () => {
  for (const [page, lines] of [["README.md", 150], ["CHANGELOG.md", 60]] as const) {
    const text = Deno.readTextFileSync(new URL(page, ROOT));
    assertLessOrEqual(text.split("\n").length, lines + 1, page);
  }
});

test("pictures are small", () => {
  for (const { name } of Deno.readDirSync(new URL("docs/images", ROOT))) {
    assertLess(Deno.statSync(new URL(`docs/images/${name}`, ROOT)).size, 150_000, name);
  }
});

test("the commands of the documents work", async () => {
  await using ollama = FakeOllama.start({ tokenDelayMs: 0 });
  await using channel = await DemoChannel.start({});
  const llm = { enabled: true, model: "rosey-demo", ollama_host: ollama.url };
  const config = { domain: channel.url, channel: "demo", user: "Rosey", llm };
  const runnable = BLOCKS.filter(({ mark }) => mark === "run");
  assertGreaterOrEqual(runnable.length, 4);
  await Promise.all(runnable.map(async ({ commands }) => {
    const folder = Deno.makeTempDirSync({ prefix: "rosey-docs-" });
    for (const name of ["deploy", "config.json.dist", "install.sh"]) {
      Deno.symlinkSync(new URL(name, ROOT).pathname, `${folder}/${name}`);
    }
    Deno.writeTextFileSync(`${folder}/config.json`, JSON.stringify(config));
    // A watch never ends by itself.
    const ends = commands.replace(/^timeout .*$/gm, (line) => `${line} || [ $? = 124 ]`);
    await run(ends, folder);
    Deno.removeSync(folder, { recursive: true });
  }));
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
