import { assert, assertEquals } from "@std/assert";
import { httpError } from "../../src/llm/http_errors.ts";
import { OPENAI_ERRORS } from "../../src/llm/openai_errors.ts";
import { OLLAMA_ERRORS } from "../../src/llm/ollama_errors.ts";
import { test } from "../testing.ts";

const REQUEST = {
  host: "http://gpu:11434",
  path: "/api/chat",
  model: "m",
  phase: "answer",
  hasCredentials: false,
  redact: (text: string) => text,
  dialect: OLLAMA_ERRORS,
} as const;

function pauseMs(after: string): number | undefined {
  const response = new Response(null, { status: 503, headers: { "retry-after": after } });
  return httpError(response, `{"error":"server busy"}`, REQUEST).retryAfterMs;
}

test("reads Retry-After as seconds or as a date", () => {
  assertEquals(pauseMs("7"), 7000);
  assertEquals(pauseMs("0"), 0);
  assertEquals(pauseMs("Wed, 21 Oct 2015 07:28:00 GMT"), 0);
  const inAMinute = pauseMs(new Date(Date.now() + 60_000).toUTCString())!;
  assert(inAMinute > 50_000 && inAMinute <= 60_000, `${inAMinute} ms`);
  assertEquals(pauseMs("soon"), undefined);
  assertEquals(pauseMs(""), undefined);
});

function failureOf(status: number, body: string, dialect = OLLAMA_ERRORS) {
  return httpError(new Response(body, { status }), body, { ...REQUEST, dialect });
}

test("does not retry after a proxy's timeout, except 504", () => {
  for (const status of [408, 522, 524]) {
    const { blames, retry } = failureOf(status, "");
    assertEquals([status, blames, retry], [status, "network", "never"]);
  }
  assertEquals(failureOf(504, "").retry, "now");
});

test("does not apply rules for error messages to HTML pages", () => {
  assertEquals(failureOf(400, "<html>No context found</html>").kind, "http");
  assertEquals(failureOf(429, "<meta content='upgrade-insecure-requests'>").hint, undefined);
});

test("a 503 with an empty error message is the server's, not a proxy's", () => {
  for (const body of ['{"detail":""}', '{"error":""}', '{"detail":[{"msg":""}]}']) {
    const { kind, retry, reason } = failureOf(503, body);
    assertEquals([kind, retry, reason], ["busy", "later", "HTTP 503: too busy"], body);
  }
});

test("recognizes Ollama's error messages on its OpenAI-compatible path", () => {
  const words = (error: string) => JSON.stringify({ error: { message: error } });
  const died = failureOf(500, words("llama runner process has terminated"), OPENAI_ERRORS);
  assertEquals(died.retry, "now");
  assertEquals(
    failureOf(500, words("model requires more system memory"), OPENAI_ERRORS).hint,
    "use a smaller model, or a smaller context on the server",
  );
  assertEquals(
    failureOf(400, words('"nomic" does not support chat'), OPENAI_ERRORS).hint,
    "use another model: this one is not made to chat",
  );
});

test("a load that fails for good is not repeated, a runner that died is", () => {
  const TERMINATED = "llama-server process has terminated: exit status 1: ";
  const cases = [
    [`${TERMINATED}error loading model: unknown model architecture: 'x'`, "never"],
    [`${TERMINATED}error loading model: done_getting_tensors`, "never"],
    [`${TERMINATED}cudaMalloc failed: out of memory`, "never"],
    ["model requires more system memory (9.1 GiB) than is available (3.4 GiB)", "never"],
    ["llama runner process has terminated: exit status 127", "never"],
    ["an error was encountered while running the model: CUDA error: out of memory", "now"],
    ["llama-server process has terminated: exit status 2", "now"],
    ["llama runner process no longer running: -1", "now"],
    ["model runner has unexpectedly stopped, this may be due to resource limitations", "now"],
    ["mlx runner exited unexpectedly: exit status 1", "now"],
  ] as const;
  for (const [error, expected] of cases) {
    const { blames, retry } = failureOf(500, JSON.stringify({ error }));
    assertEquals([error, blames, retry], [error, "model", expected]);
  }
});

test("blames the model if Ollama cannot reach its cloud, as other models can be used", () => {
  const error = `Post "https://ollama.com:443/api/chat": dial tcp: lookup ollama.com: no such host`;
  const { blames, retry } = failureOf(502, JSON.stringify({ error }));
  assertEquals([blames, retry], ["model", "later"]);
});
