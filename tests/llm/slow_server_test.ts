/** Servers that are alive but slow to tell their state. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { delay } from "../../src/clock.ts";
import { loadConfig } from "../../src/config/load.ts";
import { parseHost } from "../../src/config/ollama_host.ts";
import { ProviderError } from "../../src/llm/errors.ts";
import { serversOf } from "../../src/config/servers.ts";
import { ProbeTimeouts, SIGN_OF_LIFE } from "../../src/llm/exchange_timeouts.ts";
import { providersOf } from "../../src/llm/make_providers.ts";
import { OllamaProvider } from "../../src/llm/ollama.ts";
import { OpenAiProvider } from "../../src/llm/openai.ts";
import type { Provider } from "../../src/llm/provider.ts";
import { FaultyOllama } from "../fakes/ollama/faulty.ts";
import type { ServerMonitor } from "../../src/llm/server_monitor.ts";
import { poolOf } from "../fakes/scripted_provider.ts";
import { serveHttp } from "../fakes/http_server.ts";
import { test } from "../testing.ts";

const never = new AbortController().signal;
const QUESTION = [{ role: "user", content: "alice: rosey?" }] as const;
/** The first limit. */
const PROBE_TIMEOUT_MS = 300;
/** As 6 s are to 5 s. */
const SLOW_MS = 1.2 * PROBE_TIMEOUT_MS;

function limitsOf(url: string) {
  return {
    server: { ...parseHost(url), model: "rosey-demo" },
    connect: () => Deno.createHttpClient({}),
    responseTimeoutMs: 10_000,
    loadTimeoutMs: 5000,
    probeTimeoutMs: PROBE_TIMEOUT_MS,
  };
}

const PROVIDERS = {
  ollama: ollamaAt,
  openai: (url: string) => new OpenAiProvider(limitsOf(`${url}/v1`)),
};

function ollamaAt(url: string): OllamaProvider {
  return new OllamaProvider({ ...limitsOf(url), keepAlive: "5m", options: {}, think: false });
}

/** A server of both APIs that delays requests for its state, always or while it answers. */
function slowServer({ answerMs = 0, always = true } = {}) {
  let isAnswering = false;
  return serveHttp(async (request) => {
    if (request.method !== "POST") {
      if (always || isAnswering) await delay(SLOW_MS, { signal: request.signal });
      const models = [{ name: "rosey-demo:latest" }];
      return Response.json({ models, data: [{ id: "rosey-demo" }] });
    }
    const { messages = [] } = await request.json();
    isAnswering = messages.length > 0;
    if (isAnswering) await delay(answerMs, { signal: request.signal });
    isAnswering = false;
    const message = { role: "assistant", content: "Fine." };
    return Response.json({ message, done: true, choices: [{ message, finish_reason: "stop" }] });
  });
}

/** A pool of one server; `up` fails if the server is not up within some seconds. */
function sceneOf(provider: Provider) {
  const pool = poolOf([provider]);
  const [monitor] = pool.monitors as [ServerMonitor];
  const { status } = monitor;
  const up = async () => {
    const endMs = performance.now() + 15_000;
    while (!status.available && performance.now() < endMs) await status.changedWithin(1000, never);
    assert(status.available, status.reason);
  };
  return { pool, monitor, status, up, [Symbol.asyncDispose]: () => pool.close() };
}

async function reasonOf(request: () => Promise<unknown>): Promise<string> {
  return (await assertRejects(request, ProviderError)).reason;
}

test("the limit of a probe grows with each timeout", async () => {
  await using ollama = FaultyOllama.start({ fault: { kind: "hang", on: "/api/ps" } });
  const provider = ollamaAt(ollama.url);
  for (const seconds of [0.3, 0.9, 1.8, 1.8]) {
    const reason = await reasonOf(() => provider.status(never));
    assertEquals(reason, `no complete answer within ${seconds} s`);
  }
  provider.close();
});

