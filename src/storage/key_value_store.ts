/** Keeps small values in an SQLite file, so that the bot remembers them after a restart. */
import { getLogger } from "@logtape/logtape";
import type { DatabaseSync } from "node:sqlite";
import { BoundedMap } from "../bounded_map.ts";
import { type Clock, systemClock } from "../clock.ts";
import { errorMessage } from "../errors.ts";
import * as file from "./state_database.ts";

export type StateKind = file.StateKind;

const log = getLogger(["rosey", "state"]);

const WRITE_DELAY_MS = 1000;
const RETRY_DELAY_MS = 10_000;
/** Per kind, as many as the file keeps. The oldest of more changes that wait are lost. */
const MAX_CHANGES = 5000;

/** The entries of one kind. The caller puts names into one case. */
export interface KeyValueStore {
  /** All entries, the longest unchanged first. The caller checks the form of each value. */
  entries(): Iterable<readonly [name: string, value: unknown]>;
  put(name: string, value: unknown): void;
  remove(name: string): void;
  clear(): void;
}

export const nullStore: KeyValueStore = {
  entries: () => [],
  put: () => {},
  remove: () => {},
  clear: () => {},
};

/**
 * A store with several kinds of entries. It writes changes together, one second after the first, so that
 * no chat message waits for the disk. No other process can open the file at the same time.
 */
export class StateFile implements Disposable {
  readonly #path: string;
  readonly #realPath: string;
  readonly #clock: Clock;
  /** Kinds to clear before their changes are written. */
  readonly #cleared = new Set<StateKind>();
  /** By kind and name: many cooldowns must not push out an opt-out. */
  readonly #changes = new Map<StateKind, BoundedMap<string, file.Change>>();
  /** `null` after the file was removed, until a new one can be created. */
  #database: DatabaseSync | null;
  #identity: string | undefined;
  #cancelTimer: (() => void) | null = null;
  #failing = false;

  private constructor(path: string, clock: Clock) {
    this.#path = path;
    this.#clock = clock;
    file.createPrivate(path);
    // SQLite resolves links as well and puts its journal beside the file itself.
    this.#realPath = Deno.realPathSync(path);
    this.#database = file.openOrReplace(this.#realPath);
    this.#identity = file.identity(this.#realPath);
  }

  /**
   * Opens or creates the file. A damaged file is renamed to `PATH.aside-<UTC time>` and replaced. A file
   * that is locked, of another version or of another program stays untouched. Never throws.
   *
   * @returns `undefined`, after a warning, when the file cannot be used.
   */
  static open(path: string, options: { readonly clock?: Clock } = {}): StateFile | undefined {
    try {
      return new StateFile(path, options.clock ?? systemClock);
    } catch (error) {
      const advice = error instanceof file.UnfitFileError ? error.advice : undefined;
      const text = advice === undefined
        ? "Cannot keep a memory in {path}: {reason}; the bot runs without memory"
        : "Cannot use {path} as memory: {reason}; it is left as it is, and the bot runs without memory; {advice}, and restart the bot";
      log.warning(text, { path, reason: errorMessage(error), advice });
      return undefined;
    }
  }

  /** All entries of a kind, the longest unchanged first. Skips unreadable ones, with a warning. */
  entries(kind: StateKind): [name: string, value: unknown][] {
    this.#write();
    const path = this.#path;
    try {
      const query = "SELECT name, value FROM entry WHERE kind = ? ORDER BY id";
      const rows = this.#database?.prepare(query).all(kind) ?? [];
      const entries = rows.flatMap(parsed);
      const lost = rows.length - entries.length;
      if (lost > 0) {
        const text = "Cannot read {lost} of the entries of {kind} in {path}: they are left out";
        log.warning(text, { lost, kind, path });
      }
      return entries;
    } catch (error) {
      const reason = errorMessage(error);
      log.warning("Cannot read {kind} in {path}: {reason}", { kind, path, reason });
      return [];
    }
  }

  /** @throws {TypeError} When the value has no JSON form (a cycle, a BigInt). */
  put(kind: StateKind, name: string, value: unknown): void {
    this.#change(kind, JSON.stringify(name), JSON.stringify(value) ?? "null");
  }

  remove(kind: StateKind, name: string): void {
    this.#change(kind, JSON.stringify(name));
  }

  clear(kind: StateKind): void {
    this.#changes.delete(kind);
    this.#cleared.add(kind);
    this.#writeIn(WRITE_DELAY_MS);
  }

  /** Writes the remaining changes and closes the file. */
  [Symbol.dispose](): void {
    this.#write();
    this.#cancelTimer?.();
    this.#database?.close();
    this.#database = null;
  }

  #change(kind: StateKind, name: string, value?: string): void {
    const changes = this.#changes.get(kind) ?? new BoundedMap(MAX_CHANGES);
    this.#changes.set(kind, changes.set(name, { kind, name, value }));
    this.#writeIn(WRITE_DELAY_MS);
  }

  #writeIn(ms: number): void {
    this.#cancelTimer ??= this.#clock.setTimer(() => this.#write(), ms);
  }

  /** Changes that cannot be written stay for the next attempt. */
  #write(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    const clears = [...this.#cleared].map((kind): file.Change => ({ kind }));
    const changes = [...this.#changes.values()].flatMap((ofKind) => [...ofKind.values()]);
    if (clears.length + changes.length === 0) return;
    const path = this.#path;
    try {
      file.writeChanges(this.#reopenIfRemoved(), [...clears, ...changes]);
      this.#cleared.clear();
      this.#changes.clear();
      if (this.#failing) log.info("{path} can be written again", { path });
      this.#failing = false;
    } catch (error) {
      this.#writeIn(RETRY_DELAY_MS);
      if (this.#failing) return;
      this.#failing = true;
      const text = "Cannot write {path}: {reason}; what changes now may be forgotten";
      log.error(text, { path, reason: errorMessage(error) });
    }
  }

  /** SQLite writes into a removed file without an error. */
  #reopenIfRemoved(): DatabaseSync {
    const found = file.identity(this.#realPath);
    if (this.#database && found === this.#identity) return this.#database;
    if (this.#database && found) throw new Error("another file has taken its place");
    this.#database?.close();
    this.#database = null;
    this.#database = file.openDatabase(this.#realPath);
    this.#identity = file.identity(this.#realPath);
    const path = this.#path;
    log.warning("{path} was removed: a new one holds what changes from now on", { path });
    return this.#database;
  }
}

function parsed(row: Record<string, unknown>): [name: string, value: unknown][] {
  try {
    return [[JSON.parse(String(row.name)), JSON.parse(String(row.value))]];
  } catch {
    return [];
  }
}
