/**
 * A file that only grows, until it is rotated: `chat.log` becomes `chat.log.1`, that one `chat.log.2`,
 * and so on. Somebody else may rotate or remove it, too.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";

const log = getLogger(["rosey", "transcript"]);

/** When a file is rotated. */
export interface Rotation {
  /** It becomes no larger than this many bytes; 0: it is never rotated. */
  readonly maxBytes: number;
  /** Older files that are kept, at least 1. */
  readonly keep: number;
}

/** A file that is appended to. */
export class LogFile implements Disposable {
  readonly #path: string;
  readonly #rotation: Rotation;
  #file: Deno.FsFile;
  #info: Deno.FileInfo;
  #failing = false;

  /**
   * Opens the file, or makes it.
   *
   * @param path Where it is.
   * @throws {Error} When it cannot be opened for writing.
   */
  constructor(path: string, rotation: Rotation) {
    this.#path = path;
    this.#rotation = rotation;
    this.#file = Deno.openSync(path, { append: true, create: true });
    this.#info = this.#file.statSync();
  }

  /**
   * Sees to it that the file is the one at its place, and that what comes next fits in. To be called
   * between lines. Where that cannot be done it goes on in the same file, and is said once.
   *
   * @param bytes How many come next.
   */
  makeRoom(bytes: number): void {
    // A device or a pipe stays what it is.
    if (!this.#info.isFile) return;
    try {
      const found = statIfThere(this.#path);
      if (!found || isOther(found, this.#info)) {
        this.#reopen();
        log.info("{path} was moved or removed: a new one is begun", { path: this.#path });
      } else if (this.#isFull(found.size, bytes)) {
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

  /**
   * Writes as much as the system takes at once.
   *
   * @param data At least one byte.
   * @returns How many bytes were written.
   * @throws {Error} When none could be.
   */
  write(data: Uint8Array): number {
    return this.#file.writeSync(data);
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    this.#file.close();
  }

  #isFull(size: number, bytes: number): boolean {
    const { maxBytes } = this.#rotation;
    return maxBytes > 0 && size > 0 && size + bytes > maxBytes;
  }

  /** The former file stays open until there is another one. */
  #reopen(): void {
    // The new one is for the same eyes.
    const mode = this.#info.mode === null ? undefined : this.#info.mode & 0o777;
    const file = Deno.openSync(this.#path, { append: true, create: true, mode });
    this.#file.close();
    this.#file = file;
    this.#info = file.statSync();
  }

  #rotate(): void {
    // A link is left where it is.
    const path = Deno.realPathSync(this.#path);
    const { keep } = this.#rotation;
    const older = (age: number) => `${path}.${age}`;
    // As far as the first gap: a rotation that failed on its way is taken up, not begun again.
    let gap = 1;
    while (gap < keep && statIfThere(older(gap))) gap++;
    for (let age = gap; age > 1; age--) Deno.renameSync(older(age - 1), older(age));
    Deno.renameSync(path, older(1));
    for (let age = keep + 1; statIfThere(older(age)); age++) Deno.removeSync(older(age));
  }
}

function statIfThere(path: string): Deno.FileInfo | null {
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/** Where files have no numbers, one at the same place counts as the same. */
function isOther(a: Deno.FileInfo, b: Deno.FileInfo): boolean {
  return a.ino !== null && b.ino !== null && (a.ino !== b.ino || a.dev !== b.dev);
}
