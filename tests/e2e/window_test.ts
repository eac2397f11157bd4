import {
  assert,
  assertEquals,
  assertGreater,
  assertLess,
  assertLessOrEqual,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { DemoChannel } from "../../src/demo/channel/server.ts";
import { FakeOpenAi } from "../fakes/openai.ts";
import { FakeOllama } from "../fakes/ollama/server.ts";
import { test } from "../testing.ts";
import { distinctWords, Rosey } from "./rosey.ts";

const byRosey = ({ username }: { username: string }) => username === "Rosey";

interface Chat {
  readonly messages: readonly { readonly role: string; readonly content: string }[];
}

test("a conversation that outgrows the model's window loses its oldest turns, never the persona", async () => {
  let answers = 0;
  await using ollama = FakeOllama.start({
    contextLength: 1024,
    reply: () => `Answer ${++answers}: ${distinctWords(30, `a${answers}x`)}.`,
    tokenDelayMs: 0,
  });
  await using channel = await DemoChannel.start({});
  await using rosey = Rosey.start(channel.url, {
    llm: { ollama_host: ollama.url, system_prompt: "You are {bot}, the one and only." },
  });
  await rosey.ready();
  await rosey.line("LLM enabled");
  for (let question = 0; question < 8; question++) {
    const answer = channel.nextLine(byRosey, 10_000);
    channel.say("alice", `rosey, question ${question}: ${distinctWords(40, `q${question}x`)}`);
    await answer;
  }
  const chats = ollama.requests
    .map(({ body }) => body as Chat | undefined)
    .filter((body) => body?.messages && body.messages.length > 0);
  assertEquals(chats.length, 8);
  const counts = chats.map((chat) => chat!.messages.length);
  assert(Math.max(...counts) > 2 && counts.at(-1)! < 11, `${counts}`);
  for (const [at, chat] of chats.entries()) {
    const { messages } = chat!;
    assert(messages[0]!.content.startsWith("You are Rosey, the one and only."));
    assertMatch(messages.at(-1)!.content, new RegExp(`^alice: rosey, question ${at}:`, "m"));
    assertEquals(messages.length % 2, 0);
    const chars = messages.reduce((sum, { content }) => sum + content.length, 0);
    // Half of the window, at three and a half characters in a token.
    assertLessOrEqual(chars, 512 * 3.5, `${chars} characters`);
  }
  assert(rosey.log.every((line) => !line.includes("too small")));
});

test("a prompt that is too long is sent again shorter, with the whole persona", async () => {
  await using ollama = FakeOllama.start({
    contextLength: 1024,
    reply: () => "はい。",
    tokenDelayMs: 0,
  });
  await using channel = await DemoChannel.start({});
  const persona = "あなたは映画館の友達です。".repeat(90);
  await using rosey = Rosey.start(channel.url, {
    llm: { ollama_host: ollama.url, system_prompt: persona, room_context_lines: 12 },
  });
  await rosey.ready();
  await rosey.line("LLM enabled");
  for (let line = 0; line < 12; line++) {
    channel.say("bob", `${line} ${"この映画は長い。".repeat(2)}`);
  }
  const answer = channel.nextLine(byRosey, 10_000);
  channel.say("alice", "rosey?");
  assertEquals((await answer).msg, "はい。");
  const [all, less, ...more] = ollama.requests
    .map(({ body }) => body as Chat & { readonly truncate?: boolean } | undefined)
    .filter((body) => body?.messages && body.messages.length > 0);
  assertEquals([all!.truncate, less!.truncate, more], [false, false, []]);
  assertStringIncludes(less!.messages[0]!.content, persona);
  assertLess(less!.messages.at(-1)!.content.length, all!.messages.at(-1)!.content.length);
  assert(rosey.log.every((line) => !line.includes("too small")));
});

test("a prompt that a server refuses with status 500 is shortened without an error in the log", async () => {
  const maxChars = 2500;
  await using server = new FakeOpenAi();
  const sizes: number[] = [];
  server.onChat = () => {
    const { messages } = server.requests.at(-1)!.body as Chat;
    sizes.push(messages.reduce((sum, { content }) => sum + content.length, 0));
    const error = "request (5120 tokens) exceeds the available context size (4096 tokens)";
    server.mode = sizes.at(-1)! > maxChars
      ? { kind: "status", status: 500, body: JSON.stringify({ error: { message: error } }) }
      : { kind: "stream", text: "Fine." };
  };
  await using channel = await DemoChannel.start({});
  await using rosey = Rosey.start(channel.url, {
    llm: {
      provider: "openai",
      openai_base_url: server.url,
      model: "small-model",
      room_context_lines: 30,
    },
  });
  await rosey.ready();
  await rosey.line("LLM enabled");
  for (let line = 0; line < 30; line++) channel.say("bob", distinctWords(20, `b${line}x`));
  const answer = channel.nextLine(byRosey, 10_000);
  channel.say("alice", "rosey?");
  assertEquals((await answer).msg, "Fine.");
  assertGreater(sizes.length, 1);
  assertGreater(sizes[0]!, maxChars);
  assertEquals(rosey.log.filter((line) => /ERROR|WARN/.test(line)), []);
});

test("a context window too small for the persona is reported once", async () => {
  await using ollama = FakeOllama.start({
    contextLength: 512,
    reply: () => "Hm.",
    tokenDelayMs: 0,
  });
  await using channel = await DemoChannel.start({});
  await using rosey = Rosey.start(channel.url, {
    llm: { ollama_host: ollama.url, system_prompt: "You are Rosey. ".repeat(200) },
  });
  await rosey.ready();
  await rosey.line("LLM enabled");
  for (let question = 0; question < 2; question++) {
    const answer = channel.nextLine(byRosey, 10_000);
    channel.say("alice", "rosey?");
    await answer;
  }
  assertEquals((await rosey.stop()).code, 0);
  const said = rosey.log.filter((line) => line.includes("too small for the persona"));
  assertEquals(said.length, 1);
  assertMatch(said[0]!, /WARN .*window of 512 tokens .*raise num_ctx/);
});
