/** The body of a response, to be read once, with limits: as lines, events or text. */
import { createParser } from "eventsource-parser";
import type { Clock } from "../clock.ts";
import { ProviderError, type RequestInfo } from "./errors.ts";
import type { ExchangeTimeouts } from "./exchange_timeouts.ts";

const MAX_LINE_CHARS = 1024 * 1024;
const BUFFER_BYTES = 4096;
/** Limits for the rest of a body after its last line, which usually comes with that line. */
const END_MS = 1000;
const END_BYTES = 64 * 1024;
/** llama.cpp sends comments while it reads the prompt. */
const COMMENTS = /^(?::[^\n]*(?:\n|$)|\s)*$/;

interface BodyOptions {
  readonly timeouts: ExchangeTimeouts;
  readonly maxBytes: number;
  readonly clock: Clock;
  readonly request: RequestInfo;
}

export class Body {
  readonly request: RequestInfo;
  readonly #reader: ReadableStreamBYOBReader | undefined;
  readonly #options: BodyOptions;
  readonly #decoder = new TextDecoder();
  /** Reused, as a default reader allocates 64 KiB per piece, which costs more than the read. */
  #buffer = new ArrayBuffer(BUFFER_BYTES);
  #size = 0;
  #ended = false;
  #complete = false;
  #failure: { readonly reason: unknown } | undefined;

  constructor(response: Response, options: BodyOptions) {
    this.#reader = response.body?.getReader({ mode: "byob" });
    this.#options = options;
    this.request = options.request;
  }

  /** Calls `take` with each line that is not blank, until it returns a result. */
  lines<T>(take: (line: string) => T | undefined): Promise<T | undefined> {
    let rest = "";
    return this.#scan(take, (piece = "\n") => {
      rest += piece;
      if (!piece.includes("\n")) {
        if (rest.length > MAX_LINE_CHARS) throw tooLong();
        return [];
      }
      const lines = rest.split("\n");
      rest = lines.pop()!;
      return lines.filter((line) => line.trim() !== "");
    });
  }

  /** Calls `take` with the data of each server-sent event, until it returns a result. */
  events<T>(take: (data: string) => T | undefined): Promise<T | undefined> {
    const events: string[] = [];
    const parser = createParser({
      onEvent: ({ data }) => events.push(data),
      onError: ({ type }) => {
        if (type === "max-buffer-size-exceeded") throw tooLong();
      },
      maxBufferSize: MAX_LINE_CHARS,
    });
    // Some servers do not end the last event.
    return this.#scan(take, (piece = "\n\n") => {
      parser.feed(piece);
      return events.splice(0);
    });
  }

  /** `split` gets each piece, and undefined at the end. */
  async #scan<T>(
    take: (part: string) => T | undefined,
    split: (piece?: string) => readonly string[],
  ): Promise<T | undefined> {
    for (let more = true; more;) {
      const piece = await this.#next();
      more = piece !== undefined;
      for (const part of split(piece)) {
        const result = take(part);
        if (result !== undefined) return result;
      }
    }
  }

  /** Returns the text, or the beginning of it, of about `maxBytes`. */
  async text(maxBytes = Infinity): Promise<string> {
    let text = "";
    for (let piece; this.#size < maxBytes && (piece = await this.#next()) !== undefined;) {
      text += piece;
    }
    return text;
  }

  /** Cancels the body; a pending read throws the reason. */
  fail(reason: unknown): void {
    this.#failure = { reason };
    this.#cancel();
  }

  /** Declares that all data was read and that only the end of the body is still to come. */
  complete(): void {
    this.#complete = true;
  }

  /** Ends reading. The end of a complete body is waited for, so that the connection can be reused. */
  close(): void {
    if (this.#ended) return;
    if (this.#complete) void this.#readEnd();
    else this.#cancel();
  }

  async #readEnd(): Promise<void> {
    const stop = this.#options.clock.setTimer(() => this.#cancel(), END_MS);
    try {
      for (let size = 0; size <= END_BYTES;) {
        const bytes = await this.#read();
        if (bytes === undefined) return;
        size += bytes.length;
      }
      this.#cancel();
    } catch {
      // The answer was complete; only the connection is lost.
    } finally {
      stop();
    }
  }

  #cancel(): void {
    this.#reader?.cancel().catch(() => {});
  }

  async #read(): Promise<Uint8Array | undefined> {
    const { done, value } = await this.#reader!.read(new Uint8Array(this.#buffer));
    if (done) return undefined;
    this.#buffer = value.buffer;
    return value;
  }

  async #next(): Promise<string | undefined> {
    const { timeouts, maxBytes } = this.#options;
    if (this.#reader === undefined || this.#ended) return undefined;
    timeouts.reading();
    const bytes = await this.#read();
    if (this.#failure) throw this.#failure.reason;
    if (bytes === undefined) {
      this.#ended = true;
      return this.#decoder.decode() || undefined;
    }
    this.#size += bytes.length;
    if (this.#size > maxBytes) {
      throw new ProviderError("too_large", `the answer is longer than ${maxBytes} bytes`);
    }
    const piece = this.#decoder.decode(bytes, { stream: true });
    if (!timeouts.hasBegun() && !COMMENTS.test(piece)) timeouts.firstByte();
    return piece;
  }
}

function tooLong(): ProviderError {
  return new ProviderError("too_large", "a line has no end");
}
