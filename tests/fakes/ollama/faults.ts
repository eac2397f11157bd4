/** The requests with the fault: those that generate, all, or those for one path. */
export type Scope = "chat" | "all" | `/${string}`;

/** A fault of the server. `chunks` good lines come before it. */
export type Fault = { readonly on?: Scope } & FaultKind;

export type FaultKind =
  /** Another status; the default body is `{"error":"fault <status>"}`. */
  | {
    kind: "status";
    status: number;
    body?: string;
    contentType?: string;
    headers?: Record<string, string>;
  }
  /** Reads the request and never answers. */
  | { kind: "hang" }
  /** Stalls in the middle of the stream. */
  | { kind: "hang_after"; chunks: number }
  /** Closes the connection before any header. */
  | { kind: "reset" }
  /** Ends the stream properly, but without `done:true`. */
  | { kind: "truncate"; chunks: number }
  /** Closes the connection within an HTTP chunk. */
  | { kind: "cut"; chunks: number }
  /** An `{"error"}` line under status 200. */
  | { kind: "error_line"; chunks: number; error: string }
  /** A line that is no JSON; a good end follows, for clients that would skip it. */
  | { kind: "bad_json"; chunks: number }
  /** A body without end, as fast as it is read: of good lines, or of one single line. */
  | { kind: "endless"; line?: boolean }
  /** A good stream in pieces of so many bytes, each in its own HTTP chunk and TCP write. */
  | { kind: "drip"; bytes: number }
  /** A good reply with reasoning. */
  | { kind: "thinking"; style: ThinkingStyle }
  /** A proxy's error page. */
  | { kind: "html"; status: number }
  /** Moved; default status 301. */
  | { kind: "redirect"; location: string; status?: number }
  /** A reply without text. */
  | { kind: "empty"; done_reason: string }
  /** A reply whose last word is `done:false`. */
  | { kind: "done_false" };

/** The place of the reasoning: in its own field, or in tags in the text. */
export type ThinkingStyle = "field" | "tags" | "lone_close" | "split_tags";

export interface Target {
  /** Default: a chat. */
  readonly path?: string;
  readonly model: string;
  readonly stream: boolean;
}

/** Rejects when the client has disconnected. */
export type Send = (bytes: string | Uint8Array<ArrayBuffer>) => Promise<void>;

/** Whether the connection is closed, or held open until the client disconnects. */
export type Ending = "close" | "hold";

/** The reply of faults that have one; with letters of 2, 3 and 4 bytes. */
export const FAULTY_REPLY = "Grüße aus Reihe 1 – Popcorn für alle 🍿!";

export const FAULTY_THOUGHTS = "The user wants popcorn. I must not say this aloud.";

const WORDS = FAULTY_REPLY.match(/\s*\S+/g) ?? [];
const SPLIT = [
  "<th",
  "ink>",
  "The user wants popcorn.",
  " I must not say this aloud.</",
  "thi",
  "nk>",
];
const THINKING: Record<ThinkingStyle, string[]> = {
  field: WORDS,
  tags: [`<think>\n${FAULTY_THOUGHTS}\n</think>\n\n`, ...WORDS],
  lone_close: [`${FAULTY_THOUGHTS}\n</think>\n\n`, ...WORDS],
  split_tags: [...SPLIT, ...WORDS],
};

/** Sends the bytes of a fault and tells what to do with the connection. */
export async function play(fault: Fault, target: Target, send: Send): Promise<Ending> {
  switch (fault.kind) {
    case "hang":
      return "hold";
    case "reset":
      return "close";
    case "status": {
      const { status, contentType = "application/json; charset=utf-8", headers = {} } = fault;
      const body = fault.body ?? JSON.stringify({ error: `fault ${status}` });
      await send(whole(status, body, { "Content-Type": contentType, ...headers }));
      return "close";
    }
    case "html":
      await send(whole(fault.status, page(fault.status), { "Content-Type": "text/html" }));
      return "close";
    case "redirect": {
      const { status = 301, location } = fault;
      await send(whole(status, page(status), { "Content-Type": "text/html", Location: location }));
      return "close";
    }
    case "thinking":
    case "empty":
    case "done_false":
      return await playReply(replyLines(fault, target), target, send);
    default:
      await send(STREAM_HEAD);
      return await playStream(fault, target, send);
  }
}

type StreamFault = Extract<
  Fault,
  { kind: "hang_after" | "truncate" | "cut" | "error_line" | "bad_json" | "endless" | "drip" }
>;

