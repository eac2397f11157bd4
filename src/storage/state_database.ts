/** The SQLite file of the bot's memory. Source: https://sqlite.org/pragma.html, https://sqlite.org/fileformat.html. */
import { getLogger } from "@logtape/logtape";
import { basename, dirname, join } from "@std/path";
import { DatabaseSync } from "node:sqlite";
import { errorMessage } from "../errors.ts";
import { fileInfo } from "./file_info.ts";

const log = getLogger(["rosey", "state"]);

/** Endings of the files that SQLite puts beside a database. */
export const COMPANIONS = ["-wal", "-shm", "-journal"];

/** "Rosy" in ASCII. */
const APPLICATION_ID = 0x526f7379;
/** Version of the tables. */
const VERSION = 1;
const PAGE_BYTES = 4096;
/** 128 MB, many times what the bot stores. */
const MAX_PAGES = 32_768;
/** The header, and the number of tables on the first page. */
const HEADER_BYTES = 105;
/** Damaged files that are kept beside the current one. */
const MAX_ASIDE = 5;

const KINDS = ["history", "optout", "ignore", "cooldown", "pause"] as const;

/** What an entry is about. */
export type StateKind = typeof KINDS[number];

/** Name and value are JSON. Without a value, the entry is removed; without a name, all of the kind. */
export interface Change {
  readonly kind: StateKind;
  readonly name?: string;
  readonly value?: string;
}

/** Ids grow with each change: a replaced row gets the highest. */
const CREATE = `
  BEGIN;
  CREATE TABLE entry (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL,
    value TEXT NOT NULL, UNIQUE (kind, name)) STRICT;
  CREATE INDEX entry_of_kind ON entry (kind);
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${VERSION};
  COMMIT;
`;
/** Keeps the last 5000 entries of a kind. */
const TRIM = `DELETE FROM entry WHERE kind = ? AND id <=
  (SELECT id FROM entry WHERE kind = ? ORDER BY id DESC LIMIT 1 OFFSET 5000)`;

const OTHER_PATH = "set state_file to another path, or move the file away";

/** The file belongs to another program, version or process: it must stay untouched. */
export class UnfitFileError extends Error {
  override readonly name = "UnfitFileError";

  constructor(found: string, readonly advice: string = OTHER_PATH) {
    super(found);
  }
}

/**
 * Opens or creates the file, checks it from end to end and locks out other processes.
 *
 * @throws {UnfitFileError} When the file must stay untouched.
 */
