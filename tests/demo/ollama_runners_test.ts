import assert from "node:assert/strict";
import { DemoOllama, type DemoOllamaOptions } from "../../src/demo/ollama/server.ts";
import { test } from "../testing.ts";

type Json = Record<string, unknown>;

const MODEL = "rosey-demo:latest";
const HELLO = { model: MODEL, messages: [{ role: "user", content: "alice: hey rosey" }] };

function start(options: DemoOllamaOptions = {}): DemoOllama {
  return DemoOllama.start({ tokenDelayMs: 0, ...options });
}

function post(url: string, body: unknown, init: RequestInit = {}): Promise<Response> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return fetch(url, { method: "POST", body: text, ...init });
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; !await condition(); tries++) {
    assert.ok(tries < 200, "waited two seconds in vain");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function loaded(ollama: DemoOllama): Promise<Json[]> {
  return (await (await fetch(`${ollama.url}/api/ps`)).json()).models;
}

test("demo ollama loads, shows in ps, reloads for another context, unloads", async () => {
  await using ollama = start({ contextLength: 8192 });
  const chat = `${ollama.url}/api/chat`;
  assert.deepEqual(await loaded(ollama), []);
  const load = await (await post(chat, { model: "rosey-demo", messages: [] })).json();
  assert.equal(load.done_reason, "load");
  assert.equal(load.model, "rosey-demo");
  const [running] = await loaded(ollama);
  assert.equal(running?.name, MODEL);
  assert.equal(running?.context_length, 8192);
  await (await post(chat, HELLO)).text();
  assert.equal(ollama.loads, 1);
  await (await post(chat, { ...HELLO, options: { num_ctx: 2048 } })).text();
  assert.equal(ollama.loads, 2);
  assert.equal((await loaded(ollama))[0]?.context_length, 2048);
  const unload = await (await post(chat, { model: MODEL, keep_alive: 0 })).json();
  assert.equal(unload.done_reason, "unload");
  assert.deepEqual(await loaded(ollama), []);
});

test("demo ollama keeps a model as long as keep_alive says", async () => {
  await using ollama = start();
  const load = (keep_alive: unknown) =>
    post(`${ollama.url}/api/chat`, { model: MODEL, keep_alive });
  const lifetime = async () => {
    return Date.parse(String((await loaded(ollama))[0]?.expires_at)) - Date.now();
  };
  await (await load("1h30m")).text();
  assert.ok(Math.abs(await lifetime() - 5_400_000) < 5000);
  await (await load(60)).text();
  assert.ok(Math.abs(await lifetime() - 60_000) < 5000);
  await (await load(-1)).text();
  assert.ok(await lifetime() > 1e12);
  for (const [bad, error] of [["5", "missing unit in"], ["soon", "invalid"]] as const) {
    const response = await load(bad);
    assert.equal(response.status, 400);
    assert.deepEqual(await response.json(), { error: `time: ${error} duration "${bad}"` });
  }
});

test("demo ollama aborts a load when the client that began it went away; the next one begins anew", async () => {
  await using ollama = start({ loadDelayMs: [60_000, 50] });
  const load = (signal?: AbortSignal) =>
    post(`${ollama.url}/api/chat`, { model: MODEL }, { signal: signal ?? null });
  const leaves = new AbortController();
  const left = assert.rejects(load(leaves.signal));
  await until(() => ollama.loads === 1);
  const stays = load();
  const impatient = new AbortController();
  const beside = assert.rejects(load(impatient.signal));
  await until(() => ollama.requests.length === 3);
  impatient.abort();
  await beside;
  assert.deepEqual([ollama.loads, ollama.loadsAborted, await loaded(ollama)], [1, 0, []]);
  leaves.abort();
  await left;
  assert.equal((await (await stays).json()).done_reason, "load");
  assert.deepEqual([ollama.loads, ollama.loadsAborted], [2, 1]);
});

test("demo ollama counts the chats whose client went away, streamed or not", async () => {
  await using ollama = start({ tokenDelayMs: 60 });
  const chat = `${ollama.url}/api/chat`;
  const streamed = new AbortController();
  const reader = (await post(chat, HELLO, { signal: streamed.signal })).body?.getReader();
  await reader?.read();
  streamed.abort();
  await until(() => ollama.cancelled === 1);
  const whole = new AbortController();
  const rejected = assert.rejects(
    post(chat, { ...HELLO, stream: false }, { signal: whole.signal }),
  );
  await until(() => ollama.requests.length === 2);
  whole.abort();
  await rejected;
  await until(() => ollama.cancelled === 2);
  await (await post(chat, HELLO)).text();
  await (await post(chat, { ...HELLO, stream: false })).text();
  assert.equal(ollama.cancelled, 2);
});

test("demo ollama sends no headers before the first piece", async () => {
  await using ollama = start({ tokenDelayMs: 300 });
  const before = performance.now();
  const response = await post(`${ollama.url}/api/chat`, HELLO);
  assert.ok(performance.now() - before > 250);
  await response.body?.cancel();
  await until(() => ollama.cancelled === 1);
});

test("demo ollama closes in the middle of a reply and of a load", async () => {
  const ollama = start({ tokenDelayMs: 30, loadDelayMs: 0 });
  const response = await post(`${ollama.url}/api/chat`, HELLO);
  const broken = assert.rejects(response.text());
  await ollama.close();
  await broken;
  const slow = start({ loadDelayMs: 60_000 });
  const loading = assert.rejects(post(`${slow.url}/api/chat`, HELLO));
  await until(() => slow.requests.length === 1);
  await slow.close();
  await loading;
  await assert.rejects(fetch(ollama.url));
});
