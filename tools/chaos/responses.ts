/** What a faulty model server makes of a response: pure, byte by byte. */
import { answer, head } from "../../tests/fakes/raw_http.ts";
import type { ModelFault } from "./schedule.ts";

/** What is sent instead of a response, and what becomes of the connection. */
export interface Plan {
  readonly pieces: readonly Uint8Array<ArrayBuffer>[];
  /** Before the first piece. */
  readonly firstMs?: number;
  /** Between two pieces. */
  readonly pauseMs?: number;
  /** The last piece is sent until the client goes. */
  readonly endless?: boolean;
  readonly end: "close" | "hold" | "reset";
}

export interface ResponseContext {
  /** The head of the request. */
  readonly request: string;
  /** The response of a server that is whole. */
  readonly whole: Uint8Array<ArrayBuffer>;
}

const LATE_MS = 2000;
const BYTE_MS = 2;
const BLOCK = 65_536;
const HTML =
  "<html>\r\n<head><title>Welcome</title></head>\r\n<body>It works!</body>\r\n</html>\r\n";
const PAGE = ["Content-Type: text/html"];
const JSON_TYPE = "Content-Type: application/json";

type Make = (context: ResponseContext) => Plan;

const PLANS: Partial<Record<ModelFault, Make>> = {
  "hung": () => ({ pieces: [], end: "hold" }),
  "only headers": ({ whole }) => ({ pieces: [whole.slice(0, bodyAt(whole))], end: "hold" }),
  "stops in mid stream": ({ whole }) => ({ pieces: [whole.slice(0, middle(whole))], end: "hold" }),
  "one byte at a time": ({ whole }) => ({
    pieces: Array.from(whole, (byte) => Uint8Array.of(byte)),
    pauseMs: BYTE_MS,
    end: "close",
  }),
  "late first token": ({ whole }) => ({ pieces: [whole], firstMs: LATE_MS, end: "close" }),
  "cut within a character": ({ whole }) => ({
    pieces: [whole.slice(0, withinCharacter(whole))],
    end: "reset",
  }),
  "cut within a chunk": ({ whole }) => ({ pieces: [whole.slice(0, middle(whole))], end: "close" }),
  "reset": () => ({ pieces: [], end: "reset" }),
  "HTML": () => text(answer(HTML, PAGE)),
  "broken JSON": ({ whole }) => text(answer(broken(whole), [typeOf(whole)])),
  "endless line": ({ whole }) => ({
    pieces: [bytes(head([typeOf(whole)]) + broken(whole)), bytes("popcorn ".repeat(BLOCK / 8))],
    endless: true,
    end: "close",
  }),
  "502": () => text(answer(HTML, PAGE, "502 Bad Gateway")),
  "503": () => text(answer('{"error":"server busy"}', [JSON_TYPE], "503 Service Unavailable")),
  "429": () =>
    text(
      answer(
        '{"error":{"message":"slow down"}}',
        [JSON_TYPE, "Retry-After: 2"],
        "429 Too Many Requests",
      ),
    ),
  "401 that repeats the key": ({ request }) => {
    const error = JSON.stringify({ error: `not allowed: ${secretsOf(request)}` });
    return text(answer(error, [JSON_TYPE], "401 Unauthorized"));
  },
  "empty body": () => text(answer("", [JSON_TYPE])),
};

/** Undefined for a fault that is not one of single responses. */
export function planOf(kind: ModelFault, context: ResponseContext): Plan | undefined {
  return PLANS[kind]?.(context);
}

function text(response: string): Plan {
  return { pieces: [bytes(response)], end: "close" };
}

function bytes(value: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(new TextEncoder().encode(value));
}

/** Headers that are a key or a password. A server's error is shown up to a length. */
function secretsOf(request: string): string {
  return (request.match(/^(?:authorization|x-gateway):.*$/gim) ?? []).join(" ");
}

/** Where the body begins. */
function bodyAt(whole: Uint8Array): number {
  return headOf(whole).length + 4;
}

function headOf(whole: Uint8Array): string {
  return new TextDecoder("latin1").decode(whole).split("\r\n\r\n", 1)[0]!;
}

function typeOf(whole: Uint8Array): string {
  return /^content-type:.*$/im.exec(headOf(whole))?.[0] ?? JSON_TYPE;
}

function broken(whole: Uint8Array): string {
  const start = typeOf(whole).includes("event-stream") ? "data: " : "";
  return `${start}{"model":oops,"choices":[`;
}

function middle(whole: Uint8Array): number {
  return Math.floor((bodyAt(whole) + whole.length) / 2);
}

/** After the first byte of a character that has more, in the second half of the body; else its middle. */
function withinCharacter(whole: Uint8Array): number {
  const at = whole.findIndex((byte, at) => at >= middle(whole) && byte >= 0xc3);
  return at < 0 ? middle(whole) : at + 1;
}
