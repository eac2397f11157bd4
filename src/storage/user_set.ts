/**
 * A bounded set of people.
 *
 * @module
 */
import { BoundedMap } from "../bounded_map.ts";
import { type KeyValueStore, nullStore } from "./key_value_store.ts";

/** More people than this are not remembered; who was put in first goes first. */
const MAX_PEOPLE = 5000;

/** People by name, in any case. */
export class UserSet {
  readonly #names = new BoundedMap<string, true>(MAX_PEOPLE, {
    onEvicted: (name) => this.#store.remove(name),
  });
  readonly #store: KeyValueStore;

  /**
   * Begins with those that were kept.
   *
   * @param store Where they are kept; default: nowhere.
   */
  constructor(store: KeyValueStore = nullStore) {
    this.#store = store;
    for (const [name] of store.entries()) this.#names.set(name, true);
  }

  /** Whether somebody is among them. */
  has(name: string): boolean {
    return this.#names.size > 0 && this.#names.has(name.toLowerCase());
  }

  /**
   * Puts somebody in.
   *
   * @param name Their name.
   * @returns False where they were in already.
   */
  add(name: string): boolean {
    const key = name.toLowerCase();
    if (this.#names.has(key)) return false;
    this.#names.set(key, true);
    this.#store.put(key, true);
    return true;
  }

  /**
   * Takes somebody out.
   *
   * @param name Their name.
   * @returns False where they were not in.
   */
  delete(name: string): boolean {
    const key = name.toLowerCase();
    if (!this.#names.delete(key)) return false;
    this.#store.remove(key);
    return true;
  }
}
