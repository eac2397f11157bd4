import { assertEquals, assertInstanceOf } from "@std/assert";
import { OpenAiProvider } from "../../src/llm/openai.ts";
import { ProviderError } from "../../src/llm/errors.ts";
import { type Clock, delay, systemClock } from "../../src/clock.ts";
import type { ModelPool } from "../../src/llm/model_pool.ts";
import { silentServer } from "../fakes/blackhole.ts";
import { FakeOpenAi, type OpenAiMode } from "../fakes/openai.ts";
import { poolOf } from "../fakes/scripted_provider.ts";
import { serveHttp } from "../fakes/http_server.ts";
import { test } from "../testing.ts";

const never = new AbortController().signal;

function providerOf(fake: FakeOpenAi): OpenAiProvider {
  const connect = () => Deno.createHttpClient({});
  const server = { url: fake.url, model: "small-model", authorization: "Bearer sk-test" };
  return new OpenAiProvider({ server, connect, responseTimeoutMs: 5000, loadTimeoutMs: 5000 });
}

async function failure(promise: Promise<unknown>): Promise<ProviderError> {
  const error = await promise.then(() => undefined, (error) => error);
  assertInstanceOf(error, ProviderError, `${error}`);
  return error;
}

test("openai sends model, messages, stream and key, and reads streams and whole answers", async () => {
  await using fake = new FakeOpenAi();
  const provider = providerOf(fake);
  for (const mode of [{ kind: "stream", text: "One two." }, { kind: "whole", text: "One two." }]) {
    fake.mode = mode as OpenAiMode;
    const reply = await provider.chat([{ role: "user", content: "bob: hi" }], never);
    assertEquals(reply, { text: "One two.", complete: true });
  }
  assertEquals(fake.requests[0], {
    path: "/v1/chat/completions",
    authorization: "Bearer sk-test",
    body: { model: "small-model", messages: [{ role: "user", content: "bob: hi" }], stream: true },
  });
  provider.close();
});

test("openai lists models; a server without a list is available, too", async () => {
  await using fake = new FakeOpenAi();
  const provider = providerOf(fake);
  assertEquals(await provider.probe(never), {
    models: ["small-model"],
    hasModel: true,
    takesAnyName: false,
  });
  for (const status of [403, 404, 405, 429, 500]) {
    fake.listStatus = status;
    const { models, unlisted } = await provider.probe(never);
    assertEquals([models, unlisted?.status], [undefined, status]);
    await provider.alive(never);
  }
  const refusals = [[301, "redirect"], [401, "auth"], [502, "http"], [503, "busy"]] as const;
  for (const [status, kind] of refusals) {
    fake.listStatus = status;
    assertEquals((await failure(provider.probe(never))).kind, kind);
  }
  provider.close();
});

test("openai checks a server with HEAD during an answer, without its list of models", async () => {
  await using fake = new FakeOpenAi();
  const provider = providerOf(fake);
  for (
    const [status, alive] of [[200, true], [401, true], [500, true], [503, true], [
      502,
      false,
    ]] as const
  ) {
    fake.listStatus = status;
    const found = await provider.alive(never).then(() => true, () => false);
    assertEquals(found, alive, `${status}`);
  }
  assertEquals(new Set(fake.looks), new Set(["HEAD"]));
  provider.close();
});

test("openai reads events without blank lines between them", async () => {
  const events = [
    '{"choices":[{"delta":{"content":"One "}}]}',
    '{"choices":[{"delta":{"content":"two."}}]}',
    "[DONE]",
  ];
  const body = events.map((data) => `data: ${data}\n`).join("");
  const headers = { "content-type": "text/event-stream" };
  await using server = serveHttp(() => new Response(body, { headers }));
  const provider = new OpenAiProvider({
    server: { url: `${server.url}/v1`, model: "m" },
    connect: () => Deno.createHttpClient({}),
    responseTimeoutMs: 5000,
    loadTimeoutMs: 5000,
  });
  assertEquals((await provider.chat([{ role: "user", content: "hi" }], never)).text, "One two.");
  provider.close();
});

test("openai marks an answer that the token limit ended as incomplete", async () => {
  await using fake = new FakeOpenAi();
  const provider = providerOf(fake);
  fake.mode = { kind: "stream", text: "<think>hm</think>So far", finish: "length" };
  assertEquals(await provider.chat([], never), { text: "So far", complete: false });
  provider.close();
});

test("openai tolerates timeouts of checks of a server that serves one request at a time", async () => {
  await using silent = silentServer();
  const clock = {
    ...systemClock,
    setTimer: (fn: () => void, ms: number) => systemClock.setTimer(fn, ms / 100),
  };
  const server = { url: `${silent.url}/v1`, authorization: undefined, model: "m", clock };
  const provider = new OpenAiProvider({ server, responseTimeoutMs: 1000, loadTimeoutMs: 1000 });
  await provider.alive(AbortSignal.timeout(8000));
  provider.close();
});