async function playStream(fault: StreamFault, target: Target, send: Send): Promise<Ending> {
  const good = "chunks" in fault ? fault.chunks : 0;
  for (let index = 0; index < good; index++) {
    await send(chunk(JSON.stringify(goodLine(target, index)) + "\n"));
  }
  switch (fault.kind) {
    case "hang_after":
      return "hold";
    case "cut":
      await send(`40\r\n{"model":`);
      return "close";
    case "error_line":
      await send(chunk(JSON.stringify({ error: fault.error }) + "\n"));
      break;
    case "bad_json":
      await send(chunk(`{"model":"${target.model}","message":oops}\n`));
      await send(chunk(JSON.stringify(last(target, "stop")) + "\n"));
      break;
    case "endless":
      await playEndless(fault.line === true, target, send);
      break;
    case "drip":
      await playDrip(fault.bytes, target, send);
      break;
  }
  await send(chunk(""));
  return "close";
}

/** A word of a chat, or the progress of a pull: 200 MB more with each line. */
function goodLine(target: Target, index: number): Record<string, unknown> {
  if (target.path !== "/api/pull") return said(target, `word${index} `);
  if (index === 0) return { status: "pulling manifest" };
  const part = { digest: "sha256:dde5aa3fc5ff", total: 2_019_377_376 };
  return { status: "pulling dde5aa3fc5ff", ...part, completed: (index - 1) * 200_000_000 };
}

async function playEndless(line: boolean, target: Target, send: Send): Promise<never> {
  if (line) {
    await send(chunk(`{"model":"${target.model}","message":{"role":"assistant","content":"`));
  }
  const piece = JSON.stringify(said(target, "popcorn ")) + "\n";
  const block = line ? "popcorn ".repeat(8192) : piece.repeat(512);
  for (;;) await send(chunk(block));
}

async function playDrip(bytes: number, target: Target, send: Send): Promise<void> {
  const lines = [said(target, FAULTY_REPLY), last(target, "stop")];
  const body = new TextEncoder().encode(lines.map((line) => JSON.stringify(line) + "\n").join(""));
  for (let at = 0; at < body.length; at += bytes) {
    await send(chunk(body.slice(at, at + bytes)));
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

async function playReply(
  lines: Record<string, unknown>[],
  { stream }: Target,
  send: Send,
): Promise<Ending> {
  if (!stream) {
    const merge = (key: "content" | "thinking") => {
      return lines.map((line) => (line.message as Record<string, string>)[key] ?? "").join("");
    };
    const thinking = merge("thinking");
    const message = { role: "assistant", content: merge("content") };
    const body = { ...lines.at(-1), message: thinking ? { ...message, thinking } : message };
    await send(whole(200, JSON.stringify(body), { "Content-Type": "application/json" }));
    return "close";
  }
  await send(STREAM_HEAD);
  for (const line of lines) await send(chunk(JSON.stringify(line) + "\n"));
  await send(chunk(""));
  return "close";
}

function replyLines(
  fault: Extract<Fault, { kind: "thinking" | "empty" | "done_false" }>,
  target: Target,
): Record<string, unknown>[] {
  if (fault.kind === "empty") return [last(target, fault.done_reason)];
  const words = fault.kind === "thinking" ? THINKING[fault.style] : WORDS;
  const lines = words.map((word) => said(target, word));
  if (fault.kind === "done_false") return [...lines, said(target, "")];
  const thoughts = fault.style === "field" ? [thought(target, FAULTY_THOUGHTS)] : [];
  return [...thoughts, ...lines, last(target, "stop")];
}

function said({ model }: Target, content: string): Record<string, unknown> {
  const created_at = new Date().toISOString();
  return { model, created_at, message: { role: "assistant", content }, done: false };
}

function thought(target: Target, thinking: string): Record<string, unknown> {
  return { ...said(target, ""), message: { role: "assistant", content: "", thinking } };
}

function last(target: Target, done_reason: string): Record<string, unknown> {
  const counters = { total_duration: 9e8, load_duration: 1e6, prompt_eval_count: 12 };
  const rest = { prompt_eval_duration: 1e8, eval_count: WORDS.length, eval_duration: 7e8 };
  return { ...said(target, ""), done: true, done_reason, ...counters, ...rest };
}

const STREAM_HEAD = "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\n" +
  "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n";

function whole(status: number, body: string, headers: Record<string, string>): string {
  const length = new TextEncoder().encode(body).length;
  const all = { ...headers, "Content-Length": length, Connection: "close" };
  const lines = Object.entries(all).map(([key, value]) => `${key}: ${value}\r\n`);
  return `HTTP/1.1 ${status} Fault\r\n${lines.join("")}\r\n${body}`;
}

function chunk(data: string | Uint8Array): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder();
  const bytes = typeof data === "string" ? encoder.encode(data) : data;
  const head = encoder.encode(`${bytes.length.toString(16)}\r\n`);
  const framed = new Uint8Array(head.length + bytes.length + 2);
  framed.set(head);
  framed.set(bytes, head.length);
  framed.set([13, 10], head.length + bytes.length);
  return framed;
}

function page(status: number): string {
  return `<html>\r\n<head><title>${status}</title></head>\r\n` +
    `<body>\r\n<center><h1>${status}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n`;
}
