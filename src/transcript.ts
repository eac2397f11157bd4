/**
 * What was said and played, in a file: one line each, whatever it held.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import { type Clock, systemClock } from "./clock.ts";
import { errorMessage } from "./errors.ts";
import { oneLine } from "./log.ts";

const log = getLogger(["rosey", "transcript"]);

/** Text that waits to be written at once; a room in flood fills it many times a second. */
const BUFFER_CHARS = 32_768;
/** A quiet room's lines are in the file after this time. */
const FLUSH_MS = 1000;

const encoder = new TextEncoder();

/** A file that lines are appended to. */
export class Transcript implements Disposable {
  readonly #path: string;
  readonly #file: Deno.FsFile;
  readonly #clock: Clock;
  #buffer = "";
  #cancelTimer: (() => void) | null = null;
  #failing = false;

  /**
   * Opens the file, or makes it.
   *
   * @param path Where it is.
   * @param clock Default: the real time.
   * @throws {Error} When it cannot be opened for writing.
   */
  constructor(path: string, clock: Clock = systemClock) {
    this.#path = path;
    this.#clock = clock;
    this.#file = Deno.openSync(path, { append: true, create: true });
  }

  /**
   * Adds a line, with the time in front.
   *
   * @param text Control characters are shown as escapes.
   */
  add(text: string): void {
    this.#buffer += `${new Date().toISOString()} ${oneLine(text)}\n`;
    if (this.#buffer.length >= BUFFER_CHARS) this.#flush();
    else this.#cancelTimer ??= this.#clock.setTimer(() => this.#flush(), FLUSH_MS);
  }

  /** Writes the rest and closes the file. */
  [Symbol.dispose](): void {
    this.#flush();
    this.#file.close();
  }

  /** A full disk costs lines of the transcript, never the bot. */
  #flush(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    let rest = encoder.encode(this.#buffer);
    this.#buffer = "";
    try {
      while (rest.length > 0) rest = rest.subarray(this.#file.writeSync(rest));
      this.#failing = false;
    } catch (error) {
      if (this.#failing) return;
      this.#failing = true;
      const reason = errorMessage(error);
      log.error("Cannot write {path}: {reason}; lines are lost", { path: this.#path, reason });
    }
  }
}
