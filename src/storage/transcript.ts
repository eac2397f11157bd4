import { getLogger } from "@logtape/logtape";
import { type Clock, systemClock } from "../clock.ts";
import type { ChatLine, Media } from "../cytube/events.ts";
import { oneLine } from "../one_line.ts";
import { LogFile, type Rotation } from "./log_file.ts";

const log = getLogger(["rosey", "transcript"]);

/** A buffer of this size is written at once. */
const BUFFER_CHARS = 32_768;
const FLUSH_DELAY_MS = 1000;
const RETRY_DELAY_MS = 10_000;
/** Further lines are lost while the file cannot be written. */
const MAX_WAITING_CHARS = 1_048_576;

const encoder = new TextEncoder();

/** Writes chat or played media to a rotated file: one line each, with the time in front. */
export class Transcript implements Disposable {
  readonly #path: string;
  readonly #file: LogFile;
  readonly #clock: Clock;
  #buffer = "";
  /** May begin in the middle of a line, which must end in the same file. */
  #unwritten: Uint8Array = new Uint8Array();
  #cancelTimer: (() => void) | null = null;
  #failing = false;
  #lost = 0;

  /** @throws {Error} When the file cannot be opened for writing. */
  constructor(path: string, options: Partial<Rotation> & { readonly clock?: Clock } = {}) {
    const { clock = systemClock, maxBytes = 0, keep = 5 } = options;
    this.#path = path;
    this.#clock = clock;
    this.#file = new LogFile(path, { maxBytes, keep });
  }

  /** Adds a line. Control characters become escapes. */
  add(text: string): void {
    if (this.#buffer.length >= MAX_WAITING_CHARS) {
      this.#lost++;
      return;
    }
    this.#buffer += `${new Date().toISOString()} ${oneLine(text)}\n`;
    if (this.#buffer.length >= BUFFER_CHARS && !this.#failing) this.#flush();
    else this.#cancelTimer ??= this.#clock.setTimer(() => this.#flush(), FLUSH_DELAY_MS);
  }

  [Symbol.dispose](): void {
    this.#flush();
    this.#cancelTimer?.();
    if (this.#failing) log.error("The last lines are not in {path}", { path: this.#path });
    this.#file[Symbol.dispose]();
  }

  /** A full disk loses lines, but never ends the bot. */
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
      this.#cancelTimer = this.#clock.setTimer(() => this.#flush(), RETRY_DELAY_MS);
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

/** `<name> text`, `* name text` for `/me`, `[server] text` for the channel's own lines. */
export function chatText({ user, text, action }: ChatLine): string {
  if (user.startsWith("[")) return `${user} ${text}`;
  return action ? `* ${user} ${text}` : `<${user}> ${text}`;
}

/** `title [type:id, seconds s]` */
export function mediaText({ title, type, id, seconds }: Media): string {
  return `${title} [${type}:${id}, ${seconds} s]`;
}
