/**
 * Something that is on or off.
 *
 * @module
 */
import { type KeyValueStore, nullStore } from "./key_value_store.ts";

const KEY = "on";

/** A switch, off at first. */
export class PersistentFlag {
  #on: boolean;
  readonly #store: KeyValueStore;

  /**
   * Begins as it was left.
   *
   * @param store Where that is kept; default: nowhere.
   */
  constructor(store: KeyValueStore = nullStore) {
    this.#store = store;
    this.#on = [...store.entries()].some(([name]) => name === KEY);
  }

  /** Whether it is on. */
  get on(): boolean {
    return this.#on;
  }

  /**
   * ReplyWorker it on or off.
   *
   * @param on Whether on.
   */
  turn(on: boolean): void {
    this.#on = on;
    if (on) this.#store.put(KEY, true);
    else this.#store.remove(KEY);
  }
}
