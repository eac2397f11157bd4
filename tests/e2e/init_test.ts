import { resolve } from "node:path";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { DemoChannel } from "../../src/demo/channel/server.ts";
import { FakeOllama } from "../fakes/ollama/server.ts";
import { FakeOpenAi } from "../fakes/openai.ts";
import { holdPort } from "../fakes/ollama/faulty.ts";
import { test } from "../testing.ts";
import { serveHttp } from "../fakes/http_server.ts";
import { program, Rosey } from "./rosey.ts";

const ACCOUNTS = { Rosey: { password: "pw-planted", rank: 2 } };
const ENV = { OLLAMA_HOST: "", OLLAMA_API_KEY: "", OPENAI_API_KEY: "", ROSEY_PASSWORD: "" };

interface InitOptions {
  readonly args?: readonly string[];
  /** Lines on standard input. */
  readonly answers?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs `rosey init` with its answers on standard input. */
async function init(path: string, { args = [], answers = [], env = {} }: InitOptions) {
  const { command, args: before } = program();
  const child = new Deno.Command(command, {
    args: [...before, "init", "--config", path, ...args],
    cwd: new URL("../../", import.meta.url),
    env: { ...ENV, NO_COLOR: "1", ...env },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  // The program may end before it has read everything.
  await writer.write(new TextEncoder().encode(answers.map((line) => `${line}\n`).join("")))
    .then(() => writer.close()).catch(() => {});
  const { code, stdout, stderr } = await child.output();
  const [output, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code, output: output!, errors: errors! };
}

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = Deno.makeTempDirSync({ prefix: "rosey-init-test-" });
  try {
    await run(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

test("init tests each answer, names the cure and asks again", () =>
  inFolder(async (folder) => {
    await using ollama = FakeOllama.start({});
    await using channel = await DemoChannel.start({ accounts: ACCOUNTS });
    const path = `${folder}/config.json`;
    const { port } = new URL(ollama.url);
    const { code, output, errors } = await init(path, {
      answers: [
        ...[`http://127.0.0.1:${holdPort()}`, "demo", "n", channel.url, "demo"],
        ...["Rosey", "pw-wrong", "n", "", "pw-planted"],
        ...[`127.0.0.1:${port}`, "n", ""],
        ...["missing:1b", "n", "1"],
      ],
    });
    assertEquals([code, errors], [0, ""], output);
    for (
      const cure of [
        /connection refused\n {6}→ /,
        /✗ Cannot log in as Rosey: .*\(check the password\)/,
        /did you mean "http:\/\/127\.0\.0\.1:\d+"\?/,
        /"missing:1b" is not on .*\n {6}→ run: rosey pull missing:1b/,
        /✓ joined as Rosey, an account of rank 2, and left/,
        /\nNo failures\.\nStart the bot: rosey --config /,
      ]
    ) assertMatch(output, cure);
    assert(!/pw-planted|pw-wrong/.test(output));
    const { $schema, ...written } = JSON.parse(Deno.readTextFileSync(path));
    assertEquals(written, {
      domain: channel.url,
      channel: "demo",
      user: ["Rosey", "pw-planted"],
      llm: { enabled: true, ollama_host: ollama.url, model: "rosey-demo:latest" },
    });
    if (Deno.build.os !== "windows") assertEquals(Deno.statSync(path).mode! & 0o777, 0o600);
    // The installed one, or a copy.
    assert(Deno.statSync(resolve(folder, $schema)).isFile);

    const onFolder = await init(folder, { answers: ["y"] });
    assertEquals(onFolder.code, 78);
    assertMatch(onFolder.errors, /it is a folder/);

    // Nothing is replaced without a question.
    const before = Deno.readTextFileSync(path);
    const kept = await init(path, { answers: ["n"] });
    assertEquals([kept.code, kept.errors], [1, `rosey init: ${path} was not written\n`]);
    const asked = await init(path, { args: ["--yes", "--channel", "demo", "--user", "Rosey"] });
    assertEquals(asked.code, 2);
    assertMatch(asked.errors, /exists: name another file with --config, or remove it/);
    assertEquals(Deno.readTextFileSync(path), before);
  }));

test("init takes flags and variables instead of answers", () =>
  inFolder(async (folder) => {
    await using openai = new FakeOpenAi();
    await using channel = await DemoChannel.start({ accounts: ACCOUNTS });
    const path = `${folder}/new/config.json`;
    const args = ["--yes", "--domain", channel.url, "--channel", "demo", "--user", "Rosey"];
    const env = { ROSEY_PASSWORD: "pw-planted", OPENAI_API_KEY: "key-planted" };
    // The address is without its /v1.
    const server = ["--server", new URL(openai.url).origin];
    const { code, output, errors } = await init(path, { args: [...args, ...server], env });
    assertEquals([code, errors], [0, ""], output);
    const { user, llm } = JSON.parse(Deno.readTextFileSync(path));
    assertEquals(user, ["Rosey", { env: "ROSEY_PASSWORD" }]);
    assertEquals(llm, {
      enabled: true,
      provider: "openai",
      openai_base_url: openai.url,
      openai_api_key: { env: "OPENAI_API_KEY" },
      model: "small-model",
    });

    const other = `${folder}/other.json`;
    const wrong = await init(other, { args: [...args, "--server", "http://gpu.invalid:1"], env });
    assertEquals([wrong.code, wrong.errors], [1, `rosey init: ${other} was not written\n`]);
    const missing = await init(other, { args: ["--yes"] });
    assertEquals(missing.code, 2);
    assertMatch(missing.errors, /no answer to "Channel"; give it with --channel/);
    const ended = await init(other, { args: args.slice(1, 5) });
    assertEquals(ended.code, 2);
    assertMatch(ended.errors, /input ended before the answer to "Bot's user name"; give it with/);
    assertEquals(Array.from(Deno.readDirSync(folder), ({ name }) => name), ["new"]);
  }));

/** A server that lists its models only with its key. */
function closedServer() {
  return serveHttp((request) => {
    if (request.headers.get("authorization") !== "Bearer key-planted") {
      return Response.json({ error: { message: "no key" } }, { status: 401 });
    }
    const data = Array.from({ length: 40 }, (_, at) => ({ id: `model-${at + 1}` }));
    return Response.json({ object: "list", data });
  });
}

test("init takes a guest, and asks for the key of a server that wants one", () =>
  inFolder(async (folder) => {
    await using server = closedServer();
    await using channel = await DemoChannel.start({});
    const path = `${folder}/config.json`;
    const url = `${server.url}/v1`;
    const answers = ["Guest", "", url, "key-planted", "99", "n", "32"];
    const { code, output, errors } = await init(path, {
      args: ["--domain", channel.url, "--channel", "demo"],
      answers,
    });
    assertEquals([code, errors], [0, ""], output);
    assertMatch(output, /joined as Guest, a guest of rank 0/);
    assertMatch(output, /· 30 {2}model-30\n {2}· and 10 more\n/);
    const { user, llm } = JSON.parse(Deno.readTextFileSync(path));
    assertEquals(user, "Guest");
    assertEquals([llm.openai_api_key, llm.model], ["key-planted", "model-32"]);
    assert(!output.includes("key-planted"));
  }));

test("init --from makes a bot that answers to the old words", () =>
  inFolder(async (folder) => {
    await using ollama = FakeOllama.start({ reply: () => "Popcorn.", tokenDelayMs: 0 });
    await using channel = await DemoChannel.start({ accounts: ACCOUNTS, password: "room-pw" });
    const old = `${folder}/old.json`;
    const platform = { domain: channel.url, channel: "demo", user: ["Rosey", "pw-planted"] };
    const triggers = { enabled: true, direct_mention: true, commands: ["!ai", "!ask"] };
    const llm = { enabled: true, ollama: { base_url: ollama.url, model: "rosey-demo" }, triggers };
    await using other = new FakeOpenAi();
    const openai = { api_key: "sk-key-planted", model: "small-model", base_url: other.url };
    Deno.writeTextFileSync(
      old,
      JSON.stringify({ version: "2.0", platforms: [platform], llm: { ...llm, openai } }),
    );
    const path = `${folder}/config.json`;
    const answers = ["", "", "", "", "room-pw", "", "", "y"];
    const { code, output, errors } = await init(path, { args: ["--from", old], answers });
    assertEquals([code, errors], [0, ""], output);
    assertMatch(output, /^ {2}llm\.triggers\.commands +→ llm\.llm_triggers$/m);
    assertMatch(output, /Use openai with small-model while the other server is away\?/);
    assert(!/pw-planted|room-pw|key-planted/.test(output));
    const config = JSON.parse(Deno.readTextFileSync(path));
    assertEquals(config.channel, ["demo", "room-pw"]);
    const { fallbacks, ...main } = config.llm;
    assertEquals(fallbacks.length, 1);
    assertEquals(main.llm_triggers, ["Rosey", "!ai", "!ask"]);

    Deno.writeTextFileSync(path, JSON.stringify({ ...config, llm: main }));
    await using rosey = Rosey.start(channel.url, { args: ["--config", path] });
    await rosey.ready();
    channel.addPuppet("alice", 1);
    const said = channel.nextLine(({ username }) => username === "Rosey", 10_000);
    channel.say("alice", "!ask what shall we eat?");
    assertEquals((await said).msg, "Popcorn.");
  }));

test(
  "a password is not echoed on a terminal, and Ctrl-C ends the question",
  () =>
    inFolder(async (folder) => {
      await using channel = await DemoChannel.start({ accounts: ACCOUNTS });
      const { command, args } = program();
      const flags = ["--domain", channel.url, "--channel", "demo", "--user", "Rosey"];
      const words = [command, ...args, "init", "-c", `${folder}/config.json`, ...flags];
      const child = new Deno.Command("script", {
        // Without a shell between, which would get Ctrl-C, too.
        args: ["-qec", `exec ${words.map((word) => `'${word}'`).join(" ")}`, "/dev/null"],
        cwd: new URL("../../", import.meta.url),
        env: { ...ENV, NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
        stdin: "piped",
        stdout: "piped",
      }).spawn();
      const keys = child.stdin.getWriter();
      const type = (text: string) => keys.write(new TextEncoder().encode(text));
      let screen = "";
      const answers = [
        [/Password.*: $/, "pw-planted-and-moreX\x7f\n"],
        [/anyway\? \[y\/N\]: $/, "n\n"],
        [/user name \[Rosey\]: $/, "\n"],
        [/Password.*: $/, "pw-other\x15pw-planted\n"],
        [/Model server \[.*\]: $/, "\x03"],
      ] as [RegExp, string][];
      for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
        screen += text;
        const [next] = answers;
        if (next?.[0].test(screen)) {
          answers.shift();
          await type(next[1]);
        }
      }
      await keys.close().catch(() => {});
      assertEquals((await child.status).code, 1);
      assert(!/pw-/.test(screen), screen);
      assertStringIncludes(screen, "joined as Rosey, an account of rank 2");
      assertMatch(screen, /rosey: stopped\r\n$/);
    }),
  { needs: "script" },
);
