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
