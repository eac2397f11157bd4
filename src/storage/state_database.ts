/**
 * The SQLite file of the memory on disk: opened, checked and written.
 *
 * Source: https://sqlite.org/pragma.html, https://sqlite.org/wal.html.
 *
 * @module
 */
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { errorMessage } from "../errors.ts";
import {
  APPLICATION_ID,
  checkHeader,
  checkOwner,
  MAX_PAGES,
  PAGE_BYTES,
  UnfitFileError,
  VERSION,
} from "../state_header.ts";

/** Whoever has the file may be about to end. */
const LOCK_WAIT_MS = 1000;

/** `id` grows with each change: it is the order of changes. */
const TABLES = `
  BEGIN;
  CREATE TABLE entry (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    UNIQUE (kind, name)
  ) STRICT;
  CREATE INDEX entry_of_kind ON entry (kind);
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${VERSION};
  COMMIT;
`;

const SQL = {
  // A replaced row gets the highest id.
  put: "REPLACE INTO entry (kind, name, value) VALUES (?, ?, ?)",
  remove: "DELETE FROM entry WHERE kind = ? AND name = ?",
  clear: "DELETE FROM entry WHERE kind = ?",
  trim: `DELETE FROM entry WHERE kind = ? AND id <=
    (SELECT id FROM entry WHERE kind = ? ORDER BY id DESC LIMIT 1 OFFSET ?)`,
  entries: "SELECT name, value FROM entry WHERE kind = ? ORDER BY id",
};
/** Fails where the tables are others. */
const FIRST_ENTRY = "SELECT id, kind, name, value FROM entry LIMIT 1";

/** SQLite reports the bot's own file as damaged: another one can take its place. */
export class CorruptFileError extends Error {
  /** Tells it from other errors in logs. */
  override readonly name = "CorruptFileError";
  /** Where the file is, behind all links. */
  readonly path: string;
  /** As {@linkcode identity} gives it. */
  readonly identity: string;

  /**
   * Makes the error of one file.
   *
   * @param file Which.
   * @param cause What SQLite reported.
   */
  constructor(file: { readonly path: string; readonly identity: string }, cause: unknown) {
    super("it is damaged", { cause });
    this.path = file.path;
    this.identity = file.identity;
  }
}

/** The changes of one kind. */
export interface Changes {
  /** All that is in the file goes first. */
  readonly cleared: boolean;
  /** Names, with a value or `null` for what goes; the last change last. */
  readonly entries: ReadonlyMap<string, string | null>;
}

/** An open file. No other process can open it until it is closed. */
export class StateDatabase {
  /** Where the file is, behind all links: SQLite follows them, too, and its journal lies there. */
  readonly path: string;
  readonly #database: DatabaseSync;
  readonly #identity: string;
  readonly #maxEntries: number;
  readonly #statements: Record<keyof typeof SQL, StatementSync>;

