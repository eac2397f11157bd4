/** Error responses of OpenAI-compatible servers. */
import { answer, sse } from "../fakes/raw_http.ts";
import { type FaultRow, FOREIGN, openai, raw } from "./fault_scene.ts";

function json(message: string, type = "invalid_request_error"): string {
  return JSON.stringify({ error: { message, type } });
}

function refusal(
  status: number,
  body: string,
  kind: string,
  message: RegExp,
  headers?: Record<string, string>,
): Omit<FaultRow, "name"> {
  const open = openai({ kind: "status", status, body, headers });
  return { provider: "openai", open, kind, message };
}

function streamed(name: string, bytes: string, kind: string, message: RegExp): FaultRow {
  return {
    name: `OpenAI: ${name}`,
    provider: "openai",
    open: raw({ bytes }, "/v1"),
    kind,
    message,
  };
}

function delta(fields: Record<string, unknown>, finish_reason: string | null = null) {
  return { choices: [{ index: 0, delta: fields, finish_reason }] };
}

const HTML = { "content-type": "text/html" };
const MIDDLE = /ended in the middle/;

export const OPENAI_ROWS: readonly FaultRow[] = [
  {
    name: "OpenAI: 401",
    ...refusal(401, json("Incorrect API key provided"), "auth", /401: .*Incorrect API key/),
  },
  { name: "OpenAI: 403", ...refusal(403, json("Country not supported"), "auth", /403: Country/) },
  {
    name: "OpenAI: 404, no such model",
    // Only Ollama has a pull.
    ...refusal(
      404,
      json("The model `rosey-demo` does not exist"),
      "model_missing",
      /^(?!.*pull).*"rosey-demo"/,
    ),
  },
  {
    name: "OpenAI: 404, vLLM's words",
    ...refusal(
      404,
      JSON.stringify({ object: "error", message: "The model `x` does not exist.", code: 404 }),
      "model_missing",
      /"rosey-demo"/,
    ),
  },
  {
    name: "OpenAI: 404, an address without /v1",
    ...refusal(404, `{"detail":"Not Found"}`, "wrong_api", /check the address and its path/),
  },
  {
    name: "OpenAI: 404 as HTML",
    ...refusal(404, "<html>404</html>", "wrong_api", /check the address/, HTML),
  },
  { name: "OpenAI: 429", ...refusal(429, json("Rate limit reached"), "busy", /429: Rate limit/) },
  {
    name: "OpenAI: 429 with Retry-After",
    ...refusal(429, json("Rate limit reached"), "busy", /429: Rate limit reached.*\b20 s/, {
      "retry-after": "20",
    }),
  },
  {
    name: "OpenAI: 429, no quota",
    ...refusal(429, json("You exceeded your current quota"), "busy", /exceeded your current quota/),
  },
  {
    name: "OpenAI: 400",
    ...refusal(400, json("max context is 4096"), "context_too_long", /400: max context/),
  },
  { name: "OpenAI: 500 as text", ...refusal(500, "oops", "http", /^HTTP 500: oops$/) },
  { name: "OpenAI: 500", ...refusal(500, json("Internal error"), "http", /500: Internal error/) },
  {
    name: "OpenAI: 503, llama.cpp loads its model",
    ...refusal(
      503,
      json("Loading model", "unavailable_error"),
      "model_loading",
      /503: Loading model/,
    ),
  },
  {
    name: "OpenAI: 502 as HTML",
    ...refusal(502, "<html>Bad Gateway</html>", "http", /502 with HTML/, HTML),
  },
  {
    name: "OpenAI: 308 with credentials",
    ...refusal(308, "", "redirect", /moved to https:\/\/api\.test\/v1; set that/, {
      location: `https://u:${FOREIGN}@api.test/v1/chat/completions`,
    }),
  },
  {
    name: "OpenAI: an error as an event",
    provider: "openai",
    open: openai({ kind: "error_event", message: "overloaded" }),
    kind: "http",
    message: /failed while answering: overloaded$/,
  },
  {
    name: "OpenAI: cut after some words",
    provider: "openai",
    open: openai({ kind: "cut" }),
    kind: "truncated",
    message: MIDDLE,
  },
  {
    name: "OpenAI: nothing said",
    provider: "openai",
    open: openai({ kind: "stream", text: "" }),
    kind: "empty",
    message: /said nothing/,
  },
  {
    name: "OpenAI: nothing but a thought in tags",
    provider: "openai",
    open: openai({ kind: "stream", text: "<think>hm</think>", finish: "length" }),
    kind: "empty",
    message: /on thinking/,
  },
  streamed(
    "an error after some words",
    sse(delta({ content: "So " }), { error: { message: "upstream died", code: 502 } }),
    "http",
    /failed while answering: upstream died$/,
  ),
  streamed(
    "an error that is a text",
    sse({ error: "model crashed" }, "[DONE]"),
    "http",
    /failed while answering: model crashed$/,
  ),
  streamed("no choices", sse({ choices: [] }, "[DONE]"), "empty", /said nothing/),
  streamed("[DONE] alone", sse("[DONE]"), "empty", /said nothing/),
  streamed("neither an end nor [DONE]", sse(delta({ content: "So" })), "truncated", MIDDLE),
  streamed("no event at all", sse(), "truncated", /ended/),
  streamed("an event that is not JSON", sse("{oops}", "[DONE]"), "protocol", /is not JSON/),
  streamed("an event that is null", sse("null", "[DONE]"), "protocol", /not a JSON object: "null"/),
  streamed("half of an event", sse(delta({ content: "So" }), `{"choi`), "truncated", MIDDLE),
  streamed(
    "nothing but reasoning",
    sse(delta({ reasoning_content: "Hm." }), delta({}, "stop"), "[DONE]"),
    "empty",
    /said nothing/,
  ),
  streamed(
    "nothing but reasoning, up to its length",
    sse(delta({ reasoning: "Hm." }), delta({}, "length"), "[DONE]"),
    "empty",
    /on thinking/,
  ),
  streamed(
    "HTML under 200",
    answer("<html>Log in</html>", ["Content-Type: text/html"]),
    "protocol",
    /HTML/,
  ),
  {
    name: "OpenAI: no answer",
    provider: "openai",
    limitMs: 300,
    open: raw({ hold: true }, "/v1"),
    kind: "timeout",
    message: /within 0\.3 s/,
  },
  {
    name: "OpenAI: headers, and no answer",
    provider: "openai",
    firstTokenMs: 300,
    open: raw(
      { bytes: "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n", hold: true },
      "/v1",
    ),
    kind: "timeout",
    message: /^the answer did not begin within 0\.3 s/,
  },
  {
    name: "OpenAI: events without words and without end",
    limitMs: 30_000,
    provider: "openai",
    open: raw({
      bytes: "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n",
      repeat: ": ping\n\n".repeat(8192),
    }, "/v1"),
    kind: "too_large",
    message: /longer than 4194304 bytes/,
  },
  {
    name: "OpenAI: models, a body of HTML",
    provider: "openai",
    ask: "probe",
    open: raw({ bytes: "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>" }, "/v1"),
    kind: "protocol",
    message: /is not JSON/,
  },
];