test("limits of probes shrink after a quick answer, that of a sign of life grows later", () => {
  const timeouts = new ProbeTimeouts(5000);
  const limits = () => ["GET /api/ps", SIGN_OF_LIFE].map((name) => timeouts.limitMs(name));
  const miss = () => ["GET /api/ps", SIGN_OF_LIFE].forEach((name) => timeouts.timedOut(name));
  assertEquals(limits(), [5000, 5000]);
  miss();
  assertEquals(limits(), [15_000, 5000]);
  miss();
  assertEquals(limits(), [30_000, 15_000]);
  timeouts.answered("GET /api/ps", 2500);
  timeouts.answered(SIGN_OF_LIFE, 2500);
  assertEquals(limits(), [30_000, 15_000]);
  timeouts.answered("GET /api/ps", 2499);
  assertEquals(limits(), [5000, 15_000]);
  timeouts.answered(SIGN_OF_LIFE, 100);
  assertEquals(limits(), [5000, 5000]);
  assertEquals(new ProbeTimeouts(60_000).limitMs(SIGN_OF_LIFE), 60_000);
});

test("a server whose list of models never comes is up if it shows a sign of life", async () => {
  await using ollama = FaultyOllama.start({
    tokenDelayMs: 0,
    reply: () => "Fine.",
    fault: { kind: "hang", on: "/api/tags" },
  });
  await using scene = sceneOf(ollamaAt(ollama.url));
  await scene.up();
  assertEquals((await scene.pool.chat(QUESTION, never)).text, "Fine.");
  assertEquals([scene.status.state, scene.pool.reports[0]!.failures], ["up", {}]);
});

test("probe_timeout is the first limit", async () => {
  await using ollama = FaultyOllama.start({ fault: { kind: "hang" } });
  const llm = { enabled: true, model: "m", ollama_host: ollama.url, probe_timeout: 0.2 };
  const text = JSON.stringify({ channel: "room", user: "Rosey", llm });
  const { settings } = loadConfig("config.json", { env: () => undefined, readFile: () => text });
  const { provider } = providersOf(serversOf(settings.llm)).usable[0]!;
  assertEquals(await reasonOf(() => provider.status(never)), "no complete answer within 0.2 s");
  provider.close();
});

test("the list of models that is known is kept if the next one does not come", async () => {
  await using ollama = FaultyOllama.start({ tokenDelayMs: 0 });
  await using scene = sceneOf(ollamaAt(ollama.url));
  await scene.up();
  ollama.fault = { kind: "hang", on: "/api/tags" };
  await scene.monitor.reload(new ProviderError("reset", "closed"), never);
  assertEquals(scene.pool.offered, ["rosey-demo:latest"]);
});

test("a server whose list of models does not come and that is dead is down", async () => {
  await using ollama = FaultyOllama.start({ fault: { kind: "hang" } });
  const provider = ollamaAt(ollama.url);
  assertEquals(
    await reasonOf(() => provider.probe(never)),
    "no complete answer within 0.3 s",
  );
  provider.close();
});

for (const name of ["ollama", "openai"] as const) {
  test(`${name}: a server that is slow in everything but its answers is up`, async () => {
    await using server = slowServer();
    await using scene = sceneOf(PROVIDERS[name](server.url));
    await scene.up();
    for (let time = 0; time < 3; time++) {
      assertEquals((await scene.pool.chat(QUESTION, never)).text, "Fine.");
    }
    assertEquals(scene.status.state, "up");
  });

  test(`${name}: a server that is slow while it answers loses at most one question`, async () => {
    // An answer takes longer than two signs of life.
    await using server = slowServer({ answerMs: 6000, always: name === "openai" });
    await using scene = sceneOf(PROVIDERS[name](server.url));
    await scene.up();
    const texts: (string | undefined)[] = [];
    for (let time = 0; time < 2; time++) {
      const reply = await scene.pool.chat(QUESTION, never).catch(() => undefined);
      texts.push(reply?.text);
      await scene.up();
    }
    assertEquals(texts.at(-1), "Fine.");
  });
}
