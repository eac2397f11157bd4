import { assert, assertEquals, assertGreater, assertMatch } from "@std/assert";
import { FakeOllama, type FakeOllamaOptions } from "./server.ts";
import { scriptedReply } from "../../../src/demo/scripted_model.ts";
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

async function lines(response: Response): Promise<Json[]> {
  return (await response.text()).trimEnd().split("\n").map((line) => JSON.parse(line));
}

test("fake ollama says that it is running, to GET and to HEAD", async () => {
  await using ollama = start();
  const get = await fetch(ollama.url);
  assertEquals(await get.text(), "Ollama is running");
  assertEquals(get.headers.get("content-type"), "text/plain; charset=utf-8");
  for (const path of ["/", "/api/version", "/api/tags"]) {
    const head = await fetch(ollama.url + path, { method: "HEAD" });
    assertEquals(head.status, 200);
    assertEquals(await head.text(), "");
  }
  assertEquals(ollama.url, `http://127.0.0.1:${ollama.port}`);
});

test("fake ollama tells its version", async () => {
  await using ollama = start();
  const response = await fetch(`${ollama.url}/api/version`);
  assertEquals(response.headers.get("content-type"), "application/json; charset=utf-8");
  assertEquals(await response.json(), { version: "0.0.0-rosey-demo" });
});

test("fake ollama lists its models", async () => {
  await using ollama = start({ models: ["one", "two:7b"] });
  const { models } = await (await fetch(`${ollama.url}/api/tags`)).json();
  assertEquals(models.map((model: Json) => model.name), ["one:latest", "two:7b"]);
  const keys = ["name", "model", "modified_at", "size", "digest", "details", "capabilities"];
  assertEquals(Object.keys(models[0]), keys);
  assertMatch(models[0].digest, /^[0-9a-f]{64}$/);
});

test("fake ollama shows a model, and names the missing one with its tag", async () => {
  await using ollama = start();
  const shown = await (await post(`${ollama.url}/api/show`, { model: "rosey-demo" })).json();
  assertEquals(shown.capabilities, ["completion"]);
  assertEquals(shown.model_info["general.architecture"], "scripted");
  const missing = await post(`${ollama.url}/api/show`, { model: "nope" });
  assertEquals(missing.status, 404);
  assertEquals(await missing.json(), { error: "model 'nope:latest' not found" });
  const none = await post(`${ollama.url}/api/show`, {});
  assertEquals(none.status, 400);
  assertEquals(await none.json(), { error: "model is required" });
});

test("fake ollama streams a chat as NDJSON and ends with the counters", async () => {
  await using ollama = start();
  const response = await post(`${ollama.url}/api/chat`, HELLO);
  assertEquals(response.headers.get("content-type"), "application/x-ndjson");
  const all = await lines(response);
  const last = all.at(-1) ?? {};
  const said = all.map((line) => (line.message as Json).content).join("");
  assertEquals(said, scriptedReply(HELLO.messages));
  assertGreater(all.length, 3);
  assertEquals(Object.keys(all[0] ?? {}), ["model", "created_at", "message", "done"]);
  assertEquals(Object.keys(last), [
    "model",
    "created_at",
    "message",
    "done",
    "done_reason",
    "total_duration",
    "load_duration",
    "prompt_eval_count",
    "prompt_eval_duration",
    "eval_count",
    "eval_duration",
  ]);
  assertEquals(last.done_reason, "stop");
  assertEquals(last.eval_count, all.length - 1);
  assert(Number.isInteger(last.total_duration));
});

test("fake ollama answers a chat with one JSON when stream is false", async () => {
  await using ollama = start();
  const response = await post(`${ollama.url}/api/chat`, { ...HELLO, stream: false });
  assertEquals(response.headers.get("content-type"), "application/json; charset=utf-8");
  const { message, done } = await response.json();
  assertEquals(message, { role: "assistant", content: scriptedReply(HELLO.messages) });
  assertEquals(done, true);
});

test("fake ollama stops at num_predict with done_reason length", async () => {
  await using ollama = start();
  const body = { ...HELLO, stream: false, options: { num_predict: 2 } };
  const answer = await (await post(`${ollama.url}/api/chat`, body)).json();
  assertEquals(answer.done_reason, "length");
  assertEquals(answer.eval_count, 2);
});

test("fake ollama streams an async reply", async () => {
  async function* reply() {
    yield "one ";
    await Promise.resolve();
    yield "two";
  }
  await using ollama = start({ reply });
  const all = await lines(await post(`${ollama.url}/api/chat`, HELLO));
  assertEquals(all.map((line) => (line.message as Json).content), ["one ", "two", ""]);
});

test("fake ollama reports a failing reply as 500 before and as a line after the first piece", async () => {
  const state = { pieces: 0 };
  async function* reply() {
    await Promise.resolve();
    if (state.pieces > 0) yield "one";
    throw new Error("llama runner process has terminated");
  }
  await using ollama = start({ reply });
  const before = await post(`${ollama.url}/api/chat`, HELLO);
  assertEquals(before.status, 500);
  assertEquals(await before.json(), { error: "llama runner process has terminated" });
  state.pieces = 1;
  const after = await post(`${ollama.url}/api/chat`, HELLO);
  assertEquals(after.status, 200);
  assertEquals((await lines(after)).at(-1), { error: "llama runner process has terminated" });
});