/** Twenty times as fast as the real time. */
const fast: Clock = {
  ...systemClock,
  now: () => 20 * systemClock.now(),
  setTimer: (fn, ms) => systemClock.setTimer(fn, ms / 20),
};

/** Runs a pool with the server on the fast clock. */
async function withPool(
  fake: FakeOpenAi,
  run: (pool: ModelPool) => Promise<void>,
  responseTimeoutMs = 5000,
): Promise<void> {
  const server = {
    url: fake.url,
    authorization: "Bearer sk-test",
    model: "small-model",
    clock: fast,
  };
  const provider = new OpenAiProvider({ server, responseTimeoutMs, loadTimeoutMs: 300_000 });
  const pool = poolOf([provider], { clock: fast });
  try {
    await run(pool);
  } finally {
    await pool.close();
  }
}

test("openai waits for a server that loads its model at its start", async () => {
  await using fake = new FakeOpenAi();
  fake.listStatus = 503;
  fake.listBody = JSON.stringify({ error: { code: 503, message: "Loading model" } });
  await withPool(fake, async (pool) => {
    const ready = pool.ready(never);
    while (pool.state !== "loading") await delay(5);
    fake.listStatus = 200;
    assertEquals(await ready, true);
  });
});

test("openai gives a server that loads on demand load_timeout, once, with no other request", async () => {
  await using fake = new FakeOpenAi();
  const loaded = Promise.withResolvers<void>();
  let isLoaded = false;
  let aborted = 0;
  fake.onChat = async ({ signal }) => {
    // Older Deno aborts the signal of each request that has ended.
    signal.addEventListener("abort", () => isLoaded || aborted++);
    await Promise.race([loaded.promise, new Promise((r) => signal.addEventListener("abort", r))]);
  };
  await withPool(fake, async (pool) => {
    await pool.ready(never);
    const cold = await failure(pool.chat([{ role: "user", content: "bob: hi" }], never));
    assertEquals(cold.kind, "timeout");
    const ready = pool.ready(never);
    while (fake.requests.length < 2) await delay(5);
    const { body } = fake.requests[1]!;
    assertEquals((body as { max_tokens?: number }).max_tokens, 1);
    isLoaded = true;
    loaded.resolve();
    assertEquals(await ready, true);
    const { text } = await pool.chat([{ role: "user", content: "bob: hi" }], never);
    assertEquals(text, "Hello.");
    assertEquals([fake.requests.length, aborted], [3, 1]);
  }, 300);
});

test("openai loads under load_timeout before it repeats a request that ended the model", async () => {
  await using fake = new FakeOpenAi();
  const crashed = {
    error: "The model has crashed without additional information. (Exit code: null)",
  };
  fake.mode = { kind: "status", status: 400, body: JSON.stringify(crashed) };
  fake.onChat = async () => {
    if (fake.requests.length < 2) return;
    // By the fast clock, the load takes longer than response_timeout.
    if (fake.requests.length === 2) await delay(500);
    fake.mode = { kind: "stream", text: "Hello." };
  };
  await withPool(fake, async (pool) => {
    await pool.ready(never);
    const { text } = await pool.chat([{ role: "user", content: "bob: hi" }], never);
    assertEquals(text, "Hello.");
  });
  const limits = fake.requests.map(({ body }) => (body as { max_tokens?: number }).max_tokens);
  assertEquals(limits, [undefined, 1, 256]);
});

test("openai answers after a restart that takes longer than response_timeout", async () => {
  await using fake = new FakeOpenAi();
  const loading = JSON.stringify({ error: { code: 503, message: "Loading model" } });
  await withPool(fake, async (pool) => {
    await pool.ready(never);
    fake.listStatus = 503;
    fake.listBody = loading;
    fake.mode = { kind: "status", status: 503, body: loading };
    const start = async () => {
      while (pool.state !== "loading") await delay(5);
      await delay(500);
      fake.listStatus = 200;
      fake.mode = { kind: "stream", text: "Hello." };
    };
    const answer = pool.chat([{ role: "user", content: "bob: hi" }], never);
    assertEquals((await Promise.all([answer, start()]))[0].text, "Hello.");
  }, 2000);
});

test("openai reads the window from the list of models", async () => {
  await using fake = new FakeOpenAi();
  const provider = providerOf(fake);
  for (const fields of [{ meta: { n_ctx: 1024 } }, { max_model_len: 1024 }]) {
    fake.listed = { id: "other", ...fields };
    await provider.probe(never);
    assertEquals((await provider.status()).contextTokens, 1024);
  }
  provider.close();
});
