import { assert, assertEquals, assertInstanceOf, assertMatch, assertNotMatch } from "@std/assert";
import { parseHost } from "../../src/config/ollama_host.ts";
import { OllamaProvider } from "../../src/llm/ollama.ts";
import { ProviderError } from "../../src/llm/errors.ts";
import { FaultyOllama } from "../fakes/ollama/faulty.ts";
import { FAULTY_REPLY } from "../fakes/ollama/faults.ts";
import { FakeOllama } from "../fakes/ollama/server.ts";
import { test } from "../testing.ts";

const never = new AbortController().signal;

function providerOf(url: string, model = "rosey-demo"): OllamaProvider {
  const connect = () => Deno.createHttpClient({});
  const server = { ...parseHost(url), model };
  const options = { connect, keepAlive: "5m", options: {}, think: false };
  return new OllamaProvider({ server, ...options, responseTimeoutMs: 5000, loadTimeoutMs: 5000 });
}

async function failure(promise: Promise<unknown>): Promise<ProviderError> {
  const error = await promise.then((value) => value, (error) => error);
  assertInstanceOf(error, ProviderError, `no failure: ${JSON.stringify(error)}`);
  return error;
}

test("ollama removes reasoning from an answer in all formats", async () => {
  await using ollama = FaultyOllama.start({ tokenDelayMs: 0 });
  const provider = providerOf(ollama.url);
  for (const style of ["field", "tags", "lone_close", "split_tags"] as const) {
    ollama.fault = { kind: "thinking", style };
    const { text } = await provider.chat([{ role: "user", content: "x" }], never);
    assertEquals(text, FAULTY_REPLY, style);
  }
  provider.close();
});

test("ollama decodes characters that are split across chunks", async () => {
  await using ollama = FaultyOllama.start({ tokenDelayMs: 0 });
  const provider = providerOf(ollama.url);
  for (const bytes of [1, 2, 3, 7]) {
    ollama.fault = { kind: "drip", bytes };
    const { text } = await provider.chat([{ role: "user", content: "x" }], never);
    assertEquals(text, FAULTY_REPLY);
  }
  provider.close();
});

test("ollama cancels the generation of an endless answer", async () => {
  await using ollama = FakeOllama.start({
    tokenDelayMs: 0,
    reply: async function* () {
      for (;;) {
        yield "word ";
        await new Promise((resolve) => queueMicrotask(() => resolve(undefined)));
      }
    },
  });
  const provider = providerOf(ollama.url);
  const reply = await provider.chat([{ role: "user", content: "x" }], never);
  assertEquals(reply.complete, false);
  assert(reply.text.length > 32_000 && reply.text.length < 33_000);
  provider.close();
});

test("ollama cancels the generation when the caller aborts", async () => {
  const begun = Promise.withResolvers<void>();
  await using ollama = FakeOllama.start({
    reply: async function* () {
      yield "One";
      begun.resolve();
      await new Promise(() => {});
    },
  });
  const provider = providerOf(ollama.url);
  const caller = new AbortController();
  const found = failure(provider.chat([{ role: "user", content: "x" }], caller.signal));
  await begun.promise;
  caller.abort();
  assertEquals((await found).kind, "aborted");
  provider.close();
});

test("ollama sends the address's credentials in a header and shows none of them", async () => {
  await using ollama = FaultyOllama.start({ tokenDelayMs: 0 });
  const url = ollama.url.replace("http://", "http://user:s3cret@");
  const provider = providerOf(url);
  await provider.probe(never);
  assertEquals(ollama.requests[0]!.headers.authorization, `Basic ${btoa("user:s3cret")}`);
  assert(!provider.host.includes("s3cret"));
  ollama.fault = { kind: "reset" };
  const found = await failure(provider.probe(never));
  assertNotMatch(`${found.message} ${found.stack}`, /s3cret/);
  provider.close();
});

test("an API key is sent in the provider's header and redacted in errors", async () => {
  const body = `{"error":"bad key key-12345"}`;
  await using ollama = FaultyOllama.start({ fault: { kind: "status", status: 500, body } });
  const server = { url: ollama.url, model: "m", credentials: { "x-api-key": "key-12345" } };
  const options = { keepAlive: "5m", options: {}, think: false };
  const limits = { responseTimeoutMs: 5000, loadTimeoutMs: 5000 };
  const provider = new OllamaProvider({ server, ...options, ...limits });
  assertMatch((await failure(provider.chat([], never))).message, /: bad key \[redacted\]; /);
  assertEquals(ollama.requests[0]!.headers["x-api-key"], "key-12345");
  provider.close();
});

