/**
 * What was said in the room lately, and who was away meanwhile.
 *
 * @module
 */
import { BoundedMap } from "../bounded_map.ts";
import type { ChatLine } from "../cytube/events.ts";

/** Lines that are remembered: enough for somebody who was away a while. */
const MAX_LINES = 400;
/** Lines are cut by the server at 320 units, at 1000 by some servers. */
const MAX_TEXT = 1000;
/** Whoever was back for no more lines than this and leaves again, as by reloading the page, was away all the time. */
const BRIEF_LINES = 10;
/** People whose absence is remembered. */
const MAX_ABSENT = 500;

/** One line of the room. */
export interface RoomLine {
  /** Who said it. */
  readonly user: string;
  /** What they said: hostile text. */
  readonly text: string;
}

interface Stored extends RoomLine {
  /** Lines before it. */
  readonly index: number;
  readonly time: number;
}

interface Absence {
  readonly leftIndex: number;
  /** None: they are still away. */
  backIndex?: number;
}

/** A bounded memory of the room's lines. Nothing of it is kept across a restart. */
export class RoomLog {
  #lines: Stored[] = [];
  /** How many lines there have been: a clock that only lines advance. */
  #count = 0;
  readonly #leaveTimers = new BoundedMap<string, Absence>(MAX_ABSENT);
  #newestTime = -Infinity;
  /** The newest line's time when something was forgotten. */
  #forgottenTime = -Infinity;

  /**
   * Remembers a line.
   *
   * @param line As it came. After each join the server says the last lines once more: those are known,
   *   or were to be forgotten.
   * @param live False for such a line.
   */
  add({ user, text, time }: ChatLine, live: boolean): void {
    const cut = text.slice(0, MAX_TEXT);
    if (!live && time <= this.#forgottenTime) return;
    if (!live && this.#lines.some((known) => isSame(known, { user, text: cut, time }))) return;
    this.#newestTime = Math.max(this.#newestTime, time);
    this.#lines.push({ user, text: cut, time, index: this.#count++ });
    // In steps: to move hundreds of lines for each new one would be felt in a flood.
    if (this.#lines.length >= 2 * MAX_LINES) this.#lines = this.#lines.slice(-MAX_LINES);
  }

  /**
   * The last lines.
   *
   * @param count How many at the most.
   * @returns Oldest first.
   */
  last(count: number): readonly RoomLine[] {
    return count <= 0 ? [] : this.#lines.slice(-Math.min(count, MAX_LINES));
  }

  /**
   * Somebody left.
   *
   * @param user Their name.
   */
  left(user: string): void {
    const key = user.toLowerCase();
    const { leftIndex = 0, backIndex = -Infinity } = this.#leaveTimers.get(key) ?? {};
    const briefly = this.#count - backIndex <= BRIEF_LINES;
    this.#leaveTimers.set(key, { leftIndex: briefly ? leftIndex : this.#count });
  }

  /**
   * Somebody joined.
   *
   * @param user Their name.
   */
  joined(user: string): void {
    const absence = this.#leaveTimers.get(user.toLowerCase());
    if (absence) absence.backIndex ??= this.#count;
  }

  /**
   * What was said while somebody was away the last time.
   *
   * @param user Their name.
   * @returns Lines, oldest first; undefined for somebody who was not seen to leave.
   */
  missedBy(user: string): readonly RoomLine[] | undefined {
    const absence = this.#leaveTimers.get(user.toLowerCase());
    if (!absence) return undefined;
    const { leftIndex, backIndex = this.#count } = absence;
    return this.#lines.slice(-MAX_LINES).filter(({ index }) =>
      index >= leftIndex && index < backIndex
    );
  }

  /**
   * Forgets what one person said.
   *
   * @param user Their name.
   */
  forget(user: string): void {
    const key = user.toLowerCase();
    this.#lines = this.#lines.filter((line) => line.user.toLowerCase() !== key);
    this.#forgottenTime = this.#newestTime;
  }

  /** Forgets all lines. */
  clear(): void {
    this.#lines = [];
    this.#forgottenTime = this.#newestTime;
  }
}

function isSame(a: Omit<Stored, "index">, b: Omit<Stored, "index">): boolean {
  return a.time === b.time && a.user === b.user && a.text === b.text;
}
