/** Error responses of gateways, clouds and other servers than Ollama. */
import { answer, type RawRequest } from "../fakes/raw_http.ts";
import { type FaultRow, openai, PASSWORD, raw, status } from "./fault_scene.ts";

const TEXT = { "content-type": "text/plain; charset=utf-8" };
const SSE = ["Content-Type: text/event-stream"];

function json(value: unknown): string {
  return JSON.stringify(value);
}

/** Answers of an OpenAI-compatible server, as events. */
function events(...data: unknown[]): () => ReturnType<ReturnType<typeof raw>> {
  const body = data.map((event) => `data: ${json(event)}\n\n`).join("") + "data: [DONE]\n\n";
  return raw({ bytes: answer(body, SSE) }, "/v1");
}

/** All credentials that came with a request, in the forms of a header, an address and JSON. */
function credentialsIn({ head }: RawRequest): string {
  const header = /\r\n(?:authorization: |cookie: CF_Authorization=)(.*)/i.exec(head)?.[1] ?? "";
  if (!header.startsWith("Basic")) return header;
  return `${header} ${PASSWORD} ${encodeURIComponent(PASSWORD)}`;
}

/** Proxies and clouds. */
export const GATEWAY_ROWS: readonly FaultRow[] = [
  ...[
    [503, "no available server\n"],
    [503, "upstream connect error or disconnect/reset before headers"],
    [520, "error code: 520"],
    [530, "error code: 1033"],
  ].map(([code, body]): FaultRow => ({
    name: `${code} as text: ${String(body).trim()}`,
    open: status(Number(code), String(body), TEXT),
    kind: "http",
    message: new RegExp(
      `^HTTP ${code}: a proxy answered "${String(body).slice(0, 10)}.*up behind it`,
    ),
    hint: /^behind the proxy: systemctl status ollama$/,
  })),
  {
    name: "502 as a gateway's JSON",
    open: status(502, json({ message: "Bad Gateway" })),
    kind: "http",
    message: /^HTTP 502: Bad Gateway$/,
    hint: /^behind the proxy: systemctl status ollama$/,
  },
  {
    name: "407 of a proxy on the way",
    open: status(407, "", TEXT),
    kind: "auth",
    message: /^HTTP 407: the proxy requires a password$/,
    hint: /name:password@ into HTTP_PROXY/,
  },
  {
    name: "401 for a model of Ollama's cloud",
    open: status(401, json({ error: "unauthorized", signin_url: "https://ollama.com/connect" })),
    kind: "auth",
    message: /^HTTP 401: the model runs in Ollama's cloud/,
    hint: /^on the server: ollama signin$/,
  },
  {
    name: "429 for a cloud's limit",
    open: status(429, json({ error: "you've reached your hourly usage limit, please upgrade" })),
    kind: "busy",
    message: /^HTTP 429: you've reached/,
    hint: /account's plan and billing/,
  },
  ...([
    ["CUDA error: an illegal memory access was encountered", /journalctl/],
    ["context deadline exceeded", /journalctl/],
    ['"rosey-demo" does not support chat', /another model/],
  ] as const).map(([error, hint]): FaultRow => ({
    name: `500: ${error}`,
    open: status(500, json({ error })),
    kind: "http",
    message: /^HTTP 500: /,
    hint,
  })),
  ...([
    ['invalid think value: "max"', /^set llm\.think to false$/],
    ['time: missing unit in duration "5"', /^correct llm\.keep_alive/],
  ] as const).map(([error, hint]): FaultRow => ({
    name: `400: ${error}`,
    open: status(400, json({ error })),
    kind: "http",
    message: /^HTTP 400: /,
    hint,
  })),
  {
    name: "422 that repeats what was asked",
    provider: "openai",
    open: openai({
      kind: "status",
      status: 422,
      body: json({ detail: [{ msg: "Field required", input: "a good memory for quotas" }] }),
    }),
    kind: "http",
    message: /^HTTP 422: Field required$/,
    hint: /^look at the server's log$/,
  },
  ...([
    ["/", "the same host, the path is lost", /^it moved to http:\/\/127\.0\.0\.1:\d+$/],
    [
      "https://gpu.example.com/",
      "another host's root",
      /^it moved to https:\/\/gpu\.example\.com$/,
    ],
    ["/ollama/api/chat/", "a slash at the end", /^it moved to http:\S+\/ollama$/],
    ["/?next=%2Fapi", "a page to log in at the root", /^it redirects to /],
  ] as const).map(([location, what, message]): FaultRow => ({
    name: `308 to ${what}`,
    open: raw({ bytes: answer("", [`Location: ${location}`], "308 Permanent Redirect") }),
    kind: "redirect",
    message,
  })),
];