test("fake ollama refuses what the real server refuses", async () => {
  await using ollama = start();
  const think = `"rosey-demo" does not support thinking`;
  const cases: [unknown, number, string][] = [
    ["", 400, "missing request body"],
    ["hello", 400, "invalid character 'h' looking for beginning of value"],
    ['{"model":', 400, "unexpected EOF"],
    [{}, 400, "model is required"],
    [{ model: "a b" }, 400, "invalid model name"],
    [{ model: "nope:7b" }, 404, "model 'nope:7b' not found"],
    [
      { model: 7 },
      400,
      "json: cannot unmarshal number into Go struct field Request.model of type string",
    ],
    [{ model: "rosey-demo", think: true }, 400, think],
    [{ model: "rosey-demo", think: "low" }, 400, think],
    [{ ...HELLO, options: { num_ctx: "4096" } }, 500, 'option "num_ctx" must be of type integer'],
    [{ ...HELLO, options: { stop: "x" } }, 500, 'option "stop" must be of type array'],
  ];
  for (const [body, status, error] of cases) {
    const response = await post(`${ollama.url}/api/chat`, body);
    assertEquals([response.status, await response.json()], [status, { error }]);
    assertEquals(response.headers.get("content-type"), "application/json; charset=utf-8");
  }
  const fine = { ...HELLO, think: false, options: { unknown: {}, num_ctx: null } };
  assertEquals((await lines(await post(`${ollama.url}/api/chat`, fine))).at(-1)?.done, true);
});

test("fake ollama generates, loads and unloads through api/generate", async () => {
  await using ollama = start();
  const url = `${ollama.url}/api/generate`;
  const all = await lines(await post(url, { model: MODEL, prompt: "bob: tell a joke" }));
  assert(all.map((line) => line.response).join("").startsWith("bob: "));
  assert(Array.isArray(all.at(-1)?.context));
  assertEquals((await (await post(url, { model: MODEL })).json()).done_reason, "load");
  const unload = { model: MODEL, keep_alive: "0s" };
  assertEquals((await (await post(url, unload)).json()).done_reason, "unload");
  const missing = await post(url, {});
  assertEquals([missing.status, await missing.json()], [404, { error: "model '' not found" }]);
});

test("fake ollama pulls a model with its progress, and fails under status 200", async () => {
  await using ollama = start();
  const all = await lines(await post(`${ollama.url}/api/pull`, { model: "new" }));
  assertEquals(all[0], { status: "pulling manifest" });
  assertEquals(all.at(-1), { status: "success" });
  assert(all.some((line) => Number(line.completed) === line.total));
  const chat = await post(`${ollama.url}/api/chat`, { ...HELLO, model: "new" });
  assertEquals((await lines(chat)).at(-1)?.done, true);
  const failed = await post(`${ollama.url}/api/pull`, { model: "new:missing" });
  assertEquals(failed.status, 200);
  const error = "pull model manifest: file does not exist";
  assertEquals((await lines(failed)).at(-1), { error });
});

test("fake ollama answers unknown paths and wrong methods with plain text", async () => {
  await using ollama = start();
  const cases = [
    ["GET", "/v2/api/chat", 404, "404 page not found"],
    ["GET", "/api/chat", 405, "405 method not allowed"],
    ["POST", "/api/tags", 405, "405 method not allowed"],
  ] as const;
  for (const [method, path, status, body] of cases) {
    const response = await fetch(ollama.url + path, { method });
    assertEquals([response.status, await response.text()], [status, body]);
    assertEquals(response.headers.get("content-type"), "text/plain");
  }
});

test("fake ollama refuses a foreign Host with 403 and an empty body", async () => {
  await using ollama = start();
  using connection = await Deno.connect({ hostname: "127.0.0.1", port: ollama.port });
  const request = "GET /api/tags HTTP/1.1\r\nHost: gpu.example.com\r\nConnection: close\r\n\r\n";
  await connection.write(new TextEncoder().encode(request));
  const answer = await new Response(connection.readable).text();
  assertMatch(answer, /^HTTP\/1\.1 403 /);
  assert(answer.endsWith("\r\n\r\n"));
});

test("fake ollama records requests and passes them to onRequest", async () => {
  const seen: string[] = [];
  await using ollama = start({ onRequest: ({ method, path }) => seen.push(`${method} ${path}`) });
  await (await post(`${ollama.url}/api/chat?x=1`, HELLO, { headers: { "X-A": "b" } })).text();
  await (await fetch(`${ollama.url}/api/tags`)).text();
  assertEquals(seen, ["POST /api/chat", "GET /api/tags"]);
  assertEquals(ollama.requests[0]?.body, HELLO);
  assertEquals(ollama.requests[0]?.headers["x-a"], "b");
  assertEquals(ollama.requests[1]?.body, undefined);
});
