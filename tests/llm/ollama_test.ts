import { assert, assertEquals, assertInstanceOf, assertMatch, assertNotMatch } from "@std/assert";
import { parseHost } from "../../src/config/ollama_host.ts";
import { OllamaProvider } from "../../src/llm/ollama.ts";
import { ProviderError } from "../../src/llm/errors.ts";
import { blackHole, silentServer } from "../fakes/blackhole.ts";
import { type CertKind, makeCerts } from "../fakes/certs.ts";
import { FaultyOllama, holdPort } from "../fakes/ollama/faulty.ts";
import { type Fault, FAULTY_REPLY } from "../fakes/ollama/faults.ts";
import { FakeOllama } from "../fakes/ollama/server.ts";
import { test } from "../testing.ts";

const never = new AbortController().signal;

function providerOf(url: string, caCerts?: string[], responseTimeoutMs = 5000): OllamaProvider {
  const connect = () => Deno.createHttpClient(caCerts ? { caCerts } : {});
  const server = { ...parseHost(url), model: "rosey-demo" };
  const options = { connect, keepAlive: "5m", options: {}, think: false };
  return new OllamaProvider({ server, ...options, responseTimeoutMs, loadTimeoutMs: 5000 });
}

async function failure(promise: Promise<unknown>): Promise<ProviderError> {
  const error = await promise.then((value) => value, (error) => error);
  assertInstanceOf(error, ProviderError, `no failure: ${JSON.stringify(error)}`);
  return error;
}

const FAULTS: [string, Fault, string, RegExp][] = [
  [
    "JSON 404",
    status(404, `{"error":"model 'rosey-demo' not found"}`),
    "model_missing",
    /run: rosey pull rosey-demo \(or on the server: ollama pull rosey-demo\)$/,
  ],
  ["text 404", status(404, "404 page not found", "text/plain"), "not_ollama", /no such API there/],
  ["405", status(405, "405 method not allowed", "text/plain"), "not_ollama", /HTTP 405/],
  ["400", status(400, `{"error":"invalid model name"}`), "http", /^HTTP 400: invalid model name/],
  ["401", status(401, `{"error":"unauthorized"}`), "auth", /^HTTP 401: .* unauthorized; /],
  ["empty 403", status(403, ""), "auth", /the proxy must set Host to localhost:11434/],
  ["JSON 403", status(403, `{"error":"no access"}`), "auth", /^HTTP 403: no access; /],
  ["429", status(429, `{"error":"too many"}`), "busy", /^HTTP 429: too many; /],
  ["503", status(503, `{"error":"server busy, please try again."}`), "busy", /server busy/],
  ["500", status(500, `{"error":"runner terminated"}`), "http", /^HTTP 500: runner terminated; /],
  [
    "nested JSON error",
    status(500, `{"error":"{\\"error\\":\\"deep\\"}"}`),
    "http",
    /^HTTP 500: deep; /,
  ],
  ["HTML 502", { kind: "html", status: 502 }, "http", /502 with HTML: a proxy answered/],
  ["HTML 504", { kind: "html", status: 504 }, "http", /504 with HTML/],
  [
    "redirect",
    { kind: "redirect", location: "https://u:pw@new.example.com/x" },
    "redirect",
    /redirects to https:\/\/new\.example\.com\/x,/,
  ],
  ["reset", { kind: "reset" }, "reset", /closed before the answer was complete/],
  ["cut in a chunk", { kind: "cut", chunks: 2 }, "reset", /closed before/],
  ["end without done", { kind: "truncate", chunks: 2 }, "truncated", /ended in the middle/],
  ["done:false", { kind: "done_false" }, "truncated", /ended in the middle/],
  [
    "error line",
    { kind: "error_line", chunks: 2, error: "llama runner died" },
    "http",
    /while answering: llama runner died/,
  ],
  ["bad JSON line", { kind: "bad_json", chunks: 1 }, "protocol", /is not JSON/],
  ["endless line", { kind: "endless", line: true }, "too_large", /has no end|longer than/],
  ["empty reply", { kind: "empty", done_reason: "stop" }, "empty", /said nothing/],
  ["empty by length", { kind: "empty", done_reason: "length" }, "empty", /thinking/],
  ["hang", { kind: "hang" }, "timeout", /no complete answer within 0\.4 s/],
  ["hang in the stream", { kind: "hang_after", chunks: 2 }, "timeout", /within 0\.4 s/],
];

function status(status: number, body: string, contentType?: string): Fault {
  return { kind: "status", status, body, contentType, on: "chat" };
}

test("ollama classifies each failure of the server, and the next request succeeds", async () => {
  await using ollama = FaultyOllama.start({ tokenDelayMs: 0, reply: () => "Fine." });
  for (const [name, fault, kind, message] of FAULTS) {
    const provider = providerOf(ollama.url, undefined, fault.kind.startsWith("hang") ? 400 : 5000);
    ollama.fault = fault;
    const found = await failure(provider.chat([{ role: "user", content: "x" }], never));
    assertEquals(found.kind, kind, `${name}: ${found.message}`);
    assertMatch(found.message, message, name);
    assertNotMatch(found.message, /u:pw/);
    ollama.fault = null;
    const reply = await provider.chat([{ role: "user", content: "x" }], never);
    assertEquals(reply.text, "Fine.", name);
    provider.close();
  }
});

test("ollama classifies each failure of the network", async () => {
  await using hole = await blackHole();
  await using silent = silentServer();
  const unresolvable = `http://${"x".repeat(64)}.invalid`;
  const cases: [string, string, RegExp][] = [
    [`http://127.0.0.1:${holdPort()}`, "refused", /^connection refused/],
    [unresolvable, "dns", /^DNS resolution failed/],
    [hole.url, "timeout", /within 0\.4 s/],
    [silent.url, "timeout", /within 0\.4 s/],
  ];
  for (const [url, kind, message] of cases) {
    const provider = providerOf(url, undefined, 400);
    const found = await failure(provider.chat([], never));
    assertEquals(found.kind, kind, found.message);
    assertMatch(found.message, message);
    provider.close();
  }
}, { needs: "linux" });

test("ollama classifies each failure of a certificate", async () => {
  const cases: [CertKind, boolean, RegExp][] = [
    ["valid", false, /authority is not known here; set llm\.ca_file/],
    ["expired", true, /has expired/],
    ["wrong_name", true, /is for another name/],
    ["self_signed", false, /authority is not known|as its own/],
  ];
  for (const [kind, trusted, message] of cases) {
    await using certs = await makeCerts(kind);
    await using ollama = FakeOllama.start({ tls: { cert: certs.cert, key: certs.key } });
    const url = ollama.url.replace("127.0.0.1", "localhost");
    const provider = providerOf(url, trusted ? [certs.ca] : undefined);
    const found = await failure(provider.probe(never));
    assertEquals(found.kind, "tls", `${kind}: ${found.message}`);
    assertMatch(found.message, message, kind);
    provider.close();
  }
  await using plain = FakeOllama.start({});
  const provider = providerOf(plain.url.replace("http:", "https:"));
  assertMatch((await failure(provider.probe(never))).message, /does not speak TLS; use http/);
  provider.close();
}, { needs: "openssl" });

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

test("ollama rejects a server that is not Ollama", async () => {
  await using ollama = FaultyOllama.start({});
  const provider = providerOf(ollama.url);
  for (const body of ["{}", "[]", '"x"', "<html>"]) {
    ollama.fault = { kind: "status", status: 200, body, on: "all" };
    const { kind } = await failure(provider.probe(never));
    assertEquals(kind, body === "<html>" ? "protocol" : "not_ollama", body);
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
