import { getLogger } from "@logtape/logtape";
import { existsSync } from "node:fs";

const log = getLogger(["rosey", "transcript"]);

export interface Rotation {
  /** The file is rotated before it exceeds this size; 0: never. */
  readonly maxBytes: number;
  /** Rotated files to keep, at least 1. */
  readonly keep: number;
}

/**
 * A file that is appended to. It is rotated (`chat.log` becomes `chat.log.1`, that one `chat.log.2`, and
 * so on), and reopened after another program moved or removed it.
 */
export class LogFile implements Disposable {
  readonly #path: string;
  readonly #rotation: Rotation;
  #file: Deno.FsFile;
  #info: Deno.FileInfo;
  #failing = false;

  /** @throws {Error} When the file cannot be opened for writing. */
  constructor(path: string, rotation: Rotation) {
    this.#path = path;
    this.#rotation = rotation;
    this.#file = Deno.openSync(path, { append: true, create: true });
    this.#info = this.#file.statSync();
  }

  /**
   * Rotates or reopens the file if needed, before a write of whole lines. Keeps the current file, and
   * logs the error once, when that fails.
   */
  makeRoom(bytes: number): void {
    // Devices and pipes are not rotated.
    if (!this.#info.isFile) return;
    try {
      const { maxBytes } = this.#rotation;
      const found = existsSync(this.#path) ? Deno.statSync(this.#path) : undefined;
      if (!found || isOther(found, this.#info)) {
        this.#reopen();
        log.info("{path} was moved or removed: a new one is begun", { path: this.#path });
      } else if (maxBytes > 0 && found.size > 0 && found.size + bytes > maxBytes) {
        this.#rotate();
        this.#reopen();
      }
      this.#failing = false;
    } catch (error) {
      if (this.#failing) return;
      this.#failing = true;
      log.error("Cannot begin a new {path}: {error}; it goes on in the same file", {
        path: this.#path,
        error,
      });
    }
  }

  /** Returns how many bytes the system took, at least one. */
  write(data: Uint8Array): number {
    return this.#file.writeSync(data);
  }

  [Symbol.dispose](): void {
    this.#file.close();
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
    const { keep } = this.#rotation;
    const older = (age: number) => `${path}.${age}`;
    // Files behind the first gap stay: an earlier rotation failed there.
    let gap = 1;
    while (gap < keep && existsSync(older(gap))) gap++;
    for (let age = gap; age > 1; age--) Deno.renameSync(older(age - 1), older(age));
    Deno.renameSync(path, older(1));
    for (let age = keep + 1; existsSync(older(age)); age++) Deno.removeSync(older(age));
  }
}

/** Without inode numbers, files at the same path count as the same. */
function isOther(a: Deno.FileInfo, b: Deno.FileInfo): boolean {
  return a.ino !== null && b.ino !== null && (a.ino !== b.ino || a.dev !== b.dev);
}
