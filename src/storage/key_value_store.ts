/**
 * Where one kind of what is remembered may be kept across a restart.
 *
 * @module
 */

/** Names and what belongs to each; names are given in lower case. */
export interface KeyValueStore {
  /** All that was kept, the longest unchanged first. Whoever reads checks its form. */
  entries(): Iterable<readonly [name: string, value: unknown]>;
  /** Keeps a value. */
  put(name: string, value: unknown): void;
  /** Keeps it no more. */
  remove(name: string): void;
  /** Keeps nothing any more. */
  clear(): void;
}

/** Keeps nothing: what is remembered ends with the program. */
export const nullStore: KeyValueStore = {
  entries: () => [],
  put: () => {},
  remove: () => {},
  clear: () => {},
};
