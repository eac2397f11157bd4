/** The SQLite file of the bot's memory. Source: https://sqlite.org/pragma.html, https://sqlite.org/wal.html. */
import { getLogger } from "@logtape/logtape";
import { existsSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { errorMessage } from "../errors.ts";
import * as header from "./state_header.ts";

const log = getLogger(["rosey", "state"]);

/** Of each kind, in the file and among the changes that are not written yet. */
export const MAX_ENTRIES = 5000;
/** Damaged files that are kept beside the current one. */
const MAX_ASIDE = 5;
/** Another process may be about to end. */
const LOCK_WAIT_MS = 1000;

const KINDS = ["history", "optout", "ignore", "cooldown", "pause"] as const;

/** What an entry is about. */
export type StateKind = typeof KINDS[number];

/** Unwritten changes of one kind, names and values as JSON. */
export interface Changes {
  /** All entries in the file are deleted first. */
  readonly cleared: boolean;
  /** In the order of the changes; `null` removes an entry. */
  readonly entries: Map<string, string | null>;
}

/** Ids grow with each change: a replaced row gets the highest. */
const CREATE = `
  BEGIN;
  CREATE TABLE entry (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    UNIQUE (kind, name)
  ) STRICT;
  CREATE INDEX entry_of_kind ON entry (kind);
  PRAGMA application_id = ${header.APPLICATION_ID};
  PRAGMA user_version = ${header.VERSION};
  COMMIT;
`;
const TRIM = `DELETE FROM entry WHERE kind = ? AND id <=
  (SELECT id FROM entry WHERE kind = ? ORDER BY id DESC LIMIT 1 OFFSET ${MAX_ENTRIES})`;

/**
 * Opens or creates the file, checks it from end to end and locks out other processes.
 *
 * @throws {header.UnfitFileError} When the file must stay untouched.
 */
export function openDatabase(path: string): DatabaseSync {
  createPrivate(path);
  header.checkHeader(path);
  const database = new DatabaseSync(path);
  try {
    // With the lock before the journal mode, SQLite needs no file of shared memory.
    database.exec(`
      PRAGMA busy_timeout = ${LOCK_WAIT_MS};
      PRAGMA locking_mode = EXCLUSIVE;
      PRAGMA page_size = ${header.PAGE_BYTES};
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
      PRAGMA max_page_count = ${header.MAX_PAGES};
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
      throw new header.UnfitFileError("its tables are not the bot's");
    }
    if (message.includes("file is not a database")) {
      throw new header.UnfitFileError("it is not a database");
    }
    if (!message.includes("database is locked")) throw error;
    throw new header.UnfitFileError(
      "another process has it open",
      "give each bot a state_file of its own, or end that process",
    );
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
  const info = statSync(path, { throwIfNoEntry: false });
  return info && `${info.dev}:${info.ino}`;
}

/** Writes all changes, or none. */
export function writeChanges(
  database: DatabaseSync,
  changes: ReadonlyMap<StateKind, Changes>,
): void {
  const put = database.prepare("REPLACE INTO entry (kind, name, value) VALUES (?, ?, ?)");
  const remove = database.prepare("DELETE FROM entry WHERE kind = ? AND name = ?");
  let forgets = false;
  database.exec("BEGIN");
  try {
    for (const [kind, { cleared, entries }] of changes) {
      if (cleared) database.prepare("DELETE FROM entry WHERE kind = ?").run(kind);
      for (const [name, value] of entries) {
        if (value === null) remove.run(kind, name);
        else put.run(kind, name, value);
        forgets ||= value === null;
      }
      database.prepare(TRIM).run(kind, kind);
      forgets ||= cleared;
    }
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
  if (forgets) database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
}

/** Only the owner may read the file, from its first byte on. */
export function createPrivate(path: string): void {
  if (!existsSync(path)) {
    Deno.openSync(path, { write: true, create: true, mode: 0o600 }).close();
  }
}

/** Renames a damaged file and its companions, and deletes the oldest of those renamed earlier. */
function moveAside(path: string, found: string | undefined): void {
  using damaged = Deno.openSync(path);
  // Another process that found the same damage may be replacing the file.
  damaged.lockSync(true);
  if (identity(path) !== found) return;
  const aside = `${path}.aside-${new Date().toISOString().replace(/[-:]/g, "")}`;
  // The file goes last: until then no other process creates a new journal at this path.
  for (const end of [...header.COMPANIONS, ""]) {
    if (existsSync(path + end)) Deno.renameSync(path + end, aside + end);
  }
  log.warning(
    "Cannot use {path} as memory: it is damaged; it is now {aside}, and the bot starts with an empty memory",
    { path, aside },
  );
  const folder = dirname(path);
  const earlier = Array.from(Deno.readDirSync(folder), ({ name }) => name)
    .filter((name) => name.startsWith(`${basename(path)}.aside-`) && /-[\dT.]+Z$/.test(name))
    .sort();
  for (const name of earlier.slice(0, -MAX_ASIDE)) {
    for (const end of ["", ...header.COMPANIONS]) rmSync(join(folder, name + end), { force: true });
  }
}
