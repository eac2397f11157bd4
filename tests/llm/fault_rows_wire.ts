/** Bodies with an unexpected structure, and invalid HTTP. */
import { gzipSync } from "node:zlib";
import { answer, head, type RawScript } from "../fakes/raw_http.ts";
import { type FaultRow, raw, status } from "./fault_scene.ts";

const CHUNKED = "Transfer-Encoding: chunked";
const GOOD = `{"message":{"role":"assistant","content":"Fine."},"done":true}\n`;
const BEGUN = `{"message":{"role":"assistant","content":"Half a"},"done":false}\n`;
const NO_HTTP = /does not speak HTTP/;

/** Bodies that are not Ollama's list or chat. */
export const SHAPE_ROWS: readonly FaultRow[] = [
  probed("HTML under 200", "<html>Welcome</html>", "protocol", /is not JSON: "<html>/),
  probed("an empty body", "", "protocol", /the answer is empty/),
  probed("half of a list", `{"models":[{"na`, "truncated", /ended in the middle/),
  probed("a list without models", "{}", "wrong_api", /is not Ollama/),
  probed("models that are an object", `{"models":{}}`, "wrong_api", /is not Ollama/),
  probed("models without names", `{"models":[{"id":1}]}`, "wrong_api", /is not Ollama/),
  probed("a JSON text for a list", `"Ollama is running"`, "wrong_api", /is not Ollama/),
  probed("a JSON array for a list", "[1,2]", "wrong_api", /is not Ollama/),
  probed("null for a list", "null", "wrong_api", /is not Ollama/),
  chatted("HTML under 200", answer("<!doctype html><p>Log in"), "protocol", /is not JSON/),
  chatted("an empty body", answer(""), "truncated", /ended/),
  chatted("204", head([], "204 No Content"), "truncated", /ended/),
  chatted(
    "null as a line",
    answer(`${BEGUN}null\n${GOOD}`),
    "protocol",
    /not a JSON object: "null"/,
  ),
  chatted("an array as a line", answer(`[]\n${GOOD}`), "protocol", /not a JSON object: "\[\]"/),
  chatted("half of a line at the end", head() + BEGUN + `{"mess`, "truncated", /in the middle/),
  chatted("two documents in a line", answer(`${BEGUN}{} {}\n`), "protocol", /is not JSON/),
  {
    name: "chat: no UTF-8",
    open: raw({ bytes: Uint8Array.of(...bytesOf(head()), 0xff, 0xfe, 0xc3, 0x28, 0x0a) }),
    kind: "protocol",
    message: /is not JSON/,
  },
  {
    name: "load: HTML under 200",
    ask: "load",
    open: raw({ bytes: answer("<html>Welcome</html>") }),
    kind: "protocol",
    message: /is not JSON/,
  },
  {
    name: "load: done:false",
    ask: "load",
    open: raw({ bytes: answer(`{"message":{"role":"assistant","content":""},"done":false}`) }),
    kind: "truncated",
    message: /load/,
  },
  {
    name: "load: an error under 200",
    ask: "load",
    open: raw({ bytes: answer(`{"error":"no memory"}`) }),
    kind: "http",
    message: /no memory/,
  },
  {
    name: "tags: a body without end",
    ask: "probe",
    open: raw({ bytes: head(), repeat: " ".repeat(65_536) }),
    kind: "too_large",
    message: /longer than 4194304 bytes/,
  },
  {
    name: "chat: lines without words and without end",
    open: raw({ bytes: head(), repeat: `{"message":{"content":""},"done":false}\n`.repeat(1000) }),
    kind: "too_large",
    message: /longer than 4194304 bytes/,
  },
  {
    name: "chat: an error's body without end",
    open: raw({ bytes: head([], "500 Oops"), repeat: "x".repeat(65_536) }),
    kind: "http",
    message: /^HTTP 500: x{1,400}$/,
  },
  {
    name: "tags: much in little gzip",
    ask: "probe",
    open: raw({ bytes: gzipped(gzipSync(new Uint8Array(32 * 1024 * 1024))) }),
    kind: "too_large",
    message: /longer than 4194304 bytes/,
  },
  {
    name: "chat: garbage for gzip",
    open: raw({ bytes: answer("this was never compressed", ["Content-Encoding: gzip"]) }),
    kind: "protocol",
    message: /compressed/,
  },
  {
    name: "tags: half of gzip",
    ask: "probe",
    open: raw({ bytes: gzipped(gzipSync(bytesOf(`{"models":[]}`)).subarray(0, 20)) }),
    kind: "reset",
    message: /closed before/,
  },
];

/** Invalid HTTP. */
export const WIRE_ROWS: readonly FaultRow[] = [
  wire("closed with the request unread", { unread: true }, "reset", /closed before/),
  wire("closed within the status line", { bytes: "HTTP/1.1 20" }, "reset", /closed before/),
  wire("closed within the headers", { bytes: "HTTP/1.1 200 OK\r\nDate: to" }, "reset", /closed/),
  {
    name: "wire: closed without a word, under a path named /tls",
    open: raw({}, "/tls"),
    kind: "reset",
    message: /closed before/,
  },
  wire("an SSH server", { bytes: "SSH-2.0-OpenSSH_9.6\r\n" }, "protocol", NO_HTTP),
  wire("a mail server", { bytes: "220 mail ESMTP\r\n", hold: true }, "protocol", NO_HTTP),
  wire("an HTTP version of the future", { bytes: "HTTP/7.3 200 OK\r\n\r\n" }, "protocol", NO_HTTP),
  wire("a status that is no number", { bytes: "HTTP/1.1 abc OK\r\n\r\n" }, "protocol", NO_HTTP),
  wire("a body without a head", { bytes: GOOD }, "protocol", NO_HTTP),
  wire("a header without a name", { bytes: head([": x"]) }, "protocol", NO_HTTP),
  wire("a header with a NUL", { bytes: head(["X: a\0b"]) }, "protocol", NO_HTTP),
  wire(
    "one header of 2 MiB",
    { bytes: head([`X: ${"x".repeat(2 ** 21)}`]) },
    "too_large",
    /headers/,
  ),
  wire("10,000 headers", { bytes: head(Array(10_000).fill("X: y")) }, "too_large", /headers/),
  wire(
    "headers without end",
    { bytes: "HTTP/1.1 200 OK\r\n", repeat: "X-Filler: yyyyyyyy\r\n" },
    "too_large",
    /headers/,
  ),
  {
    ...wire(
      "a head that never ends",
      { bytes: "HTTP/1.1 200 OK\r\n", hold: true },
      "timeout",
      /s$/,
    ),
    limitMs: 300,
  },
  {
    ...wire(
      "100 Continue for ever",
      { bytes: "HTTP/1.1 100 Continue\r\n\r\n", hold: true },
      "timeout",
      /s$/,
    ),
    limitMs: 300,
  },
  wire(
    "two lengths",
    { bytes: head(["Content-Length: 5", "Content-Length: 9"]) },
    "protocol",
    NO_HTTP,
  ),
  wire("a negative length", { bytes: head(["Content-Length: -1"]) }, "protocol", NO_HTTP),
  wire(
    "a length beyond the body",
    { bytes: head(["Content-Length: 999"]) + BEGUN },
    "reset",
    /closed/,
  ),
  wire(
    "a length short of the body",
    {
      bytes: head([`Content-Length: ${GOOD.length - 9}`]) + GOOD,
    },
    "truncated",
    /in the middle/,
  ),
  wire(
    "a chunk's size that is no number",
    {
      bytes: `${head([CHUNKED])}zz\r\n${GOOD}`,
    },
    "reset",
    /closed before/,
  ),
  wire(
    "a chunk's size beyond all",
    {
      bytes: `${head([CHUNKED])}fffffffffffffffff\r\n${GOOD}`,
    },
    "reset",
    /closed before/,
  ),
  wire(
    "a chunk longer than its size",
    {
      bytes: `${head([CHUNKED])}4\r\n{"message":1}\r\n0\r\n\r\n`,
    },
    "reset",
    /closed before/,
  ),
  wire(
    "chunks without a last one",
    {
      bytes: `${head([CHUNKED])}${BEGUN.length.toString(16)}\r\n${BEGUN}\r\n`,
    },
    "reset",
    /closed before/,
  ),
];

function probed(name: string, body: string, kind: string, message: RegExp): FaultRow {
  return { name: `tags: ${name}`, ask: "probe", open: status(200, body), kind, message };
}

function chatted(name: string, bytes: string, kind: string, message: RegExp): FaultRow {
  return { name: `chat: ${name}`, open: raw({ bytes }), kind, message };
}

function wire(name: string, script: RawScript, kind: string, message: RegExp): FaultRow {
  return { name: `wire: ${name}`, open: raw(script), kind, message };
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(new TextEncoder().encode(text));
}

function gzipped(body: Uint8Array): Uint8Array<ArrayBuffer> {
  const begin = bytesOf(head(["Content-Encoding: gzip", `Content-Length: ${body.length}`]));
  const whole = new Uint8Array(begin.length + body.length);
  whole.set(begin);
  whole.set(body, begin.length);
  return whole;
}
