import { BoundedMap } from "../bounded_map.ts";
import { type KeyValueStore, nullStore } from "./key_value_store.ts";

/** In a full set the oldest name makes room. */
const MAX_NAMES = 5000;

/** A set of names, mostly of users, that survives a restart. Names match in any case. */
export class PersistentSet {
  readonly #names = new BoundedMap<string, true>(MAX_NAMES, {
    onEvicted: (name) => this.#store.remove(name),
  });
  readonly #store: KeyValueStore;

  constructor(store: KeyValueStore = nullStore) {
    this.#store = store;
    for (const [name] of store.entries()) this.#names.set(name, true);
  }

  has(name: string): boolean {
    // Each chat line asks, and the set is mostly empty.
    return this.#names.size > 0 && this.#names.has(name.toLowerCase());
  }

  /** Returns false when the name is in the set already. */
  add(name: string): boolean {
    const key = name.toLowerCase();
    if (this.#names.has(key)) return false;
    this.#names.set(key, true);
    this.#store.put(key, true);
    return true;
  }

  /** Returns false when the name is not in the set. */
  delete(name: string): boolean {
    const key = name.toLowerCase();
    if (!this.#names.delete(key)) return false;
    this.#store.remove(key);
    return true;
  }
}
