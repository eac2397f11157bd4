/**
 * The body of an answer: read into one buffer, which is bounded.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import type { Redact } from "../redact.ts";
import type { ExchangeTimeouts } from "./exchange_timeouts.ts";
import { ProviderError } from "./provider.ts";

/** No server sends a longer line; one that does is broken. */
const MAX_LINE_BYTES = 1024 * 1024;
const FIRST_BYTES = 4 * 1024;
const LINE_FEED = 10;
/** A colon, or the end of a line before one. */
const BEGINS_OF_COMMENT = [58, LINE_FEED, 13];
/** For the end of a body behind its last line: it is on its way with that line. */
const END_MS = 1000;
const END_BYTES = 64 * 1024;

const decoder = new TextDecoder();
/** Buffers that nobody uses now: making one takes as long as reading an answer of one piece. */
const spare: Uint8Array<ArrayBuffer>[] = [];
const MAX_SPARE = 16;

/** Options of {@linkcode Body}. */
export interface BodyOptions {
  /** Told of each piece, and of each wait for one. */
  readonly timeouts: ExchangeTimeouts;
  /** Of the whole. */
  readonly maxBytes: number;
  /** The time that its end may take. */
  readonly clock: Clock;
  /** Makes the server's words fit to be quoted. */
  readonly redact: Redact;
}

/**
 * A body, to be read once: as lines or as text.
 *
 * The platform's own ways to read a stream make a buffer of 64 KiB for each piece, which takes longer
 * than all that is done with a word of a model.
 */
export class Body {
  readonly #reader: ReadableStreamBYOBReader | undefined;
  readonly #timeouts: ExchangeTimeouts;
  readonly #maxBytes: number;
  readonly #clock: Clock;
  /** Makes its words fit to be quoted; what is read is as it came. */
  readonly redact: Redact;
  #buffer = spare.pop() ?? new Uint8Array(FIRST_BYTES);
  /** How much of the buffer is filled. */
  #end = 0;
  #size = 0;
  #ended = false;
  #begun = false;
  #complete = false;
  #failure: { readonly reason: unknown } | undefined;

  /**
   * Reads nothing yet.
   *
   * @param response Whose body.
   * @param options Its limits.
   */
  constructor(response: Response, { timeouts, maxBytes, clock, redact }: BodyOptions) {
    this.#reader = response.body?.getReader({ mode: "byob" });
    this.#timeouts = timeouts;
    this.#maxBytes = maxBytes;
    this.#clock = clock;
    this.redact = redact;
  }

  /**
   * Cuts the body into lines, whatever way it was cut before; blank ones are left out. No more is read
   * once a line has given a result.
   *
   * @param take Called with each line, without its end.
   * @returns The first result; undefined when no line gave one.
   * @throws {ProviderError} `too_large` for a line of more than 1 MiB.
   */
  async lines<T>(take: (line: string) => T | undefined): Promise<T | undefined> {
    for (let seen = 0; await this.#more(); seen = this.#end) {
      let begin = 0;
      const filled = this.#buffer.subarray(0, this.#end);
      for (let at; (at = filled.indexOf(LINE_FEED, seen)) >= 0; begin = seen = at + 1) {
        const result = this.#taken(filled.subarray(begin, at), take);
        if (result !== undefined) return result;
      }
      this.#drop(begin);
      if (this.#end > MAX_LINE_BYTES) throw new ProviderError("too_large", "a line has no end");
    }
    return this.#taken(this.#buffer.subarray(0, this.#end), take);
  }

  /**
   * The body as text.
   *
   * @param enough No more is read once there are so many bytes.
   * @returns The text.
   */
  async text(shouldStop = Infinity): Promise<string> {
    while (this.#end < shouldStop && await this.#more());
    return decoder.decode(this.#buffer.subarray(0, this.#end));
  }

  /**
   * Ends it, and whoever reads it: nothing is waited for any more.
   *
   * @param reason What is thrown there.
   */
  fail(reason: unknown): void {
    this.#failure = { reason };
    this.#cancel();
  }

  /** Says that all was read that matters: only the body's end is to come, and is worth a moment. */
  complete(): void {
    this.#complete = true;
  }

  /**
   * Lets go of it; to be called once, when nobody reads it any more. A body that is cut off before its
   * end takes the connection with it: the next question would begin with handshakes.
   */
  close(): void {
    if (this.#complete && !this.#ended) return void this.#readEnd();
    if (!this.#ended) this.#cancel();
    this.#release();
  }

  async #readEnd(): Promise<void> {
    const stop = this.#clock.setTimer(() => this.#cancel(), END_MS);
    try {
      for (let size = 0; !this.#ended && size <= END_BYTES;) {
        size += await this.#read(this.#buffer);
      }
    } catch {
      // The answer was complete; so much for the connection.
    } finally {
      stop();
      if (!this.#ended) this.#cancel();
      this.#release();
    }
  }

  /** Returns how many bytes came; none at the end. */
  async #read(into: Uint8Array<ArrayBuffer>): Promise<number> {
    const { done, value } = await this.#reader!.read(into);
    // What was given away comes back as another object.
    if (value) this.#buffer = new Uint8Array(value.buffer);
    if (done) this.#ended = true;
    return value?.length ?? 0;
  }

  #release(): void {
    // One that was given away to a read that failed is empty.
    if (this.#buffer.length === FIRST_BYTES && spare.length < MAX_SPARE) spare.push(this.#buffer);
  }

  #cancel(): void {
    // It fails where reading has failed, too.
    this.#reader?.cancel().catch(() => {});
  }

  /** Reads a piece behind what is in the buffer; false when there was none. */
  async #more(): Promise<boolean> {
    if (this.#reader === undefined) return false;
    if (this.#end === this.#buffer.length) this.#grow();
    this.#timeouts.waiting();
    const size = await this.#read(this.#buffer.subarray(this.#end));
    if (this.#failure) throw this.#failure.reason;
    if (this.#ended) return false;
    // Checked until the answer begins alone: it is read piece by piece.
    if (!this.#begun && !isComment(this.#buffer.subarray(this.#end, this.#end + size))) {
      this.#begun = true;
      this.#timeouts.heard();
    }
    this.#end += size;
    this.#size += size;
    if (this.#size > this.#maxBytes) {
      const message = `the answer is longer than ${this.#maxBytes} bytes`;
      throw new ProviderError("too_large", message);
    }
    return true;
  }

  #taken<T>(bytes: Uint8Array, take: (line: string) => T | undefined): T | undefined {
    const line = decoder.decode(bytes);
    return line.trim() === "" ? undefined : take(line);
  }

  #grow(): void {
    const buffer = new Uint8Array(2 * this.#buffer.length);
    buffer.set(this.#buffer);
    this.#buffer = buffer;
  }

  #drop(bytes: number): void {
    if (bytes === 0) return;
    this.#buffer.copyWithin(0, bytes, this.#end);
    this.#end -= bytes;
  }
}

/** A sign of life before the answer: llama.cpp sends `:` now and then while it reads the prompt. */
function isComment(piece: Uint8Array): boolean {
  if (!BEGINS_OF_COMMENT.includes(piece[0]!)) return false;
  return /^(?::[^\n]*(?:\n|$)|\s)*$/.test(decoder.decode(piece));
}
