import { assert, assertEquals, assertMatch } from "@std/assert";
import { DemoChannel } from "../../src/demo/channel/server.ts";
import { FakeOllama } from "../fakes/ollama/server.ts";
import { FakeOpenAi } from "../fakes/openai.ts";
import { test } from "../testing.ts";
import { serveHttp } from "../fakes/http_server.ts";
import { holdPort } from "../fakes/ollama/faulty.ts";
import { ACCOUNTS, inFolder, init } from "./init_command.ts";
import { Rosey } from "./rosey.ts";

test("init replaces nothing without a question", () =>
  inFolder(async (folder) => {
    const onFolder = await init(folder, { answers: ["y"] });
    assertEquals(onFolder.code, 78);
    assertMatch(onFolder.errors, /it is a folder/);
    const path = `${folder}/config.json`;
    Deno.writeTextFileSync(path, "{}");
    const kept = await init(path, { answers: ["n"] });
    assertEquals([kept.code, kept.errors], [1, `rosey init: ${path} was not written\n`]);
    const unclear = await init(path, { answers: ["https://cytu.be", "y"] });
    assertEquals(unclear.code, 2);
    assertMatch(unclear.errors, /^error: "https:\/\/cytu\.be" is neither y nor n, the answers to /);
    const asked = await init(path, { args: ["--yes", "--channel", "demo", "--user", "Rosey"] });
    assertEquals(asked.code, 2);
    assertMatch(asked.errors, /exists: name another file with --config, or remove it/);
    assertEquals(Deno.readTextFileSync(path), "{}");
  }));

test("in a pipe a failed test ends init, and no other answer is taken for it", () =>
  inFolder(async (folder) => {
    await using ollama = FakeOllama.start({});
    await using channel = await DemoChannel.start({ accounts: ACCOUNTS });
    const path = `${folder}/config.json`;
    const good = [channel.url, "demo", "Rosey", "pw-planted", ollama.url, "1"];
    for (
      const [at, wrong, why] of [
        [0, "ftp://site", /"CyTube site" is "ftp:\/\/site": domain: expected .*, or --domain\n$/],
        [1, "my room", /"Channel" is "my room": channel: expected .*, or --channel\n$/],
        [3, "pw-wrong", /"Bot's user name" is "Rosey": Cannot log in as .*, or --user\n$/],
        [4, "http://me:pw-wrong@127.0.0.1:1", /"http:\/\/me:…@127.0.0.1:1": .*, or --server\n$/],
        [4, "me:pw-wrong@127.0.0.1:1", /"me:…@127.0.0.1:1": .*, or --server\n$/],
        [5, "missing:1b", /"missing:1b": model "missing:1b" is not on .*, or --model\n$/],
      ] as const
    ) {
      const { code, output, errors } = await init(path, { answers: good.with(at, wrong) });
      assertEquals(code, 1, output);
      assert(errors.startsWith(`rosey init: ${path} was not written: the answer to `), errors);
      assertMatch(errors, why);
      assert(!/Keep|pw-wrong/.test(output + errors), output);
      assertEquals([...Deno.readDirSync(folder)], []);
    }
  }));

test("init asks a server that is late again, for longer", () =>
  inFolder(async (folder) => {
    await using ollama = FakeOllama.start({});
    await using channel = await DemoChannel.start({});
    let isLate = true;
    await using late = serveHttp(async ({ url, method, body, signal }) => {
      if (isLate) await new Promise((resolve) => signal.addEventListener("abort", resolve));
      // The list has a limit, and then the sign of life.
      if (method === "HEAD") isLate = false;
      return fetch(ollama.url + new URL(url).pathname, { method, body });
    });
    const args = ["--yes", "--domain", channel.url, "--channel", "demo", "--user", "Rosey"];
    const { code, output } = await init(`${folder}/config.json`, {
      args: [...args, "--server", late.url, "--model", "rosey-demo"],
    });
    assertEquals(code, 0, output);
    assertMatch(output, new RegExp(`✓ Ollama server answers at ${late.url}; its models:`));
  }));

