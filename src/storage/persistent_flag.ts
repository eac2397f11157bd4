import { type KeyValueStore, nullStore } from "./key_value_store.ts";

const KEY = "on";

/** A boolean that survives a restart; `false` at first. */
export class PersistentFlag {
  #on: boolean;
  readonly #store: KeyValueStore;

  constructor(store: KeyValueStore = nullStore) {
    this.#store = store;
    this.#on = [...store.entries()].some(([name]) => name === KEY);
  }

  get on(): boolean {
    return this.#on;
  }

  turn(on: boolean): void {
    this.#on = on;
    if (on) this.#store.put(KEY, true);
    else this.#store.remove(KEY);
  }
}
