/**
 * What was said and played, in a file: one line each, whatever it held.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import { type Clock, systemClock } from "../clock.ts";
import type { ChatLine, Media } from "../cytube/events.ts";
import { oneLine } from "../one_line.ts";
import { LogFile, type Rotation } from "./log_file.ts";

const log = getLogger(["rosey", "transcript"]);

/** Text that waits to be written at once; a room in flood fills it many times a second. */
const BUFFER_CHARS = 32_768;
/** A quiet room's lines are in the file after this time. */
const FLUSH_MS = 1000;
/** What could not be written is tried again after this time. */
const RETRY_MS = 10_000;
/** More text than this does not wait for a disk that takes none. */
const MAX_WAITING_CHARS = 1_048_576;

const encoder = new TextEncoder();

/** Options of {@linkcode Transcript}. */
export interface TranscriptOptions extends Partial<Rotation> {
  /** Default: the real time. */
  readonly clock?: Clock;
}

/** A file that lines are appended to. */
export class Transcript implements Disposable {
  readonly #path: string;
  readonly #file: LogFile;
  readonly #clock: Clock;
  #buffer = "";
  /** Begun lines among it: they must be ended in the same file. */
  #unwritten: Uint8Array = new Uint8Array();
  #cancelTimer: (() => void) | null = null;
  #failing = false;
  #lost = 0;

  /**
   * Opens the file, or makes it.
   *
   * @param path Where it is.
   * @param options `maxBytes`: it is rotated before it is larger (default 0: never); `keep`: older
   *   files that are kept (default 5).
   * @throws {Error} When it cannot be opened for writing.
   */
  constructor(path: string, options: TranscriptOptions = {}) {
    const { clock = systemClock, maxBytes = 0, keep = 5 } = options;
    this.#path = path;
    this.#clock = clock;
    this.#file = new LogFile(path, { maxBytes, keep });
  }

  /**
   * Adds a line, with the time in front.
   *
   * @param text Control characters are shown as escapes.
   */
  add(text: string): void {
    if (this.#buffer.length >= MAX_WAITING_CHARS) {
      this.#lost++;
      return;
    }
    this.#buffer += `${new Date().toISOString()} ${oneLine(text)}\n`;
    if (this.#buffer.length >= BUFFER_CHARS && !this.#failing) this.#flush();
    else this.#cancelTimer ??= this.#clock.setTimer(() => this.#flush(), FLUSH_MS);
  }

  /** Writes the rest and closes the file. */
  [Symbol.dispose](): void {
    this.#flush();
    this.#cancelTimer?.();
    if (this.#failing) log.error("The last lines are not in {path}", { path: this.#path });
    this.#file[Symbol.dispose]();
  }

  /** A full disk costs lines of the transcript, never the bot. */
  #flush(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    try {
      this.#write();
      const data = encoder.encode(this.#buffer);
      if (data.length > 0) this.#file.makeRoom(data.length);
      this.#buffer = "";
      this.#unwritten = data;
      this.#write();
      if (this.#failing) {
        log.info("{path} can be written again; lines that were lost: {lost}", {
          path: this.#path,
          lost: this.#lost,
        });
      }
      this.#failing = false;
      this.#lost = 0;
    } catch (error) {
      this.#cancelTimer = this.#clock.setTimer(() => this.#flush(), RETRY_MS);
      if (this.#failing) return;
      this.#failing = true;
      log.error("Cannot write {path}: {error}; lines wait, up to 1 MB, and more are lost", {
        path: this.#path,
        error,
      });
    }
  }

  #write(): void {
    while (this.#unwritten.length > 0) {
      this.#unwritten = this.#unwritten.subarray(this.#file.write(this.#unwritten));
    }
  }
}

/**
 * A line of chat as it stands in the transcript, without its time.
 *
 * @param line Who said what.
 * @returns `<name> text`, `* name text` for `/me`, `[server] text` for the channel's own lines.
 */
export function chatText({ user, text, action }: ChatLine): string {
  if (user.startsWith("[")) return `${user} ${text}`;
  return action ? `* ${user} ${text}` : `<${user}> ${text}`;
}

/**
 * What is played as it stands in the transcript, without its time.
 *
 * @param media What is played.
 * @returns `title [type:id, seconds s]`.
 */
export function mediaText({ title, type, id, seconds }: Media): string {
  return `${title} [${type}:${id}, ${seconds} s]`;
}
