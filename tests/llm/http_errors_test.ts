import { assert, assertEquals } from "@std/assert";
import { httpError } from "../../src/llm/http_errors.ts";
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

test("a server may ask to be left alone for seconds, or until a date", () => {
  assertEquals(pauseMs("7"), 7000);
  assertEquals(pauseMs("0"), 0);
  assertEquals(pauseMs("Wed, 21 Oct 2015 07:28:00 GMT"), 0);
  const inAMinute = pauseMs(new Date(Date.now() + 60_000).toUTCString())!;
  assert(inAMinute > 50_000 && inAMinute <= 60_000, `${inAMinute} ms`);
  assertEquals(pauseMs("soon"), undefined);
  assertEquals(pauseMs(""), undefined);
});
