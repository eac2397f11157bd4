import { assert, assertEquals, assertInstanceOf, assertMatch } from "@std/assert";
import { parseHost } from "../../src/config/ollama_host.ts";
import type { Body } from "../../src/llm/body.ts";
import { OLLAMA_ERRORS } from "../../src/llm/ollama_errors.ts";
import { OllamaProvider } from "../../src/llm/ollama.ts";
import { type PullProgress, readPull } from "../../src/llm/pull.ts";
import { ProviderError } from "../../src/llm/errors.ts";
import { FakeClock } from "../fakes/clock.ts";
import { type Fault, FaultyOllama } from "../fakes/ollama/faulty.ts";
import { test } from "../testing.ts";

const never = new AbortController().signal;

function providerOf(url: string, clock?: FakeClock): OllamaProvider {
  const server = { ...parseHost(url), model: "configured", clock };
  const connect = () => Deno.createHttpClient({});
  const options = { connect, keepAlive: "5m", options: {}, think: false };
  return new OllamaProvider({ server, ...options, responseTimeoutMs: 5000, loadTimeoutMs: 5000 });
}

async function failure(promise: Promise<unknown>): Promise<ProviderError> {
  const error = await promise.then((value) => value, (error) => error);
  assertInstanceOf(error, ProviderError, `no failure: ${JSON.stringify(error)}`);
  return error;
}

const REQUEST = {
  host: "http://gpu:11434",
  path: "/api/pull",
  model: "m",
  phase: "pull",
  hasCredentials: false,
  redact: (text: string) => text,
  dialect: OLLAMA_ERRORS,
} as const;

function body(...all: unknown[]): Pick<Body, "lines" | "request"> {
  return {
    request: REQUEST,
    lines: (take) => {
      const results = all.values().map((line) => take(JSON.stringify(line)));
      return Promise.resolve(results.find((result) => result !== undefined));
    },
  };
}

test("a pull downloads the named model, reports progress, and returns the size", async () => {
  await using ollama = FaultyOllama.start({ tokenDelayMs: 0 });
  const provider = providerOf(ollama.url);
  const seen: PullProgress[] = [];
  const onProgress = (progress: PullProgress) => seen.push(progress);
  assertEquals(await provider.pull("new:1b", { signal: never, onProgress }), 42_000_000);
  assertEquals(ollama.requests.map(({ path, body }) => [path, body]), [
    ["/api/pull", { model: "new:1b" }],
  ]);
  assertEquals(seen[0], {
    status: "pulling manifest",
    completedBytes: 0,
    receivedBytes: 0,
    totalBytes: 0,
  });
  assertEquals(seen.map(({ completedBytes }) => completedBytes / 1e6), [
    0,
    0,
    21,
    42,
    42,
    42,
    42,
  ]);
  assertEquals(seen.at(-1)!.status, "success");
  assert((await provider.probe(never)).models!.includes("new:1b"));
  provider.close();
});

test("progress is the sum of all parts; an invalid size counts as 0", async () => {
  const seen: number[][] = [];
  const size = await readPull(
    body(
      { status: "pulling a", digest: "a", total: 1000, completed: 400 },
      { status: "pulling a", digest: "a", total: 1000, completed: 4000 },
      { status: "pulling b", digest: "b", total: 50 },
      { status: "pulling c", digest: "c", total: "9", completed: -1 },
      { status: "pulling d", digest: "d", total: -7, completed: 1e300 },
      { status: "success" },
      { error: "what comes after it is not read" },
    ),
    ({ completedBytes, receivedBytes, totalBytes }) =>
      seen.push([completedBytes, receivedBytes, totalBytes]),
  );
  assertEquals(size, 1050);
  // What the server had before is not received.
  assertEquals(seen, [
    [400, 0, 1000],
    [1000, 600, 1000],
    [1000, 600, 1050],
    [1000, 600, 1050],
    [1000, 600, 1050],
    [1000, 600, 1050],
  ]);
});

test("the number of parts is bounded", async () => {
  const parts = Array.from(
    { length: 3000 },
    (_, at) => ({ status: "", digest: `${at}`, total: 1 }),
  );
  assertEquals(await readPull(body(...parts, { status: "success" })), 1000);
});

