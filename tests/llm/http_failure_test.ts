import assert from "node:assert/strict";
import { httpFailure } from "../../src/llm/http_failure.ts";
import { test } from "../testing.ts";

const ASKED = {
  host: "http://gpu:11434",
  path: "/api/chat",
  model: "m",
  step: "answer",
  hasCredentials: false,
  redact: (text: string) => text,
} as const;

function pauseMs(after: string): number | undefined {
  const response = new Response(null, { status: 503, headers: { "retry-after": after } });
  return httpFailure(response, `{"error":"server busy"}`, ASKED).retryAfterMs;
}

test("a server may ask to be left alone for seconds, or until a date", () => {
  assert.equal(pauseMs("7"), 7000);
  assert.equal(pauseMs("0"), 0);
  assert.equal(pauseMs("Wed, 21 Oct 2015 07:28:00 GMT"), 0);
  const inAMinute = pauseMs(new Date(Date.now() + 60_000).toUTCString())!;
  assert.ok(inAMinute > 50_000 && inAMinute <= 60_000, `${inAMinute} ms`);
  assert.equal(pauseMs("soon"), undefined);
  assert.equal(pauseMs(""), undefined);
});
