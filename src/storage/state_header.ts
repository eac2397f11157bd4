/**
 * Checks the header of a state file without SQLite, which replays or deletes the journal of any database
 * that it opens. Source: https://sqlite.org/fileformat.html.
 */
import { statSync } from "node:fs";

/** "Rosy" in ASCII. */
export const APPLICATION_ID = 0x526f7379;
/** Version of the tables. */
export const VERSION = 1;
export const PAGE_BYTES = 4096;
/** 128 MB, many times what the bot stores. */
export const MAX_PAGES = 32_768;
/** Endings of the files that SQLite puts beside a database. */
export const COMPANIONS = ["-wal", "-shm", "-journal"];

/** The header, and the number of tables on the first page. */
const HEADER_BYTES = 105;
const FRAME_BYTES = 24;

/** The file belongs to another program, version or process: it must stay untouched. */
export class UnfitFileError extends Error {
  override readonly name = "UnfitFileError";

  /** @param advice What the operator can do. */
  constructor(
    found: string,
    readonly advice = "set state_file to another path, or move the file away",
  ) {
    super(found);
  }
}

/**
 * Checks a file and changes nothing. A new or empty file is valid.
 *
 * @throws {UnfitFileError} When the file is not the bot's.
 * @throws {Error} When it is not a file or cannot be read.
 */
export function checkHeader(path: string): void {
  const { isFile, size } = Deno.statSync(path);
  // Opening a pipe would block.
  if (!isFile) throw new Error("it is not a file");
  if (size === 0) return;
  if (size > MAX_PAGES * PAGE_BYTES) {
    throw new UnfitFileError(`it is larger than the bot ever makes it (${size} bytes)`);
  }
  using file = Deno.openSync(path);
  const header = read(file, 0, HEADER_BYTES);
  if (!new TextDecoder("latin1").decode(header).startsWith("SQLite format 3\0")) {
    throw new UnfitFileError("it is not a database");
  }
  // SQLite would overwrite a file that is shorter than one page.
  if (size < PAGE_BYTES) {
    throw new UnfitFileError(`it is shorter than the bot ever makes it (${size} bytes)`);
  }
  const newest = headerInJournal(`${path}-wal`) ?? header;
  const application = newest.getUint32(68);
  const version = newest.getUint32(60);
  const tables = newest.getUint16(103);
  if (application === 0 && version === 0 && tables === 0) return;
  if (application !== APPLICATION_ID) throw new UnfitFileError("it is another program's database");
  if (version !== VERSION) {
    throw new UnfitFileError(
      `it has version ${version}, and this program knows ${VERSION}`,
      "use the version of the bot that made it, or set state_file to another path",
    );
  }
}

/** The newest first page of a database that was not closed is in its journal. */
function headerInJournal(path: string): DataView | undefined {
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return undefined;
  using file = Deno.openSync(path);
  const journal = read(file, 0, 32);
  const pageBytes = journal.getUint32(8);
  let newest: DataView | undefined;
  for (let at = 32;; at += FRAME_BYTES + pageBytes) {
    const frame = read(file, at, FRAME_BYTES);
    const page = frame.getUint32(0);
    // Frames of earlier rounds have other salts; past the end of the file there are zeros.
    const isCurrent = frame.getBigUint64(8) === journal.getBigUint64(16);
    if (page === 0 || !isCurrent) return newest;
    if (page === 1) newest = read(file, at + FRAME_BYTES, HEADER_BYTES);
  }
}

/** Bytes past the end of the file are zero. */
function read(file: Deno.FsFile, at: number, bytes: number): DataView {
  const buffer = new Uint8Array(bytes);
  file.seekSync(at, Deno.SeekMode.Start);
  file.readSync(buffer);
  return new DataView(buffer.buffer);
}
