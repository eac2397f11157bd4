import { assertEquals, assertGreater, assertLess, assertRejects } from "@std/assert";
import { FakeOllama, type FakeOllamaOptions } from "./server.ts";
import { test } from "../../testing.ts";

type Json = Record<string, unknown>;

const MODEL = "rosey-demo:latest";
const HELLO = { model: MODEL, messages: [{ role: "user", content: "alice: hey rosey" }] };

function start(options: FakeOllamaOptions = {}): FakeOllama {
  return FakeOllama.start({ tokenDelayMs: 0, ...options });
}

function post(url: string, body: unknown, init: RequestInit = {}): Promise<Response> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return fetch(url, { method: "POST", body: text, ...init });
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; !await condition(); tries++) {
    assertLess(tries, 200, "waited two seconds in vain");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function loaded(ollama: FakeOllama): Promise<Json[]> {
  return (await (await fetch(`${ollama.url}/api/ps`)).json()).models;
}

test("fake ollama loads, shows in ps, reloads for another context, unloads", async () => {
  await using ollama = start({ contextLength: 8192 });
  const chat = `${ollama.url}/api/chat`;
  assertEquals(await loaded(ollama), []);
  const load = await (await post(chat, { model: "rosey-demo", messages: [] })).json();
  assertEquals(load.done_reason, "load");
  assertEquals(load.model, "rosey-demo");
  const [running] = await loaded(ollama);
  assertEquals(running?.name, MODEL);
  assertEquals(running?.context_length, 8192);
  await (await post(chat, HELLO)).text();
  assertEquals(ollama.loads, 1);
  await (await post(chat, { ...HELLO, options: { num_ctx: 2048 } })).text();
  assertEquals(ollama.loads, 2);
  assertEquals((await loaded(ollama))[0]?.context_length, 2048);
  const unload = await (await post(chat, { model: MODEL, keep_alive: 0 })).json();
  assertEquals(unload.done_reason, "unload");
  assertEquals(await loaded(ollama), []);
});

test("fake ollama keeps a model as long as keep_alive says", async () => {
  await using ollama = start();
  const load = (keep_alive: unknown) =>
    post(`${ollama.url}/api/chat`, { model: MODEL, keep_alive });
  const lifetime = async () => {
    return Date.parse(String((await loaded(ollama))[0]?.expires_at)) - Date.now();
  };
  await (await load("1h30m")).text();
  assertLess(Math.abs(await lifetime() - 5_400_000), 5000);
  await (await load(60)).text();
  assertLess(Math.abs(await lifetime() - 60_000), 5000);
  await (await load(-1)).text();
  assertGreater(await lifetime(), 1e12);
  for (const [bad, error] of [["5", "missing unit in"], ["soon", "invalid"]] as const) {
    const response = await load(bad);
    assertEquals(response.status, 400);
    assertEquals(await response.json(), { error: `time: ${error} duration "${bad}"` });
  }
});

test("fake ollama aborts a load when its client disconnects; the next client starts another", async () => {
  await using ollama = start({ loadDelayMs: [60_000, 50] });
  const load = (signal?: AbortSignal) =>
    post(`${ollama.url}/api/chat`, { model: MODEL }, { signal: signal ?? null });
  const leaves = new AbortController();
  const left = assertRejects(() => load(leaves.signal));
  await until(() => ollama.loads === 1);
  const stays = load();
  const impatient = new AbortController();
  const beside = assertRejects(() => load(impatient.signal));
  await until(() => ollama.requests.length === 3);
  impatient.abort();
  await beside;
  assertEquals([ollama.loads, ollama.loadsAborted, await loaded(ollama)], [1, 0, []]);
  leaves.abort();
  await left;
  assertEquals((await (await stays).json()).done_reason, "load");
  assertEquals([ollama.loads, ollama.loadsAborted], [2, 1]);
});

test("fake ollama counts chats whose client disconnected", async () => {
  await using ollama = start({ tokenDelayMs: 60 });
  const chat = `${ollama.url}/api/chat`;
  const streamed = new AbortController();
  const reader = (await post(chat, HELLO, { signal: streamed.signal })).body?.getReader();
  await reader?.read();
  streamed.abort();
  await until(() => ollama.cancelled === 1);
  const whole = new AbortController();
  const rejected = assertRejects(() =>
    post(chat, { ...HELLO, stream: false }, { signal: whole.signal })
  );
  await until(() => ollama.requests.length === 2);
  whole.abort();
  await rejected;
  await until(() => ollama.cancelled === 2);
  await (await post(chat, HELLO)).text();
  await (await post(chat, { ...HELLO, stream: false })).text();
  assertEquals(ollama.cancelled, 2);
});

test("fake ollama sends no headers before the first piece", async () => {
  await using ollama = start({ tokenDelayMs: 300 });
  const before = performance.now();
  const response = await post(`${ollama.url}/api/chat`, HELLO);
  assertGreater(performance.now() - before, 250);
  await response.body?.cancel();
  await until(() => ollama.cancelled === 1);
});

test("fake ollama closes in the middle of a reply and of a load", async () => {
  const ollama = start({ tokenDelayMs: 30, loadDelayMs: 0 });
  const response = await post(`${ollama.url}/api/chat`, HELLO);
  const broken = assertRejects(() => response.text());
  await ollama.close();
  await broken;
  const slow = start({ loadDelayMs: 60_000 });
  const loading = assertRejects(() => post(`${slow.url}/api/chat`, HELLO));
  await until(() => slow.requests.length === 1);
  await slow.close();
  await loading;
  await assertRejects(() => fetch(ollama.url));
});