export function openDatabase(path: string): DatabaseSync {
  createPrivate(path);
  checkHeader(path);
  const database = new DatabaseSync(path);
  try {
    // Another process may be about to end. With the lock before the journal mode, SQLite needs no file
    // of shared memory.
    database.exec(`
      PRAGMA busy_timeout = 1000;
      PRAGMA locking_mode = EXCLUSIVE;
      PRAGMA page_size = ${PAGE_BYTES};
      BEGIN EXCLUSIVE;
      COMMIT;
    `);
    const isNew = database.prepare("PRAGMA application_id").get()?.application_id === 0;
    // Fails for other tables.
    if (!isNew) database.exec("SELECT id, kind, name, value FROM entry LIMIT 1");
    // Forgotten data is overwritten.
    database.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = NORMAL;
      PRAGMA secure_delete = ON;
      PRAGMA max_page_count = ${MAX_PAGES};
      ${isNew ? CREATE : ""}
    `);
    const check = database.prepare("PRAGMA quick_check").get()?.quick_check;
    if (check !== "ok") throw new Error(`malformed: ${check}`);
    if (Deno.build.os !== "windows") {
      for (const end of ["", "-wal"]) Deno.chmodSync(path + end, 0o600);
    }
    for (const kind of KINDS) database.prepare(TRIM).run(kind, kind);
    return database;
  } catch (error) {
    database.close();
    const message = errorMessage(error);
    if (/no such (?:table|column)/.test(message)) {
      throw new UnfitFileError("its tables are not the bot's");
    }
    if (/file is not a database/.test(message)) throw new UnfitFileError("it is not a database");
    if (!/database is locked/.test(message)) throw error;
    const advice = "give each bot a state_file of its own, or end that process";
    throw new UnfitFileError("another process has it open", advice);
  }
}

/** Like {@linkcode openDatabase}, but replaces a damaged file. */
export function openOrReplace(path: string): DatabaseSync {
  const found = identity(path);
  try {
    return openDatabase(path);
  } catch (error) {
    if (!errorMessage(error).includes("malformed")) throw error;
    moveAside(path, found);
    return openDatabase(path);
  }
}

/** Distinguishes a file from another one at the same path. */
export function identity(path: string): string | undefined {
  try {
    const { dev, ino } = Deno.statSync(path);
    return `${dev}:${ino}`;
  } catch (error) {
    // One that cannot be looked at may still be there.
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Writes all changes, or none. */
export function writeChanges(database: DatabaseSync, changes: readonly Change[]): void {
  const put = database.prepare("REPLACE INTO entry (kind, name, value) VALUES (?, ?, ?)");
  const remove = database.prepare("DELETE FROM entry WHERE kind = ? AND name = ?");
  const clear = database.prepare("DELETE FROM entry WHERE kind = ?");
  database.exec("BEGIN");
  try {
    for (const { kind, name, value } of changes) {
      if (name === undefined) clear.run(kind);
      else if (value === undefined) remove.run(kind, name);
      else put.run(kind, name, value);
    }
    for (const kind of KINDS) database.prepare(TRIM).run(kind, kind);
    database.exec("COMMIT");
  } catch (error) {
    try {
      database.exec("ROLLBACK");
    } catch {
      // After some failures SQLite has rolled back itself.
    }
    throw error;
  }
  // The journal still holds what was forgotten.
  if (changes.some(({ value }) => value === undefined)) {
    database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  }
}

/** Only the owner may read the file, from its first byte on. */
export function createPrivate(path: string): void {
  if (!fileInfo(path)) Deno.openSync(path, { write: true, create: true, mode: 0o600 }).close();
}

/** Renames a damaged file and its companions, and deletes the oldest of those renamed earlier. */
function moveAside(path: string, found: string | undefined): void {
  using damaged = Deno.openSync(path);
  // Another process that found the same damage may be replacing the file.
  damaged.lockSync(true);
  if (identity(path) !== found) return;
  const aside = `${path}.aside-${new Date().toISOString().replace(/[-:]/g, "")}`;
  // The file goes last: until then no other process creates a new journal at this path.
  for (const end of [...COMPANIONS, ""]) {
    if (fileInfo(path + end)) Deno.renameSync(path + end, aside + end);
  }
  log.warning(
    "Cannot use {path} as memory: it is damaged; it is now {aside}, and the bot starts with an empty memory",
    { path, aside },
  );
  const earlier = Array.from(Deno.readDirSync(dirname(path)), ({ name }) => name)
    .filter((name) => name.startsWith(`${basename(path)}.aside-`) && /-[\dT.]+Z$/.test(name))
    .sort();
  for (const name of earlier.slice(0, -MAX_ASIDE)) {
    for (const end of ["", ...COMPANIONS]) {
      const old = join(dirname(path), name + end);
      if (fileInfo(old)) Deno.removeSync(old);
    }
  }
}

/**
 * Checks a file and changes nothing. A new or empty file is valid. SQLite would replay or delete the
 * journal of any database that it opens.
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
  // The newest header of a database that was not closed is in its journal.
  const newest = headerInJournal(`${path}-wal`) ?? header;
  const application = newest.getUint32(68);
  const version = newest.getUint32(60);
  const tables = newest.getUint16(103);
  if (application === 0 && version === 0 && tables === 0) return;
  if (application !== APPLICATION_ID) throw new UnfitFileError("it is another program's database");
  if (version !== VERSION) {
    const advice = "use the version of the bot that made it, or set state_file to another path";
    const found = `it has version ${version}, and this program knows ${VERSION}`;
    throw new UnfitFileError(found, advice);
  }
}

function headerInJournal(path: string): DataView | undefined {
  if (!fileInfo(path)?.isFile) return undefined;
  using file = Deno.openSync(path);
  const journal = read(file, 0, 32);
  let newest: DataView | undefined;
  for (let at = 32;; at += 24 + journal.getUint32(8)) {
    const frame = read(file, at, 24 + HEADER_BYTES);
    const page = frame.getUint32(0);
    // Frames of earlier rounds have other salts.
    if (page === 0 || frame.getBigUint64(8) !== journal.getBigUint64(16)) return newest;
    if (page === 1) newest = new DataView(frame.buffer, 24);
  }
}

/** Bytes past the end of the file are zero. */
function read(file: Deno.FsFile, at: number, bytes: number): DataView {
  const buffer = new Uint8Array(bytes);
  file.seekSync(at, Deno.SeekMode.Start);
  file.readSync(buffer);
  return new DataView(buffer.buffer);
}
