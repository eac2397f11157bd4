/**
 * Something that is on or off.
 *
 * @module
 */
import { NO_SHELF, type Shelf } from "./shelf.ts";

const KEY = "on";

/** A switch, off at first. */
export class Switch {
  #on: boolean;
  readonly #shelf: Shelf;

  /**
   * Begins as it was left.
   *
   * @param shelf Where that is kept; default: nowhere.
   */
  constructor(shelf: Shelf = NO_SHELF) {
    this.#shelf = shelf;
    this.#on = [...shelf.entries()].some(([name]) => name === KEY);
  }

  /** Whether it is on. */
  get on(): boolean {
    return this.#on;
  }

  /**
   * Turns it on or off.
   *
   * @param on Whether on.
   */
  turn(on: boolean): void {
    this.#on = on;
    if (on) this.#shelf.put(KEY, true);
    else this.#shelf.remove(KEY);
  }
}
