import { assertEquals, assertRejects } from "@std/assert";
import { parseHost } from "../../src/config/ollama_host.ts";
import { ProviderError } from "../../src/llm/errors.ts";
import { OllamaProvider } from "../../src/llm/ollama.ts";
import { FakeClock } from "../fakes/clock.ts";
import { FaultyOllama } from "../fakes/ollama/faulty.ts";
import { FakeOllama } from "../fakes/ollama/server.ts";
import { poolOf } from "../fakes/scripted_provider.ts";
import { test } from "../testing.ts";

const never = new AbortController().signal;
const QUESTION = [{ role: "user", content: "bob: hi" }] as const;
/** That the last one is in the cloud, only its entry in the server's list tells. */
const CLOUD_MODELS = ["gpt-oss:120b-cloud", "glm-5:cloud", "gpt-oss:20b:cloud", "mine"];

function providerOf(url: string, model: string): OllamaProvider {
  return new OllamaProvider({
    server: { ...parseHost(url), model },
    connect: () => Deno.createHttpClient({}),
    keepAlive: "5m",
    options: {},
    think: false,
    responseTimeoutMs: 5000,
    loadTimeoutMs: 5000,
  });
}

function cloudServer(options: { signedIn?: boolean } = {}): FakeOllama {
  const reply = () => "From the cloud.";
  const server = FakeOllama.start({ tokenDelayMs: 0, reply, models: CLOUD_MODELS, ...options });
  server.cloud.add("mine:latest");
  return server;
}

for (const model of CLOUD_MODELS) {
  test(`${model} in Ollama's cloud, first in a list, answers every question`, async () => {
    await using first = cloudServer();
    await using second = FakeOllama.start({ tokenDelayMs: 0, reply: () => "From the second." });
    const clock = new FakeClock();
    const providers = [providerOf(first.url, model), providerOf(second.url, "rosey-demo")];
    const pool = poolOf(providers, { clock });
    for (const { status } of pool.monitors) {
      while (!status.available) await status.changed(never);
    }
    for (let question = 1; question <= 3; question++) {
      // An idle model is looked up.
      clock.advance(31_000);
      assertEquals(await pool.ready(never), true);
      assertEquals((await pool.chat(QUESTION, never)).text, "From the cloud.", `${question}`);
    }
    assertEquals(first.requests.filter(({ path }) => path === "/api/ps"), []);
    assertEquals(first.loads, 0);
    await pool.close();
  });
}

test("a server that is not signed in to Ollama's cloud says so before the first question", async () => {
  await using server = cloudServer({ signedIn: false });
  for (const model of CLOUD_MODELS) {
    const provider = providerOf(server.url, model);
    await provider.probe(never);
    const { kind, hint } = await assertRejects(() => provider.load(never), ProviderError);
    assertEquals([kind, hint], ["auth", "on the server: ollama signin"], model);
    provider.close();
  }
});

test("a load of a cloud model fails if the cloud is switched off, not if details are not to be had", async () => {
  await using server = FaultyOllama.start({ tokenDelayMs: 0, models: CLOUD_MODELS });
  const provider = providerOf(server.url, "glm-5:cloud");
  const body = JSON.stringify({ error: "ollama cloud is disabled: remote model is unavailable" });
  server.fault = { kind: "status", status: 403, body, on: "all" };
  await assertRejects(() => provider.load(never), ProviderError, "ollama cloud is disabled");
  server.fault = { kind: "html", status: 403, on: "/api/show" };
  await provider.load(never);
  server.fault = { kind: "reset", on: "/api/me" };
  await provider.load(never);
  provider.close();
});

test("a model that was in the cloud and is on the server now is loaded again", async () => {
  await using ollama = FakeOllama.start({ tokenDelayMs: 0 });
  ollama.cloud.add("rosey-demo:latest");
  const provider = providerOf(ollama.url, "rosey-demo");
  await provider.probe(never);
  await provider.load(never);
  assertEquals(ollama.loads, 0);
  ollama.cloud.clear();
  await provider.probe(never);
  assertEquals((await provider.status(never)).loaded, false);
  await provider.load(never);
  assertEquals([ollama.loads, (await provider.status(never)).loaded], [1, true]);
  provider.close();
});
