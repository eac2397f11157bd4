/** Redirects, and failures after a successful status. */
import { type FaultRow, FOREIGN, hasty, ollama, raw, status } from "./fault_scene.ts";

const TEXT = { "content-type": "text/plain; charset=utf-8" };

/** Redirects. */
export const REDIRECT_ROWS: readonly FaultRow[] = [
  ...[301, 302, 303, 307, 308].map((code): FaultRow => ({
    name: `${code} to another host`,
    open: ollama({
      kind: "redirect",
      status: code,
      location: "https://new.example.com/ollama/api/chat",
    }),
    kind: "redirect",
    // Without the path that the bot appends: the value for the configuration.
    message: /^it moved to https:\/\/new\.example\.com\/ollama$/,
    hint: /^set that address instead$/,
  })),
  {
    name: "301 with credentials",
    open: ollama({ kind: "redirect", location: `https://u:${FOREIGN}@new.example.com/x` }),
    kind: "redirect",
    message: /redirects to https:\/\/new\.example\.com\/x,/,
  },
  {
    name: "302 with an @ in the password",
    open: ollama({ kind: "redirect", status: 302, location: `https://u:a@${FOREIGN}@h.test/x` }),
    kind: "redirect",
    message: /redirects to https:\/\/h\.test\/x,/,
  },
  {
    name: "302 to a login page with a token",
    open: ollama({
      kind: "redirect",
      status: 302,
      location: `https://sso.example.com/login?token=${FOREIGN}`,
    }),
    kind: "redirect",
    message: /redirects to https:\/\/sso\.example\.com\/login, .* perhaps a login page$/,
    hint: /let the bot reach the model server/,
  },
  {
    name: "307 to a path",
    ask: "probe",
    open: ollama({ kind: "redirect", status: 307, location: "/ollama/api/tags" }),
    kind: "redirect",
    message: /moved to http:\/\/127\.0\.0\.1:\d+\/ollama; set that/,
  },
  ...[302, 308].map((code): FaultRow => ({
    name: `${code} without Location`,
    open: status(code, "", TEXT),
    kind: "redirect",
    message: new RegExp(`HTTP ${code}.* without saying where`),
  })),
  {
    name: "304",
    open: raw({ bytes: "HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n" }),
    kind: "http",
    message: /^HTTP 304/,
  },
];

/** Failures under status 200. */
export const STREAM_ROWS: readonly FaultRow[] = [
  {
    name: "an error as the first line",
    open: ollama({ kind: "error_line", chunks: 0, error: "out of memory" }),
    kind: "http",
    message: /while answering: out of memory$/,
  },
  {
    name: "an error after some words",
    open: ollama({ kind: "error_line", chunks: 3, error: "llama runner died" }),
    kind: "http",
    message: /while answering: llama runner died$/,
  },
  {
    name: "an error in JSON in JSON after some words",
    open: ollama({ kind: "error_line", chunks: 1, error: `{"error":"deep"}` }),
    kind: "http",
    message: /while answering: deep$/,
  },
  {
    name: "an end without done",
    open: ollama({ kind: "truncate", chunks: 2 }),
    kind: "truncated",
    message: /ended in the middle: the model may have crashed/,
  },
  {
    name: "an end without a word",
    open: ollama({ kind: "truncate", chunks: 0 }),
    kind: "truncated",
    message: /ended/,
  },
  {
    name: "done:false at the end",
    open: ollama({ kind: "done_false" }),
    kind: "truncated",
    message: /ended in the middle/,
  },
  {
    name: "closed in the middle of a chunk",
    open: ollama({ kind: "cut", chunks: 2 }),
    kind: "reset",
    message: /closed before the answer was complete/,
  },
  {
    name: "closed before the first chunk",
    open: ollama({ kind: "cut", chunks: 0 }),
    kind: "reset",
    message: /closed before the answer was complete/,
  },
  {
    name: "a line that is not JSON",
    open: ollama({ kind: "bad_json", chunks: 1 }),
    kind: "protocol",
    message: /is not JSON: /,
  },
  {
    name: "a line without end",
    open: ollama({ kind: "endless", line: true }),
    kind: "too_large",
    message: /a line has no end/,
  },
  {
    name: "nothing said",
    open: ollama({ kind: "empty", done_reason: "stop" }),
    kind: "empty",
    message: /said nothing/,
  },
  {
    name: "all spent on thinking",
    open: ollama({ kind: "empty", done_reason: "length" }),
    kind: "empty",
    message: /^the model spent its whole length on thinking$/,
    hint: /num_predict.*llm\.think/,
  },
  {
    name: "only loaded, nothing said",
    open: ollama({ kind: "empty", done_reason: "load" }),
    kind: "empty",
    message: /said nothing/,
  },
  {
    name: "no answer",
    limitMs: 300,
    open: ollama({ kind: "hang" }),
    kind: "timeout",
    message: /within 0\.3 s/,
  },
  {
    name: "no begin of an answer",
    firstTokenMs: 300,
    open: ollama({ kind: "hang" }),
    kind: "timeout",
    message: /^the answer did not begin within 0\.3 s/,
  },
  {
    name: "a stall in the middle, long after the begin was due",
    limitMs: 900,
    firstTokenMs: 300,
    open: ollama({ kind: "hang_after", chunks: 2 }),
    kind: "timeout",
    message: /no complete answer within 0\.9 s/,
  },
  {
    name: "no end of a load",
    ask: "load",
    limitMs: 300,
    open: ollama({ kind: "hang" }),
    kind: "timeout",
    message: /within 0\.3 s/,
  },
  {
    name: "a stall in the middle, by the whole limit",
    limitMs: 300,
    open: ollama({ kind: "hang_after", chunks: 2 }),
    kind: "timeout",
    message: /within 0\.3 s/,
  },
  {
    name: "a stall in the middle, by the idle limit",
    open: ollama({ kind: "hang_after", chunks: 2 }, hasty),
    kind: "idle",
    message: /nothing more came for 20 s/,
  },
  {
    name: "closed before any header",
    open: ollama({ kind: "reset" }),
    kind: "reset",
    message: /closed before the answer was complete/,
  },
];
