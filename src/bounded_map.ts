/**
 * A map with a limit.
 *
 * @module
 */

/** Options of {@linkcode BoundedMap}. */
export interface BoundedMapOptions<K> {
  /** Called with the key of each entry that made room for another, after it was deleted. */
  readonly onEvicted?: (key: K) => void;
}

/** A map whose entries are in the order in which they were set last, and whose oldest makes room. */
export class BoundedMap<K, V> extends Map<K, V> {
  readonly #capacity: number;
  readonly #onEvicted: ((key: K) => void) | undefined;

  /**
   * Makes an empty map.
   *
   * @param capacity The number of entries that it holds at most.
   */
  constructor(capacity: number, options: BoundedMapOptions<K> = {}) {
    super();
    this.#capacity = capacity;
    this.#onEvicted = options.onEvicted;
  }

  /** Sets an entry, which becomes the newest. */
  override set(key: K, value: V): this {
    this.delete(key);
    super.set(key, value);
    if (this.size > this.#capacity) this.#evictOldest();
    return this;
  }

  #evictOldest(): void {
    for (const oldest of this.keys()) {
      this.delete(oldest);
      this.#onEvicted?.(oldest);
      return;
    }
  }
}
