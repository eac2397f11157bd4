import { getLogger } from "@logtape/logtape";
import { type Clock, systemClock } from "../clock.ts";
import type { ChatLine, Media } from "../cytube/events.ts";
import { oneLine } from "../one_line.ts";
import { fileInfo } from "./file_info.ts";

const log = getLogger(["rosey", "transcript"]);

/** A buffer of this size is written at once. */
const BUFFER_CHARS = 32_768;
const FLUSH_DELAY_MS = 1000;
const RETRY_DELAY_MS = 10_000;
/** Further lines are lost while the file cannot be written. */
const MAX_WAITING_CHARS = 1_048_576;

/** A log has people's words: its owner alone may read it, unless its permissions are changed. */
const NEW_FILE_MODE = 0o600;

interface TranscriptOptions {
  /** The file is rotated before it exceeds this size; 0, the default: never. */
  readonly maxBytes?: number;
  /** Rotated files to keep, at least 1; default 5. */
  readonly keep?: number;
  readonly clock?: Clock;
}

/**
 * Writes chat or played media to a file: one line each, with the time in front. The file is rotated
 * (`chat.log` becomes `chat.log.1`, that one `chat.log.2`, and so on), and reopened after another
 * program moved or removed it.
 */
export class Transcript implements Disposable {
  readonly #path: string;
  readonly #maxBytes: number;
  readonly #keep: number;
  readonly #clock: Clock;
  #file: Deno.FsFile;
  #info: Deno.FileInfo;
  #buffer = "";
  /** May begin in the middle of a line, which must end in the same file. */
  #unwritten: Uint8Array = new Uint8Array();
  #cancelTimer: (() => void) | null = null;
  #failing = false;
  #lost = 0;
  #rotationFailing = false;

  /** @throws {Error} When the file cannot be opened for writing. */
  constructor(path: string, options: TranscriptOptions = {}) {
    this.#path = path;
    this.#clock = options.clock ?? systemClock;
    this.#maxBytes = options.maxBytes ?? 0;
    this.#keep = options.keep ?? 5;
    this.#file = Deno.openSync(path, { append: true, create: true, mode: NEW_FILE_MODE });
    this.#info = this.#file.statSync();
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
    this.#file.close();
  }

  /** A full disk loses lines, but never ends the bot. */
  #flush(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    const path = this.#path;
    try {
      this.#write();
      const data = new TextEncoder().encode(this.#buffer);
      if (data.length > 0) this.#makeRoom(data.length);
      this.#buffer = "";
      this.#unwritten = data;
      this.#write();
      if (this.#failing) {
        const lost = this.#lost;
        log.info("{path} can be written again; lines that were lost: {lost}", { path, lost });
      }
      this.#failing = false;
      this.#lost = 0;
    } catch (error) {
      this.#cancelTimer = this.#clock.setTimer(() => this.#flush(), RETRY_DELAY_MS);
      if (this.#failing) return;
      this.#failing = true;
      const text = "Cannot write {path}: {error}; lines wait, up to 1 MB, and more are lost";
      log.error(text, { path, error });
    }
  }

  #write(): void {
    while (this.#unwritten.length > 0) {
      this.#unwritten = this.#unwritten.subarray(this.#file.writeSync(this.#unwritten));
    }
  }

  /** Rotates or reopens the file if needed. Keeps it, and logs the error once, when that fails. */
  #makeRoom(bytes: number): void {
    // Devices and pipes are not rotated.
    if (!this.#info.isFile) return;
    const path = this.#path;
    try {
      const found = fileInfo(path);
      if (!found || isOther(found, this.#info)) {
        this.#reopen();
        log.info("{path} was moved or removed: a new one is begun", { path });
      } else if (this.#maxBytes > 0 && found.size > 0 && found.size + bytes > this.#maxBytes) {
        this.#rotate();
        this.#reopen();
      }
      this.#rotationFailing = false;
    } catch (error) {
      if (this.#rotationFailing) return;
      this.#rotationFailing = true;
      log.error("Cannot begin a new {path}: {error}; it goes on in the same file", { path, error });
    }
  }

  #reopen(): void {
    // The new file gets the permissions of the old one.
    const mode = this.#info.mode === null ? undefined : this.#info.mode & 0o777;
    const file = Deno.openSync(this.#path, { append: true, create: true, mode });
    this.#file.close();
    this.#file = file;
    this.#info = file.statSync();
  }

  #rotate(): void {
    // A symbolic link stays in its place.
    const path = Deno.realPathSync(this.#path);
    const older = (age: number) => `${path}.${age}`;
    // Files behind the first gap stay: an earlier rotation failed there.
    let gap = 1;
    while (gap < this.#keep && fileInfo(older(gap))) gap++;
    for (let age = gap; age > 1; age--) Deno.renameSync(older(age - 1), older(age));
    Deno.renameSync(path, older(1));
    for (let age = this.#keep + 1; fileInfo(older(age)); age++) Deno.removeSync(older(age));
  }
}

/** Without inode numbers, files at the same path count as the same. */
function isOther(a: Deno.FileInfo, b: Deno.FileInfo): boolean {
  return a.ino !== null && b.ino !== null && (a.ino !== b.ino || a.dev !== b.dev);
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
