/**
 * Memory on disk: what is to be known after the next start. Changes are gathered and written together,
 * so that no line of chat waits for a disk.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import { BoundedMap } from "../bounded_map.ts";
import { type Clock, systemClock } from "../clock.ts";
import { errorMessage } from "../errors.ts";
import { lockReplacement, moveAside } from "./state_aside.ts";
import { CorruptFileError, identity, StateDatabase } from "./state_database.ts";
import { UnfitFileError } from "../state_header.ts";

const log = getLogger(["rosey", "state"]);

/** A change is in the file after this time. */
const WRITE_MS = 1000;
/** What could not be written is tried again after this time. */
const RETRY_MS = 10_000;
/** Entries of one kind that are kept, in the file and among the changes that wait. */
const MAX_ENTRIES = 5000;

/** What an entry is about. */
export type StateKind = "history" | "optout" | "ignore" | "cooldown" | "pause";

/** The changes of one kind that wait, names and values as JSON. */
interface Pending {
  readonly cleared: boolean;
  readonly entries: Map<string, string | null>;
}

/** Options of {@linkcode StateFile.open}. */
export interface StateFileOptions {
  /** Default: the real time. */
  readonly clock?: Clock;
}

/** Names and values that survive a restart. */
export class StateFile implements Disposable {
  readonly #path: string;
  readonly #file: string;
  readonly #clock: Clock;
  readonly #pending = new Map<StateKind, Pending>();
  /** None: the file was removed, and no other could be made yet. */
  #database: StateDatabase | null;
  #cancelTimer: (() => void) | null = null;
  #failing = false;

  private constructor(path: string, clock: Clock) {
    this.#path = path;
    this.#clock = clock;
    this.#database = openOrReplace(path);
    this.#file = this.#database.path;
  }

  /**
   * Opens the file, or makes it. Only a file that SQLite reports as damaged is moved aside
   * (`PATH.aside-<UTC time>`) and replaced. One that another process has open, of another version or of
   * another program stays untouched. Nothing is thrown: what was found, and what it means, is a warning.
   *
   * @param path Where it is.
   * @returns The file; `undefined` when there can be none.
   */
  static open(path: string, options: StateFileOptions = {}): StateFile | undefined {
    const { clock = systemClock } = options;
    try {
      return new StateFile(path, clock);
    } catch (error) {
      if (error instanceof UnfitFileError) {
        log.warning(
          "Cannot use {path} as memory: {found}; it is left as it is, and the bot runs without memory; {advice}, and restart the bot",
          { path, found: error.message, advice: error.advice },
        );
      } else {
        log.warning(
          "Cannot keep a memory in {path}: {reason}; she runs without, and forgets with the next start",
          { path, reason: errorMessage(error) },
        );
      }
      return undefined;
    }
  }

  /**
   * All entries of one kind. One that cannot be read is left out, with a warning.
   *
   * @param kind What they are about.
   * @returns Names and values, the longest unchanged first.
   */
  entries(kind: StateKind): [name: string, value: unknown][] {
    this.#write();
    const entries: [string, unknown][] = [];
    let lost = 0;
    try {
      for (const { name, value } of this.#database?.entries(kind) ?? []) {
        try {
          entries.push([JSON.parse(name), JSON.parse(value)]);
        } catch {
          lost++;
        }
      }
    } catch (error) {
      const reason = errorMessage(error);
      log.warning("Cannot read every {kind} in {path}: {reason}", {
        kind,
        path: this.#path,
        reason,
      });
    }
    if (lost > 0) {
      log.warning("Cannot read {lost} of the entries of {kind} in {path}: they are left out", {
        lost,
        kind,
        path: this.#path,
      });
    }
    return entries;
  }

  /**
   * Remembers a value, instead of the former one of this name.
   *
   * @param kind What it is about.
   * @param name Is not changed: it is for the caller to put names into one case.
   * @param value As it is now; it comes back as JSON has it.
   * @throws {TypeError} When it cannot be JSON (a cycle, a BigInt).
   */
  put(kind: StateKind, name: string, value: unknown): void {
    this.#change(kind, name, JSON.stringify(value) ?? "null");
  }

  /**
   * Forgets a name.
   *
   * @param kind What it is about.
   * @param name As it was put.
   */
  remove(kind: StateKind, name: string): void {
    this.#change(kind, name, null);
  }

  /**
   * Forgets every name of one kind.
   *
   * @param kind Which.
   */
  clear(kind: StateKind): void {
    this.#pending.set(kind, { cleared: true, entries: new BoundedMap(MAX_ENTRIES) });
    this.#soon(WRITE_MS);
  }

  /** Writes what waits, and closes the file. */
  [Symbol.dispose](): void {
    this.#write();
    this.#cancelTimer?.();
    this.#database?.close();
    this.#database = null;
  }

  #change(kind: StateKind, name: string, value: string | null): void {
    let pending = this.#pending.get(kind);
    // As many as the file would keep wait where nothing can be written for long.
    pending ??= { cleared: false, entries: new BoundedMap(MAX_ENTRIES) };
    this.#pending.set(kind, pending);
    pending.entries.set(JSON.stringify(name), value);
    this.#soon(WRITE_MS);
  }

  #soon(ms: number): void {
    this.#cancelTimer ??= this.#clock.setTimer(() => this.#write(), ms);
  }

  /** What cannot be written waits for the next time. */
  #write(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    if (this.#pending.size === 0) return;
    try {
      this.#reopenIfRemoved().write(this.#pending);
      this.#pending.clear();
      if (this.#failing) log.info("{path} can be written again", { path: this.#path });
      this.#failing = false;
    } catch (error) {
      this.#soon(RETRY_MS);
      if (this.#failing) return;
      this.#failing = true;
      const reason = errorMessage(error);
      log.error("Cannot write {path}: {reason}; what changes now may be forgotten", {
        path: this.#path,
        reason,
      });
    }
  }

  /** A file that was removed can be written without an error, and is gone all the same. */
  #reopenIfRemoved(): StateDatabase {
    const state = this.#database?.whereabouts() ?? "removed";
    if (state === "replaced") throw new Error("another file has taken its place");
    if (this.#database && state === "there") return this.#database;
    this.#database?.close();
    this.#database = null;
    this.#database = new StateDatabase(this.#file, MAX_ENTRIES);
    log.warning("{path} was removed: a new one holds what changes from now on", {
      path: this.#path,
    });
    return this.#database;
  }
}

function openOrReplace(path: string): StateDatabase {
  try {
    return new StateDatabase(path, MAX_ENTRIES);
  } catch (error) {
    if (!(error instanceof CorruptFileError)) throw error;
    const file = error.path;
    using _lock = lockReplacement(file);
    // Another process that found the same may have replaced it before.
    if (error.identity === identity(file)) {
      const aside = moveAside(file);
      log.warning(
        "Cannot use {path} as memory: {found}; it is now {aside}, and the bot starts with an empty memory",
        { path, found: error.message, aside },
      );
    }
    return new StateDatabase(file, MAX_ENTRIES);
  }
}
