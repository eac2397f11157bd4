/** `rosey check` of servers that are slow, or load their model. */
import { assertEquals } from "@std/assert";
import { checkServer } from "../../src/check/server.ts";
import { delay } from "../../src/clock.ts";
import { parseHost } from "../../src/config/ollama_host.ts";
import { OllamaProvider } from "../../src/llm/ollama.ts";
import { OpenAiProvider } from "../../src/llm/openai.ts";
import type { Provider } from "../../src/llm/provider.ts";
import { FakeOpenAi } from "../fakes/openai.ts";
import { serveHttp } from "../fakes/http_server.ts";
import { FaultyOllama } from "../fakes/ollama/faulty.ts";
import { test } from "../testing.ts";

const SETTINGS = { think: false, options: {}, keepAlive: "5m" };
const LIMITS = { responseTimeoutMs: 1000, loadTimeoutMs: 5000, probeTimeoutMs: 300 };

function ollamaAt(url: string): Provider {
  const server = { ...parseHost(url), model: "rosey-demo" };
  return new OllamaProvider({ server, ...SETTINGS, ...LIMITS });
}

function openAiAt(url: string): Provider {
  return new OpenAiProvider({ server: { ...parseHost(url), model: "small-model" }, ...LIMITS });
}

/** The findings, and what was waited for. */
async function checked(provider: Provider, { ask = false } = {}) {
  const steps: string[] = [];
  const findings = await checkServer(provider, SETTINGS, {
    signal: new AbortController().signal,
    redact: (text) => text,
    onStep: (step) => steps.push(step.replaceAll(provider.host, "HOST")),
    ...(ask && { question: [{ role: "user", content: "Hello?" }] }),
  });
  provider.close();
  const found = findings.map(({ level, found }) => `${level}: ${found.replace(/[\d.]+ m?s/, "N")}`);
  return { steps, found };
}

test("check asks a server that is late again, for longer, as the bot does", async () => {
  await using server = serveHttp(async () => {
    // Late for the first limit, and far from what is reported as slow.
    await delay(320);
    return Response.json({ data: [{ id: "small-model" }] });
  });
  const { steps, found } = await checked(openAiAt(`${server.url}/v1`));
  assertEquals(found, ["ok: reachable; median latency N", "ok: it has small-model"]);
  assertEquals(steps, [
    "asking HOST for its models",
    "asking HOST again, for longer: no complete answer within 0.3 s",
  ]);
});

test("check says of a server that answers nothing that the bot goes on asking", async () => {
  await using ollama = FaultyOllama.start({ fault: { kind: "hang" } });
  assertEquals((await checked(ollamaAt(ollama.url))).found, [
    "failure: no complete answer within N",
    "note: it was asked twice; the bot goes on asking, for longer",
  ]);
});

test("check says that the bot waits for a server that loads its model, and waits with --ask", async () => {
  await using fake = new FakeOpenAi();
  fake.listStatus = 503;
  fake.listBody = JSON.stringify({ error: { message: "Loading model", code: 503 } });
  const loading = "note: it is loading its model; the bot waits for that, at most N";
  assertEquals((await checked(openAiAt(fake.url))).found.at(-1), loading);
  const provider = openAiAt(fake.url);
  const asked = checked(provider, { ask: true });
  while (fake.looks.length < 7) await delay(20);
  fake.listStatus = 200;
  const { steps, found } = await asked;
  assertEquals(found.slice(1), [loading, 'ok: the model answers within N: "Hello."']);
  assertEquals(steps, [
    "asking HOST for its models",
    "loading small-model on HOST, for at most 5 s",
    "waiting for an answer of small-model on HOST",
  ]);
});

test("check --ask waits for a model that the server loads on demand", async () => {
  await using fake = new FakeOpenAi();
  const second = Promise.withResolvers<void>();
  fake.onChat = () => fake.requests.length === 1 ? second.promise : second.resolve();
  assertEquals((await checked(openAiAt(fake.url), { ask: true })).found.slice(2), [
    "note: the first answer was late: no complete answer within N; the bot then waits for a load",
    'ok: the model answers within N: "Hello."',
  ]);
});

test("check does not take an Ollama for broken that loads a model for another client", async () => {
  await using ollama = FaultyOllama.start({ fault: { kind: "hang", on: "/api/ps" } });
  const { found } = await checked(ollamaAt(ollama.url));
  assertEquals(
    found.at(-1),
    "note: it does not tell in time what is loaded: Ollama delays that " +
      "while it loads a model; the bot asks again",
  );
});
