import { assert, assertEquals, assertMatch, assertNotMatch } from "@std/assert";
import { DemoChannel } from "../../src/demo/channel/server.ts";
import { FakeOllama } from "../fakes/ollama/server.ts";
import { test } from "../testing.ts";
import { distinctWords, Rosey } from "./rosey.ts";

const byRosey = ({ username }: { username: string }) => username === "Rosey";

test("every request goes to the remote host, and the log has the runbook's lines", async () => {
  await using ollama = FakeOllama.start({ reply: () => "Nosferatu, as ever.", tokenDelayMs: 0 });
  await using channel = await DemoChannel.start({});
  await using rosey = Rosey.start(channel.url, {
    llm: { ollama_host: ollama.url, model: "rosey-demo", options: { num_ctx: 2048 } },
  });
  await rosey.ready();
  const enabled = await rosey.line("LLM enabled");
  assert(
    enabled.endsWith(`LLM enabled: provider=ollama, model=rosey-demo, host=${ollama.url}`),
    enabled,
  );
  const answer = channel.nextLine(byRosey, 10_000);
  channel.addPuppet("alice", 1);
  channel.say("alice", "hey @Rosey, what is on?");
  assertEquals((await answer).msg, "Nosferatu, as ever.");
  const trigger = await rosey.line("LLM trigger");
  assert(trigger.endsWith('LLM trigger: user=alice, message="hey @Rosey, what is on?"'), trigger);
  assertMatch(
    await rosey.line("LLM response"),
    /LLM response: user=alice, length=19, time=\d+\.\d\ds$/,
  );

  assertEquals(ollama.requests.map(({ method, path }) => `${method} ${path}`), [
    "GET /api/tags",
    "POST /api/chat",
    "POST /api/show",
    "GET /api/ps",
    "POST /api/chat",
  ]);
  const [load, chat] = ollama.requests.filter(({ path }) => path === "/api/chat").map(({ body }) =>
    body as Record<string, unknown>
  );
  assertEquals(load, {
    model: "rosey-demo",
    messages: [],
    think: false,
    keep_alive: "5m",
    options: { num_ctx: 2048 },
    stream: false,
  });
  assertEquals(chat!.stream, true);
  // With more options the model stays loaded: these belong to one answer.
  assertEquals(chat!.options, { num_ctx: 2048, num_predict: 256 });
  const messages = chat!.messages as { role: string; content: string }[];
  assertEquals(messages.map(({ role }) => role), ["system", "user"]);
  assertMatch(messages[0]!.content, /"Rosey" in the chat room "demo"/);
  assertMatch(
    messages[1]!.content,
    /^alice: hey @Rosey, what is on\?$/,
  );
});

test("a second question is sent with the first and its answer", async () => {
  await using ollama = FakeOllama.start({ reply: () => "Sure.", tokenDelayMs: 0 });
  await using channel = await DemoChannel.start({});
  channel.setMedia({ id: "x", title: "Nosferatu", seconds: 5640, type: "fi" });
  await using rosey = Rosey.start(channel.url, { llm: { ollama_host: ollama.url } });
  await rosey.ready();
  for (const question of ["rosey one?", "rosey two?"]) {
    const answer = channel.nextLine(byRosey, 10_000);
    channel.say("alice", question);
    await answer;
  }
  const [first, second] = ollama.requests
    .map(({ body }) => (body as { messages?: { content: string }[] } | undefined)?.messages ?? [])
    .filter((messages) => messages.length > 0)
    .map((messages) => messages.map(({ content }) => content));
  // The same to the byte, so that the server finds it in its cache.
  assertEquals(second![0], first![0]);
  assertNotMatch(second![0]!, /Nosferatu|here/);
  assertEquals(second!.slice(1, 3), ["alice: rosey one?", "Sure."]);
  const last =
    /^Now playing: Nosferatu \((?:paused )?at 0:\d\d of 1:34:00\)\.\nalice: rosey two\?$/;
  assertMatch(second![3]!, last);
});

test("--ollama-host overrides OLLAMA_HOST, which overrides the file", async () => {
  await using byFlag = FakeOllama.start({ tokenDelayMs: 0 });
  await using byEnv = FakeOllama.start({ tokenDelayMs: 0 });
  await using channel = await DemoChannel.start({});
  const llm = { ollama_host: "http://127.0.0.1:1" };
  {
    await using rosey = Rosey.start(channel.url, { llm, env: { OLLAMA_HOST: byEnv.url } });
    assert((await rosey.line("LLM enabled")).endsWith(`host=${byEnv.url}`));
  }
  await using rosey = Rosey.start(channel.url, {
    llm,
    env: { OLLAMA_HOST: byEnv.url },
    args: ["--ollama-host", byFlag.url],
  });
  assert((await rosey.line("LLM enabled")).endsWith(`host=${byFlag.url}`));
});

test("commands and reasoning in model output never reach the chat", async () => {
  const reply = "<think>they want a kick</think>Rosey: /kick bob\n/ban alice\n> **done** " +
    distinctWords(300);
  await using ollama = FakeOllama.start({ reply: () => reply, tokenDelayMs: 0 });
  await using channel = await DemoChannel.start({});
  await using rosey = Rosey.start(channel.url, { llm: { ollama_host: ollama.url, max_lines: 3 } });
  await rosey.ready();
  channel.addPuppet("bob", 1);
  const last = channel.nextLine((line) => byRosey(line) && line.msg.endsWith("…"), 10_000);
  channel.say("alice", "rosey, say /kick bob");
  await last;
  const said = channel.lines.filter(byRosey).map(({ msg }) => msg);
  assertEquals(said.length, 3);
  assert(said[0]!.startsWith("kick bob /ban alice done w0 w7919"), said.join("\n"));
  for (const line of said) assert(line.length <= 320 && !/^[/>]|think/.test(line), line);
  assert(channel.users().includes("bob"));
});

test("the bot's own lines, system lines, history and lines without a trigger are not answered", async () => {
  await using ollama = FakeOllama.start({ reply: () => "Yes?", tokenDelayMs: 0 });
  await using channel = await DemoChannel.start({});
  channel.say("alice", "rosey, this is of before");
  await using rosey = Rosey.start(channel.url, { llm: { ollama_host: ollama.url } });
  await rosey.ready();
  await rosey.line("LLM enabled");
  channel.say("alice", "prosey and !rosey and rosey-bot");
  channel.say("[server]", "rosey is here");
  channel.say("alice", "rosey? (shadow)", { shadow: true });
  const answer = channel.nextLine(byRosey, 10_000);
  channel.say("bob", "ROSEY!");
  await answer;
  const asked = ollama.requests.map(({ body }) => JSON.stringify(body)).filter((body) =>
    body?.includes("rosey?") || body?.includes("ROSEY!") || body?.includes("before")
  );
  assertEquals(asked.length, 1);
  assertEquals(rosey.log.filter((line) => line.includes("LLM trigger")).length, 1);
});

test("a persona that defeats the prompt cache is warned of once", async () => {
  await using ollama = FakeOllama.start({ tokenDelayMs: 0 });
  await using channel = await DemoChannel.start({});
  await using rosey = Rosey.start(channel.url, {
    llm: { ollama_host: ollama.url, system_prompt: "You are {bot}. It is {now}." },
  });
  await rosey.ready();
  assertEquals((await rosey.stop()).code, 0);
  const warnings = rosey.log.filter((line) => line.includes("defeat the server's prompt cache"));
  assertEquals(warnings.length, 1, rosey.log.join("\n"));
});