  /**
   * Opens the file, or makes it, and checks it from end to end.
   *
   * @param path Where it is.
   * @param maxEntries Of each kind the entries that were changed last are kept.
   * @throws {UnfitFileError} When it is not the bot's, or another process has it open.
   * @throws {CorruptFileError} When it is damaged.
   * @throws {Error} When there can be no file.
   */
  constructor(path: string, maxEntries: number) {
    makePrivate(path);
    this.path = Deno.realPathSync(path);
    this.#maxEntries = maxEntries;
    checkHeader(this.path);
    this.#identity = identity(this.path);
    this.#database = new DatabaseSync(this.path);
    try {
      prepare(this.#database);
      allowOwnerOnly(this.path);
      this.#statements = this.#prepare();
      const kinds = this.#database.prepare("SELECT DISTINCT kind FROM entry").all();
      for (const { kind } of kinds) this.#statements.trim.run(kind!, kind!, maxEntries);
    } catch (error) {
      this.#database.close();
      throw classified(error, { path: this.path, identity: this.#identity });
    }
  }

  /**
   * What is in the file.
   *
   * @param kind Of this kind.
   * @returns Names and values, the longest unchanged first.
   * @throws {Error} When it cannot be read.
   */
  entries(kind: string): { name: string; value: string }[] {
    return this.#statements.entries.all(kind)
      .map(({ name, value }) => ({ name: String(name), value: String(value) }));
  }

  /**
   * Writes all changes, or none.
   *
   * @param changes By kind.
   * @throws {Error} When they cannot be written.
   */
  write(changes: ReadonlyMap<string, Changes>): void {
    const { put, remove, clear, trim } = this.#statements;
    let forgets = false;
    this.#database.exec("BEGIN");
    try {
      for (const [kind, { cleared, entries }] of changes) {
        if (cleared) clear.run(kind);
        for (const [name, value] of entries) {
          if (value === null) remove.run(kind, name);
          else put.run(kind, name, value);
          forgets ||= value === null;
        }
        trim.run(kind, kind, this.#maxEntries);
        forgets ||= cleared;
      }
      this.#database.exec("COMMIT");
    } catch (error) {
      this.#rollBack();
      throw error;
    }
    // The journal still has what was forgotten.
    if (forgets) this.#database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  }

  /**
   * Whether the file is still where it was opened: it could be written after its removal, too.
   *
   * @returns What is at its place.
   * @throws {Error} When that cannot be told.
   */
  whereabouts(): "there" | "removed" | "replaced" {
    try {
      return identity(this.path) === this.#identity ? "there" : "replaced";
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return "removed";
      throw error;
    }
  }

  /** Closes the file. */
  close(): void {
    this.#database.close();
  }

  #prepare(): Record<keyof typeof SQL, StatementSync> {
    const prepared = (name: keyof typeof SQL) => this.#database.prepare(SQL[name]);
    return {
      put: prepared("put"),
      remove: prepared("remove"),
      clear: prepared("clear"),
      trim: prepared("trim"),
      entries: prepared("entries"),
    };
  }

  /** After some failures SQLite has done it already. */
  #rollBack(): void {
    try {
      this.#database.exec("ROLLBACK");
    } catch {
      // There is no transaction any more.
    }
  }
}

/** Tells a file from another one at the same place. */
export function identity(path: string): string {
  const { dev, ino } = Deno.statSync(path);
  return `${dev}:${ino}`;
}

function prepare(database: DatabaseSync): void {
  // Before the journal: so there is no file of shared memory, and the lock stays.
  database.exec(`
    PRAGMA busy_timeout = ${LOCK_WAIT_MS};
    PRAGMA locking_mode = EXCLUSIVE;
    PRAGMA page_size = ${PAGE_BYTES};
    BEGIN EXCLUSIVE;
    COMMIT;
    SELECT 1 FROM sqlite_schema;
  `);
  const application = pragma(database, "application_id");
  const version = pragma(database, "user_version");
  const isNew = application === 0 && version === 0 &&
    database.prepare("SELECT 1 FROM sqlite_schema").get() === undefined;
  if (!isNew) {
    checkOwner(application, version);
    database.exec(FIRST_ENTRY);
  }
  // What is forgotten is to be gone from the file, too.
  database.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    PRAGMA secure_delete = ON;
    PRAGMA max_page_count = ${MAX_PAGES};
  `);
  if (isNew) database.exec(TABLES);
  const found = pragma(database, "quick_check");
  if (found !== "ok") throw new Error(`malformed: ${found}`);
}

function pragma(database: DatabaseSync, name: string): unknown {
  return database.prepare(`PRAGMA ${name}`).get()?.[name];
}

/** By SQLite's own words: not every version of the runtime tells the code. */
function classified(error: unknown, file: { path: string; identity: string }): unknown {
  const message = errorMessage(error);
  const options = { cause: error };
  if (message.includes("malformed")) return new CorruptFileError(file, error);
  if (message.includes("file is not a database")) {
    return new UnfitFileError("it is not a database", options);
  }
  if (/no such (?:table|column)/.test(message)) {
    return new UnfitFileError("its tables are not the bot's", options);
  }
  if (!message.includes("database is locked")) return error;
  return new UnfitFileError("another process has it open", {
    ...options,
    advice: "give each bot a state_file of its own, or end that process",
  });
}

/** What people said is for the owner's eyes, from the first byte on. */
function makePrivate(path: string): void {
  try {
    Deno.openSync(path, { write: true, createNew: true, mode: 0o600 }).close();
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  }
}

function allowOwnerOnly(path: string): void {
  if (Deno.build.os === "windows") return;
  Deno.chmodSync(path, 0o600);
  Deno.chmodSync(`${path}-wal`, 0o600);
}
