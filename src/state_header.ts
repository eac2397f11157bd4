/**
 * Whether a file can be the bot's memory, judged by its header. SQLite is not asked: it replays or
 * deletes the journal of what it opens, which may be another program's.
 *
 * Source: https://sqlite.org/fileformat.html.
 *
 * @module
 */

/** "Rosy" in ASCII: tells the bot's files from other programs'. */
export const APPLICATION_ID = 0x526f7379;
/** Of the tables. */
export const VERSION = 1;
/** Of each page. */
export const PAGE_BYTES = 4096;
/** 128 MB: many times what all that the bot remembers takes. */
export const MAX_PAGES = 32_768;

/** The header, and behind it the number of tables, as far as they are on the first page. */
const HEADER_BYTES = 105;
const MAGIC = "SQLite format 3\u0000";

/** A file that is not the bot's, or not the bot's alone. It must stay as it is. */
export class UnfitFileError extends Error {
  /** Tells it from other errors in logs. */
  override readonly name = "UnfitFileError";
  /** What the operator can do. */
  readonly advice: string;

  /**
   * Makes the error of one file.
   *
   * @param found What the file is.
   */
  constructor(found: string, options: ErrorOptions & { readonly advice?: string } = {}) {
    super(found, options);
    this.advice = options.advice ?? "set state_file to another path, or move the file away";
  }
}

/**
 * Looks at a file without changing it or anything beside it.
 *
 * @throws {UnfitFileError} When it must stay as it is.
 * @throws {Error} When it is not a file or cannot be read.
 */
export function checkHeader(path: string): void {
  const { isFile, size } = Deno.statSync(path);
  // To open a pipe would wait for its other end.
  if (!isFile) throw new Error("it is not a file");
  if (size === 0) return;
  if (size > MAX_PAGES * PAGE_BYTES) {
    throw new UnfitFileError(`it is larger than the bot ever makes it (${size} bytes)`);
  }
  using file = Deno.openSync(path);
  let header = read(file, 0, HEADER_BYTES);
  const magic = new TextDecoder("latin1").decode(header.buffer.slice(0, MAGIC.length));
  if (magic !== MAGIC) throw new UnfitFileError("it is not a database");
  // SQLite takes a part of a page for a new file, and overwrites it.
  if (size < PAGE_BYTES) {
    throw new UnfitFileError(`it is shorter than the bot ever makes it (${size} bytes)`);
  }
  header = headerInJournal(`${path}-wal`) ?? header;
  const application = header.getUint32(68);
  const version = header.getUint32(60);
  const isEmpty = application === 0 && version === 0 && header.getUint16(103) === 0;
  if (!isEmpty) checkOwner(application, version);
}

/**
 * Whether a database is the bot's.
 *
 * @throws {UnfitFileError} When it is not.
 */
export function checkOwner(application: unknown, version: unknown): void {
  if (application !== APPLICATION_ID) {
    throw new UnfitFileError("it is another program's database");
  }
  if (version !== VERSION) {
    throw new UnfitFileError(`it has version ${version}, and this program knows ${VERSION}`, {
      advice: "use the version of the bot that made it, or set state_file to another path",
    });
  }
}

/** A database that was not closed has its newest pages in the journal. */
function headerInJournal(path: string): DataView<ArrayBuffer> | undefined {
  try {
    if (!Deno.statSync(path).isFile) return undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  using file = Deno.openSync(path);
  const journal = read(file, 0, 32);
  const pageBytes = journal.getUint32(8);
  let newest: DataView<ArrayBuffer> | undefined;
  for (let at = 32;; at += 24 + pageBytes) {
    const frame = read(file, at, 24);
    // Frames of former rounds have other salts; past the end there are zeros.
    const isCurrent = [0, 4].every((salt) =>
      frame.getUint32(8 + salt) === journal.getUint32(16 + salt)
    );
    const page = frame.getUint32(0);
    if (page === 0 || !isCurrent) return newest;
    if (page === 1) newest = read(file, at + 24, HEADER_BYTES);
  }
}

/** What is past the end of the file is zero. */
function read(file: Deno.FsFile, at: number, bytes: number): DataView<ArrayBuffer> {
  const buffer = new Uint8Array(bytes);
  file.seekSync(at, Deno.SeekMode.Start);
  file.readSync(buffer);
  return new DataView(buffer.buffer);
}