test("init finds the kind and the key of a server whatever its fallbacks do", () =>
  inFolder(async (folder) => {
    await using openai = new FakeOpenAi();
    await using locked = new FakeOpenAi();
    locked.listStatus = 401;
    await using channel = await DemoChannel.start({});
    const from = `${folder}/old.json`;
    const fallbacks = [
      { model: "small", ollama_host: `http://127.0.0.1:${holdPort()}` },
      { model: "small", provider: "openai", openai_base_url: locked.url, openai_api_key: "sk-old" },
      { model: "small", provider: "openai" },
      { model: "small", provider: "openai", openai_api_key: "with blanks" },
    ];
    const llm = { enabled: true, model: "small-model", fallbacks };
    const bot = { domain: channel.url, channel: "demo", user: "Rosey" };
    Deno.writeTextFileSync(from, JSON.stringify({ ...bot, llm }));
    const path = `${folder}/config.json`;
    const args = ["--yes", "--from", from, "--server", new URL(openai.url).origin];
    const { code, output, errors } = await init(path, { args });
    assertEquals([code, errors], [1, ""], output);
    // The check at the end tells of them.
    assertMatch(output, /Wrote [^]*connection refused[^]*4 failures/);
    assertEquals(JSON.parse(Deno.readTextFileSync(path)).llm.openai_base_url, openai.url);
  }));

test("init says of a server without models that it has none", () =>
  inFolder(async (folder) => {
    await using ollama = FakeOllama.start({ models: [] });
    await using channel = await DemoChannel.start({});
    const answers = [channel.url, "demo", "Rosey", "", ollama.url, "small"];
    const { output } = await init(`${folder}/config.json`, { answers });
    assertMatch(
      output,
      new RegExp(`✓ Ollama server answers at ${ollama.url}; it has no models$`, "m"),
    );
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
    assertEquals(wrong.code, 1);
    assertMatch(wrong.errors, /was not written: .*"Model server" is "http:\/\/gpu\.invalid:1": /);
    const missing = await init(other, { args: args.slice(0, 3) });
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
    const answers = ["Guest", "", url, "key-planted", "32"];
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

    // The key is asked once, for all that the server may be.
    const other = `${folder}/other.json`;
    const wrong = await init(other, {
      args: ["--domain", channel.url, "--channel", "demo"],
      answers: ["Guest", "", url.slice(0, -3), "key-wrong", "key-planted"],
    });
    assertEquals(wrong.code, 1, wrong.output);
    assertEquals(wrong.output.match(/API key: /g)?.length, 1, wrong.output);
    assertMatch(wrong.errors, /"Model server" is "http:\/\/127\.0\.0\.1:\d+": .*, or --server\n$/);
  }));

test("init tells once what becomes of a file that it replaces, and of each channel in it", () =>
  inFolder(async (folder) => {
    await using ollama = FakeOllama.start({});
    await using channel = await DemoChannel.start({ accounts: ACCOUNTS });
    const path = `${folder}/config.json`;
    const platform = { domain: channel.url, channel: "demo", user: ["Rosey", "pw-planted"] };
    const llm = { ollama: { base_url: ollama.url, model: "rosey-demo" } };
    const makeOld = (...platforms: readonly object[]) =>
      Deno.writeTextFileSync(path, JSON.stringify({ shell: "on", platforms, llm }));
    const answers = ["y", "", "", "", "", "", ""];

    makeOld(platform);
    const same = await init(path, { args: ["--from", path], answers });
    assertEquals([same.code, same.errors], [0, ""], same.output);
    assertEquals(same.output.match(/What becomes of /g)?.length, 1, same.output);

    makeOld(platform, { ...platform, channel: "other" });
    const replaced = await init(path, { answers });
    assertEquals([replaced.code, replaced.errors], [0, ""], replaced.output);
    assertMatch(
      replaced.output,
      /^ {2}! it is for 2 channels, and the first is suggested: .* --from makes a file for each$/m,
    );
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
