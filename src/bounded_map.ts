/** A map ordered by the last `set` of each entry. A new entry evicts the oldest of a full map. */
export class BoundedMap<K, V> extends Map<K, V> {
  readonly #capacity: number;
  readonly #onEvicted: ((key: K) => void) | undefined;

  /** @param options `onEvicted` is called after the oldest entry was deleted to make room. */
  constructor(capacity: number, options: { readonly onEvicted?: (key: K) => void } = {}) {
    super();
    this.#capacity = capacity;
    this.#onEvicted = options.onEvicted;
  }

  override set(key: K, value: V): this {
    this.delete(key);
    super.set(key, value);
    if (this.size > this.#capacity) {
      const oldest = this.keys().next().value as K;
      this.delete(oldest);
      this.#onEvicted?.(oldest);
    }
    return this;
  }
}