const FAULTS: readonly (readonly [Fault, ProviderError["kind"], RegExp])[] = [
  [
    { kind: "error_line", chunks: 1, error: "pull model manifest: file does not exist" },
    "http",
    /^the server cannot pull it: pull model manifest: file does not exist$/,
  ],
  [
    { kind: "error_line", chunks: 1, error: "412:\n\nit requires a newer version of Ollama" },
    "http",
    /^the server cannot pull it: 412: it requires a newer version of Ollama$/,
  ],
  [
    { kind: "error_line", chunks: 0, error: "" },
    "http",
    /^the server cannot pull it: it does not say why$/,
  ],
  [{ kind: "truncate", chunks: 4 }, "truncated", /^the pull ended before the model was complete$/],
  [{ kind: "cut", chunks: 4 }, "reset", /^the connection was closed before the answer/],
  [{ kind: "reset" }, "reset", /^the connection was closed before the answer/],
  [{ kind: "bad_json", chunks: 1 }, "protocol", /^the answer is not JSON/],
  [{ kind: "endless", line: true }, "too_large", /^a line has no end$/],
  [{ kind: "status", status: 401, body: "{}" }, "auth", /^HTTP 401: credentials are required$/],
  [{ kind: "status", status: 400 }, "http", /^HTTP 400: fault 400$/],
  [{ kind: "html", status: 504 }, "http", /^HTTP 504 with HTML/],
  [
    { kind: "redirect", location: "https://gpu.example/api/pull" },
    "redirect",
    /^it moved to https:\/\/gpu\.example$/,
  ],
  [
    { kind: "status", status: 404, body: `{"error":"model 'x' not found"}` },
    "model_missing",
    /^model "new:1b" is not on http:\/\/127\.0\.0\.1:\d+$/,
  ],
];

test("a pull classifies each failure, and the next pull succeeds", async () => {
  await using ollama = FaultyOllama.start({ tokenDelayMs: 0 });
  const provider = providerOf(ollama.url);
  for (const [fault, kind, message] of FAULTS) {
    ollama.fault = { ...fault, on: "/api/pull" };
    const found = await failure(provider.pull("new:1b", { signal: never }));
    assertEquals(found.kind, kind, `${fault.kind}: ${found.message}`);
    assertMatch(found.reason, message);
    assert(found.hint);
    ollama.fault = null;
    assertEquals(await provider.pull("new:1b", { signal: never }), 42_000_000);
  }
  provider.close();
});

test("a pull times out after ten minutes without progress, at the start and later", async () => {
  for (
    const [fault, kind, message] of [
      [{ kind: "hang" }, "timeout", "the answer did not begin within 600 s"],
      [{ kind: "hang_after", chunks: 3 }, "idle", "nothing more came for 600 s"],
    ] as const
  ) {
    await using ollama = FaultyOllama.start({ fault: { ...fault, on: "/api/pull" } });
    const clock = new FakeClock();
    const provider = providerOf(ollama.url, clock);
    let heard = 0;
    let found: ProviderError | undefined;
    const pulling = failure(provider.pull("x", { signal: never, onProgress: () => heard++ }));
    const ended = pulling.then((error) => found = error);
    const settle = () => new Promise((resolve) => setTimeout(resolve, 10));
    while (heard < (fault.kind === "hang" ? 0 : 3) || clock.pending === 0) await settle();
    clock.advance(599_999);
    await settle();
    assertEquals(found, undefined);
    clock.advance(1);
    await ended;
    assertEquals([found!.kind, found!.reason], [kind, message]);
    provider.close();
  }
});

test("an aborted pull ends at once, on the server too", async () => {
  const fault: Fault = { kind: "hang_after", chunks: 3, on: "/api/pull" };
  await using ollama = FaultyOllama.start({ fault });
  const provider = providerOf(ollama.url);
  const caller = new AbortController();
  const pulling = failure(
    provider.pull("x", {
      signal: caller.signal,
      onProgress: ({ completedBytes }) => completedBytes > 0 && caller.abort(),
    }),
  );
  assertEquals((await pulling).kind, "aborted");
  while (ollama.open > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  provider.close();
});