/** OpenAI-compatible servers. */
export const COMPATIBLE_ROWS: readonly FaultRow[] = [
  {
    name: "LM Studio: an address without /v1",
    provider: "openai",
    open: raw({
      bytes: answer(json({ error: "Unexpected endpoint or method. (POST /chat/completions)" }), [
        "Content-Type: application/json",
      ]),
    }, "/v1"),
    kind: "wrong_api",
    message: /Unexpected endpoint or method/,
    hint: /mostly ends with \/v1$/,
  },
  {
    name: "vLLM: an error as an event",
    provider: "openai",
    open: events({ object: "error", message: "engine is dead", code: 500 }),
    kind: "http",
    message: /failed while answering: engine is dead$/,
  },
  {
    name: "OpenRouter: an error in a choice",
    provider: "openai",
    open: events(
      { choices: [{ delta: { content: "So " } }] },
      { choices: [{ delta: {}, finish_reason: "error", error: { message: "provider died" } }] },
    ),
    kind: "http",
    message: /failed while answering: provider died$/,
  },
  {
    name: "OpenAI: an answer that is held back",
    provider: "openai",
    open: events({ choices: [{ delta: {}, finish_reason: "content_filter" }] }),
    kind: "empty",
    message: /filter held the answer back$/,
  },
  {
    name: "OpenAI: an invalid model, as LiteLLM says",
    provider: "openai",
    open: openai({
      kind: "status",
      status: 400,
      body: json({ error: { message: "Invalid model name passed in model=rosey-demo" } }),
    }),
    kind: "model_missing",
    message: /^model "rosey-demo" is not on http:/,
    hint: /llm\.model/,
  },
  {
    name: "OpenAI: a key that LiteLLM cannot look up",
    provider: "openai",
    open: openai({
      kind: "status",
      status: 400,
      body: json({ error: { message: "No connected db.", type: "no_db_connection" } }),
    }),
    kind: "auth",
    message: /^HTTP 400: No connected db/,
    hint: /master key/,
  },
  {
    name: "OpenAI: 408 of a gateway",
    provider: "openai",
    open: openai({
      kind: "status",
      status: 408,
      body: json({ error: { message: "litellm.Timeout" } }),
    }),
    kind: "timeout",
    message: /^HTTP 408: the server behind took too long: litellm\.Timeout$/,
  },
  {
    name: "OpenAI: comments and no answer",
    provider: "openai",
    limitMs: 900,
    firstTokenMs: 300,
    open: raw({
      bytes:
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n: \n\n",
      hold: true,
    }, "/v1"),
    kind: "timeout",
    message: /^the answer did not begin within 0\.3 s$/,
  },
  {
    name: "llama.cpp: 404 in JSON for a path that it does not have",
    provider: "openai",
    open: openai({
      kind: "status",
      status: 404,
      body: json({ error: { code: 404, message: "File Not Found", type: "not_found_error" } }),
    }),
    kind: "wrong_api",
    message: /^HTTP 404: no such API there$/,
  },
];

/** Servers that repeat the request where it is cut for the log. */
export const ECHO_ROWS: readonly FaultRow[] = [
  {
    name: "echo: an error in the stream, credentials at the end of what is quoted",
    open: raw({
      bytes: (request) => answer(`${json({ error: "x".repeat(180) + credentialsIn(request) })}\n`),
    }),
    kind: "http",
    message: /while answering: x{180}/,
  },
  {
    name: "echo: a page with the headers that came",
    open: raw({
      bytes: (request) => answer(`Headers: ${"-".repeat(25)} ${credentialsIn(request)}`),
    }),
    kind: "protocol",
    message: /is not JSON: "Headers: -+/,
  },
  {
    name: "echo: an address with the credentials in its path",
    open: raw({
      bytes: (request) => {
        const location = `/${"x".repeat(150)}/${encodeURIComponent(credentialsIn(request))}`;
        return answer("", [`Location: ${location}`], "302 Found");
      },
    }),
    kind: "redirect",
    message: /^it redirects to /,
  },
  {
    name: "echo: a proxy's text",
    open: raw({
      bytes: (request) =>
        answer("x".repeat(190) + credentialsIn(request), ["Content-Type: text/plain"], "502 Bad"),
    }),
    kind: "http",
    message: /^HTTP 502: a proxy answered "x{190}/,
  },
];
