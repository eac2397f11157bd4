import type { ChatLine } from "../cytube/events.ts";

/** The time, and one of `<name> text`, `* name text` and `[server] text`. */
const LINE =
  /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z) (?:<([^\s>]{1,64})>|\* (\S{1,64})|(\[[^\s\]]+\]))(?: (.*))?$/;
const LINE_END = "\n".charCodeAt(0);
/** Longer lines are cut. */
const MAX_LINE_BYTES = 65_536;

/** Reads a line of `chat_log_file`, see `chatText`; undefined for a line of another form. */
export function parseLogLine(line: string): ChatLine | undefined {
  const [, written = "", said, acted, server, text = ""] = LINE.exec(line) ?? [];
  const user = said ?? acted ?? server;
  const time = Date.parse(written);
  if (user === undefined || Number.isNaN(time)) return undefined;
  return { user, text, time, shadow: false, action: acted !== undefined };
}

/** The chat lines of a log, read while they are asked for. */
export class ChatLog {
  /** Chat lines so far. */
  lines = 0;
  /** Lines of another form so far. */
  skipped = 0;
  readonly #decoder = new TextDecoder();

  /** @param bytes The file. */
  async *read(bytes: ReadableStream<Uint8Array>, signal: AbortSignal): AsyncGenerator<ChatLine> {
    let rest = new Uint8Array();
    for await (const piece of bytes.pipeThrough(new TransformStream(), { signal })) {
      let from = 0;
      for (let to; (to = piece.indexOf(LINE_END, from)) >= 0; from = to + 1) {
        yield* this.#take(joined(rest, piece.subarray(from, to)));
        rest = new Uint8Array();
      }
      rest = joined(rest, piece.subarray(from)).slice(0, MAX_LINE_BYTES);
    }
    yield* this.#take(rest);
  }

  /** Decodes each line on its own: a part of a longer string would keep all of it in memory. */
  *#take(bytes: Uint8Array): Generator<ChatLine> {
    const written = this.#decoder.decode(bytes).replace(/\r$/, "");
    if (written.trim() === "") return;
    const line = parseLogLine(written);
    if (line) this.lines++;
    else this.skipped++;
    if (line) yield line;
  }
}

function joined(start: Uint8Array, end: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(start.length + end.length);
  bytes.set(start);
  bytes.set(end, start.length);
  return bytes;
}
