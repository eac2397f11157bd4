/** Error responses of Ollama and of proxies in front of it. */
import { type FaultRow, ollama, PASSWORD, raw, status } from "./fault_scene.ts";
import { answer } from "../fakes/raw_http.ts";

const TEXT = { "content-type": "text/plain; charset=utf-8" };
const HTML = { "content-type": "text/html" };

function json(error: string): string {
  return JSON.stringify({ error });
}

/** Statuses other than a success and a redirect. */
export const STATUS_ROWS: readonly FaultRow[] = [
  {
    name: "404, the model is not pulled",
    open: status(404, json("model 'rosey-demo' not found")),
    kind: "model_missing",
    message:
      /^model "rosey-demo" is not on http:\/\/127\.0\.0\.1:\d+; run: \S.* pull rosey-demo \(or on the server: ollama pull rosey-demo\)$/,
  },
  {
    name: "404, in the older words",
    open: status(404, json(`model "rosey-demo" not found, try pulling it first`)),
    kind: "model_missing",
    message: /pull rosey-demo/,
  },
  {
    name: "404 when loading",
    ask: "load",
    open: status(404, json("model 'rosey-demo' not found")),
    kind: "model_missing",
    message: /pull rosey-demo/,
  },
  {
    name: "404 as text, a wrong path",
    open: status(404, "404 page not found", TEXT),
    kind: "wrong_api",
    message: /HTTP 404: no such API there; check the address and its path/,
  },
  {
    name: "404 as HTML, another web server",
    ask: "probe",
    open: ollama({ kind: "html", status: 404 }),
    kind: "wrong_api",
    message: /check the address/,
  },
  {
    name: "405 as text, a wrong method",
    open: status(405, "405 method not allowed", TEXT),
    kind: "wrong_api",
    message: /HTTP 405/,
  },
  {
    name: "400, an invalid model name",
    open: status(400, json("invalid model name")),
    kind: "http",
    message: /^HTTP 400: invalid model name$/,
  },
  {
    name: "400, a model that cannot think",
    open: status(400, json(`"rosey-demo" does not support thinking`)),
    kind: "http",
    message: /does not support thinking; set llm\.think to false/,
  },
  {
    name: "500, an option of the wrong type",
    open: status(500, json(`option "num_ctx" must be of type integer`)),
    kind: "http",
    message: /^HTTP 500: option "num_ctx" must be of type integer/,
  },
  {
    name: "500, the runner died",
    open: status(500, json("llama runner process has terminated: exit status 2")),
    kind: "http",
    message: /^HTTP 500: llama runner process has terminated/,
  },
  {
    name: "500 when loading, no memory",
    ask: "load",
    open: status(500, json("model requires more system memory (9.1 GiB) than is available")),
    kind: "load_failed",
    message: /requires more system memory/,
  },
  {
    name: "500, an error in JSON in JSON",
    open: status(500, json(json("deep"))),
    kind: "http",
    message: /^HTTP 500: deep$/,
  },
  {
    name: "500, an error that is an object",
    open: status(500, JSON.stringify({ error: { message: "in an object" } })),
    kind: "http",
    message: /^HTTP 500: in an object$/,
  },
  {
    name: "500 without a body",
    open: status(500, "", TEXT),
    kind: "http",
    message: /^HTTP 500: no text$/,
  },
  {
    name: "500 with a long body",
    open: status(500, "x".repeat(100_000), TEXT),
    kind: "http",
    message: /^HTTP 500: x{1,400}$/,
  },
  {
    name: "500 with control characters",
    open: status(500, json("line one\r\n2026-08-01 ERROR forged \u001b[31mred")),
    kind: "http",
    // deno-lint-ignore no-control-regex
    message: /^HTTP 500: line one[^\x00-\x1f\x7f]*$/,
  },
  {
    name: "401, no credentials",
    open: status(401, json("unauthorized")),
    kind: "auth",
    message: /^HTTP 401: the credentials were refused: unauthorized$/,
  },
  {
    name: "401 as a proxy's HTML",
    ask: "probe",
    open: ollama({ kind: "html", status: 401 }),
    kind: "auth",
    message: /^HTTP 401: the credentials were refused$/,
  },
  {
    name: "401 that repeats the credentials",
    open: raw({
      bytes: ({ head }) => {
        const found = /\r\n(?:authorization|cookie): (.*)/i.exec(head)?.[1] ?? "";
        const password = found.startsWith("Basic") ? PASSWORD : "none";
        return answer(json(`bad key ${found}, password ${password}`), [], "401 Unauthorized");
      },
    }),
    kind: "auth",
    message: /HTTP 401: .*bad key/,
  },
  {
    name: "403 without a body, a foreign Host",
    open: status(403, ""),
    kind: "auth",
    message: /the proxy must set Host to localhost:11434/,
  },
  {
    name: "403 with a reason",
    open: status(403, json("no access")),
    kind: "auth",
    message: /^HTTP 403: no access$/,
  },
  {
    name: "407, a proxy wants credentials",
    open: status(407, "", TEXT),
    kind: "auth",
    message: /HTTP 407: .*proxy/,
  },
  {
    name: "429",
    open: status(429, json("too many requests")),
    kind: "busy",
    message: /^HTTP 429: too many requests$/,
  },
  {
    name: "429 with Retry-After",
    open: status(429, json("too many requests"), { "retry-after": "7" }),
    kind: "busy",
    message: /^HTTP 429: too many requests.*\b7 s/,
  },
  {
    name: "429 as a proxy's HTML",
    open: ollama({ kind: "html", status: 429, on: "all" }),
    kind: "busy",
    message: /HTTP 429/,
  },
  {
    name: "503, the queue is full",
    open: status(
      503,
      json("server busy, please try again.  maximum pending requests exceeded"),
    ),
    kind: "busy",
    message: /^HTTP 503: server busy/,
  },
  {
    name: "503 with a date as Retry-After",
    open: status(503, json("server busy"), { "retry-after": "Wed, 21 Oct 2065 07:28:00 GMT" }),
    kind: "busy",
    message: /server busy.*Wed, 21 Oct 2065 07:28:00 GMT/,
  },
  {
    name: "503 with nonsense as Retry-After",
    open: status(503, json("server busy"), { "retry-after": "soon" }),
    kind: "busy",
    message: /^HTTP 503: server busy/,
  },
  ...[502, 503, 521].map((code): FaultRow => ({
    name: `${code} as a proxy's HTML`,
    open: ollama({ kind: "html", status: code }),
    kind: "http",
    message: new RegExp(`^HTTP ${code} with HTML: a proxy answered; is the server up behind it`),
  })),
  ...[504, 524].map((code): FaultRow => ({
    name: `${code} as a proxy's HTML`,
    open: ollama({ kind: "html", status: code }),
    kind: "http",
    message: new RegExp(`^HTTP ${code} with HTML: a proxy answered: .* took too long`),
    hint: /proxy_read_timeout 300s/,
  })),
  ...["", "Bad Gateway"].map((body): FaultRow => ({
    name: `502 ${body ? "as text" : "without a body"}`,
    open: status(502, body, TEXT),
    kind: "http",
    message: /^HTTP 502: a proxy answered(?: "Bad Gateway")?; is the server up behind it/,
  })),
  {
    name: "504 without a body",
    open: status(504, "", TEXT),
    kind: "http",
    message: /^HTTP 504: a proxy answered: the server behind it took too long/,
    hint: /proxy_read_timeout 300s/,
  },
  {
    name: "413 as a proxy's HTML",
    open: ollama({ kind: "html", status: 413, on: "all" }),
    kind: "context_too_long",
    message: /^HTTP 413 with HTML: a proxy answered: the question is too large/,
    hint: /client_max_body_size/,
  },
  {
    name: "400, HTTP on nginx's HTTPS port",
    open: status(
      400,
      "<html><title>400 The plain HTTP request was sent to HTTPS port</title></html>",
      HTML,
    ),
    kind: "tls",
    message: /speaks TLS; use https:/,
  },
  {
    name: "400, HTTP on a Go server's HTTPS port",
    open: status(400, "Client sent an HTTP request to an HTTPS server.\n", TEXT),
    kind: "tls",
    message: /speaks TLS; use https:/,
  },
];
