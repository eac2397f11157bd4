import { assertEquals, assertMatch, assertNotMatch } from "@std/assert";
import { DemoChannel } from "../../src/demo/channel/server.ts";
import { FakeOllama } from "../fakes/ollama/server.ts";
import { test } from "../testing.ts";
import { program, Rosey } from "./rosey.ts";

/** What makes libraries and the runtime's own Node modules print what they do. */
const LOUD = { DEBUG: "*", NODE_DEBUG: "*" };
const PLANTED = ["login-planted", "channel-planted", "key-planted"];

const account = { user: ["Rosey", "login-planted"], channel: ["demo", "channel-planted"] };

async function openChannel(): Promise<DemoChannel> {
  return await DemoChannel.start({
    accounts: { Rosey: { password: "login-planted", rank: 1 } },
    password: "channel-planted",
  });
}

/** Runs a command to its end, both streams read. */
async function run(task: "start" | "demo", args: string[]) {
  const { command, args: first } = program(task);
  const { code, stdout, stderr } = await new Deno.Command(command, {
    args: [...first, ...args],
    cwd: new URL("../../", import.meta.url),
    env: { ...LOUD, OLLAMA_HOST: "", OLLAMA_API_KEY: "", NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

test("DEBUG=* shows no password of a bot that runs", async () => {
  await using channel = await openChannel();
  await using rosey = Rosey.start(channel.url, {
    config: account,
    llm: { enabled: false },
    env: LOUD,
  });
  await rosey.line("Joined demo");
  assertEquals((await rosey.stop()).code, 0);
  const all = rosey.log.join("\n");
  assertEquals(PLANTED.filter((secret) => all.includes(secret)), []);
  assertNotMatch(all, /socket\.io|engine/);
});

test("DEBUG=* shows no password in a check that logs in", async () => {
  await using channel = await openChannel();
  await using ollama = FakeOllama.start({});
  const path = await Deno.makeTempFile({ suffix: ".json" });
  const llm = {
    enabled: true,
    model: "rosey-demo",
    ollama_host: { url: ollama.url, api_key: "key-planted" },
  };
  await Deno.writeTextFile(path, JSON.stringify({ domain: channel.url, ...account, llm }));
  const { code, stdout, stderr } = await run("start", ["check", "--login", "--ask", "-c", path]);
  await Deno.remove(path);
  assertEquals(code, 0, stderr);
  assertMatch(stdout, /joined as Rosey/);
  assertEquals(PLANTED.filter((secret) => (stdout + stderr).includes(secret)), []);
  assertNotMatch(stderr, /socket\.io|engine/);
});

test("DEBUG=* shows nothing of what the demo's channel and its guests send", async () => {
  const { code, stdout, stderr } = await run("demo", ["--scripted", "--say", "rosey, planted?"]);
  assertEquals(code, 0, stderr);
  assertMatch(stdout, /^visitor: rosey, planted\?\nRosey: .*\n$/);
  assertNotMatch(stderr, /socket\.io|engine|planted/);
});
