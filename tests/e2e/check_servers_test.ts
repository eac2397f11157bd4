import { assert, assertEquals, assertMatch } from "@std/assert";
import { DemoChannel } from "../../src/demo/channel/server.ts";
import { FaultyOllama, holdPort } from "../fakes/ollama/faulty.ts";
import { type ChatBody, FakeOpenAi } from "../fakes/openai.ts";
import { forbidden, llamaCppError, openAiError } from "../fakes/openai_errors.ts";
import { test } from "../testing.ts";
import { check, LLM } from "./check_command.ts";

test("check asks with the bot's persona, and says what the server does not take", async () => {
  await using fake = new FakeOpenAi();
  await using channel = await DemoChannel.start({});
  const persona = "You are {bot}, a pirate in {channel}.";
  const llm = {
    ...LLM,
    provider: "openai",
    openai_base_url: fake.url,
    system_prompt: persona,
    options: { top_k: 40 },
    keep_alive: "1h",
  };
  const config = { domain: channel.url, channel: "demo", user: "Rosey", llm };
  fake.refuse = ({ messages, top_k }) =>
    messages[0]!.role === "system"
      ? llamaCppError("System role not supported")
      : top_k === undefined
      ? undefined
      : forbidden("top_k");
  const { code, lines } = await check(config, { args: ["--ask"] });
  const text = lines.join("\n");
  assertEquals(code, 0, text);
  const { messages } = fake.requests.at(-1)!.body as ChatBody;
  assertMatch(messages[0]!.content, /^You are Rosey, a pirate in demo\.[^]*\n\noperator: Rosey, /);
  for (
    const found of [
      /! llm\.keep_alive has no effect: llm\.provider is openai/,
      /✓ the model answers within .*"Hello\."/,
      /· its model takes no system message: the persona begins the first user message/,
      /! it refuses top_k, which is left out: .*\n +→ correct top_k in llm\.options/,
    ]
  ) assertMatch(text, found);

  // What the bot's prompt fails with, the check fails with.
  fake.refuse = ({ messages }) =>
    messages[0]!.content.includes("pirate")
      ? openAiError("This model's maximum context length is 64 tokens.")
      : undefined;
  const failed = await check(config, { args: ["--ask"] });
  assertEquals(failed.code, 1);
  assertMatch(failed.lines.join("\n"), /✗ HTTP 400: This model's maximum context length/);
});

test("check says whether a server that does not list the model answers to its name", async () => {
  await using fake = new FakeOpenAi();
  await using channel = await DemoChannel.start({});
  const llm = { ...LLM, provider: "openai", openai_base_url: fake.url };
  const config = { domain: channel.url, channel: "demo", user: "Rosey", llm };
  const warned = async (...args: string[]) => {
    const { code, lines } = await check(config, { args });
    assertEquals([code, lines.at(-2)], [0, "1 warning, no failures."], lines.join("\n"));
    const at = lines.findIndex((line) => line.startsWith("  ! "));
    return lines.slice(at, at + 2).map((line) => line.slice(4));
  };
  const found = `model "rosey-demo" is not on ${fake.url}: it has small-model`;
  const choose = "  → set llm.model to one that it has";
  assertEquals(await warned(), [found, `${choose}; --ask tells whether it answers`]);
  assertEquals(await warned("--ask"), [found, choose]);
  fake.listed = { ...fake.listed, owned_by: "llamacpp" };
  assertEquals(await warned(), [`${found}, and answers to any name with that`, choose]);
  // With several models it is a router.
  fake.listed = { ...fake.listed, status: { value: "loaded" } };
  assertEquals(await warned(), [found, `${choose}; --ask tells whether it answers`]);
});

test("check without a model says that rosey starts all the same, and fails", async () => {
  await using channel = await DemoChannel.start({});
  const llm = { enabled: true, ollama_host: ["http://127.0.0.1:9", "http://127.0.0.1:10"] };
  const config = { domain: channel.url, channel: "demo", user: "Rosey", llm };
  const { code, lines } = await check(config);
  assertEquals([code, lines.at(-2)], [1, "1 failure."], lines.join("\n"));
  assertEquals(lines[1], "  · it can be used, but the bot runs without a model");
  const at = lines.findIndex((line) => line.startsWith("  ✗ "));
  assertEquals(lines.slice(at, at + 2).map((line) => line.replace(/\S+\/(?=config)/, "")), [
    "  ✗ LLM error: no model: set llm.model, e.g. llama3.2:3b",
    "      → correct llm.model in config.json",
  ]);
});

test("check asks every fallback and names the settings of the one that fails", async () => {
  await using ollama = FaultyOllama.start({ tokenDelayMs: 0 });
  await using openai = new FakeOpenAi();
  openai.listStatus = 401;
  openai.listBody = JSON.stringify({
    error: { message: "bad key sk-planted, gateway gw-planted" },
  });
  const cloud = {
    openai_base_url: openai.url,
    openai_api_key: "sk-planted",
    headers: { "X-Gateway": "gw-planted" },
    model: "small-model",
  };
  const fallbacks = [
    cloud,
    { ...cloud, model: "" },
    { provider: "gemini", model: "m" },
    { ollama_host: ollama.url, think: true },
  ];
  const away = `http://127.0.0.1:${holdPort()}`;
  const llm = { ...LLM, ollama_host: away, fallbacks };
  const { code, lines } = await check({ channel: "demo", user: "Rosey", llm, domain: ollama.url });
  assertEquals(code, 1);
  const expected = [
    "  · it can be used, but without some of its model servers",
    `model server ${away}`,
    "  ✗ connection refused",
    `model server ${openai.url}`,
    "  ✗ HTTP 401: the credentials were refused: bad key [redacted], gateway [redacted]",
    "      → correct llm.fallbacks[0].openai_api_key",
    "  ✗ LLM error: no model: set llm.fallbacks[1].model, e.g. llama3.2:3b",
    "  ✗ Unknown LLM provider: gemini (known are ollama and openai) in llm.fallbacks[2]",
    `model server ${ollama.url}`,
    "  ✗ rosey-demo cannot think, and llm.fallbacks[3].think is true",
    "      → set llm.fallbacks[3].think to false",
  ];
  for (const line of expected) {
    assert(lines.includes(line), `${line} is not in\n${lines.join("\n")}`);
  }
});