test("a provider's headers that are not secret are sent with every request and never redacted", async () => {
  const body = `{"error":"2023-06-01 does not know key-12345"}`;
  await using ollama = FaultyOllama.start({ fault: { kind: "status", status: 500, body } });
  const credentials = { "x-api-key": "key-12345" };
  const headers = { "anthropic-version": "2023-06-01" };
  const server = { url: ollama.url, model: "m", credentials, headers };
  const options = { keepAlive: "5m", options: {}, think: false };
  const limits = { responseTimeoutMs: 5000, loadTimeoutMs: 5000 };
  const provider = new OllamaProvider({ server, ...options, ...limits });
  for (const request of [provider.chat([], never), provider.probe(never)]) {
    assertMatch((await failure(request)).message, /: 2023-06-01 does not know \[redacted\]; /);
  }
  for (const { headers } of ollama.requests) {
    assertEquals([headers["anthropic-version"], headers["x-api-key"]], ["2023-06-01", "key-12345"]);
  }
  provider.close();
});

test("ollama takes null for an empty list of models", async () => {
  await using ollama = FaultyOllama.start({});
  const provider = providerOf(ollama.url);
  for (const models of [null, []]) {
    ollama.fault = { kind: "status", status: 200, body: JSON.stringify({ models }), on: "all" };
    assertEquals(await provider.probe(never), { models: [], hasModel: false });
    assertEquals((await provider.status(never)).loaded, false);
  }
  provider.close();
});

test("ollama finds its model in the server's lists under all its names", async () => {
  await using ollama = FakeOllama.start({
    models: ["llama3.2:3b", "hf.co/alice/Tiny-GGUF:Q4_K_M"],
  });
  const names = [
    "library/llama3.2:3b",
    "registry.ollama.ai/library/llama3.2:3b",
    "https://registry.ollama.ai/library/llama3.2:3b",
    "LLAMA3.2:3B",
    "llama3.2:3b:local",
    "hf.co/alice/tiny-gguf:q4_k_m",
  ];
  for (const model of names) {
    const provider = providerOf(ollama.url, model);
    assertEquals((await provider.probe(never)).hasModel, true, model);
    await provider.load(never);
    assertEquals((await provider.status(never)).loaded, true, model);
    provider.close();
  }
});

test("ollama reads from an answer how long its parts took", async () => {
  await using ollama = FakeOllama.start({
    tokenDelayMs: 0,
    reply: () => "One two.",
    loadDelayMs: 20,
  });
  const provider = providerOf(ollama.url);
  const { timing = {} } = await provider.chat([{ role: "user", content: "x" }], never);
  const { loadMs = 0, promptMs = 0, tokens, tokensMs = 0 } = timing;
  assert(loadMs >= 20 && loadMs < 2000, `${loadMs}`);
  assert(promptMs > 0 && tokensMs > 0, `${promptMs} ${tokensMs}`);
  assertEquals(tokens, 2);
  provider.close();
});

test("ollama rejects a server that is not Ollama", async () => {
  await using ollama = FaultyOllama.start({});
  const provider = providerOf(ollama.url);
  for (const body of ["{}", "[]", '"x"', "<html>"]) {
    ollama.fault = { kind: "status", status: 200, body, on: "all" };
    const { kind } = await failure(provider.probe(never));
    assertEquals(kind, body === "<html>" ? "protocol" : "wrong_api", body);
  }
  provider.close();
});

test("ollama aborts a stalled answer after a garbage collection", async () => {
  const script = new URL("collected.ts", import.meta.url).pathname;
  const flags = ["--quiet", "--no-prompt", "--cached-only", "--no-check", "--allow-all"];
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", ...flags, "--v8-flags=--expose-gc", script],
    stderr: "inherit",
  }).output();
  assertEquals(new TextDecoder().decode(stdout).trimEnd().split("\n"), [
    ...Array.from({ length: 20 }, () => "not needed any more"),
    "20 of 20 ended",
  ]);
});
