/** The room's recent lines, and who was away while they were said. Not kept across a restart. */
import { BoundedMap } from "../bounded_map.ts";
import type { ChatLine } from "../cytube/events.ts";

const MAX_LINES = 400;
/** The server cuts lines at 320 UTF-16 units, some servers at 1000. */
const MAX_LINE_CHARS = 1000;
/** A user who is back for no more lines than this was away all the time, as by reloading the page. */
const BRIEF_LINES = 10;
const MAX_AWAY = 500;

export interface RoomLine {
  readonly user: string;
  /** Hostile text. */
  readonly text: string;
}

interface StoredLine extends RoomLine {
  /** The number of lines before it. */
  readonly index: number;
  readonly time: number;
}

/** Indexes of the first line that a user missed and of the first one after the return. */
interface AwaySpan {
  readonly leftIndex: number;
  /** Undefined while the user is away. */
  backIndex?: number;
}

export class RoomLog {
  #lines: StoredLine[] = [];
  #count = 0;
  readonly #away = new BoundedMap<string, AwaySpan>(MAX_AWAY);
  #newestTime = -Infinity;
  /** The newest line's time when something was forgotten. */
  #forgottenTime = -Infinity;

  /** @param live False for lines that the server repeats after a join: known or forgotten ones. */
  add({ user, text, time }: ChatLine, live: boolean): void {
    const cut = text.slice(0, MAX_LINE_CHARS);
    if (!live) {
      if (time <= this.#forgottenTime) return;
      const isKnown = this.#lines.some((line) =>
        line.time === time && line.user === user && line.text === cut
      );
      if (isKnown) return;
    }
    this.#newestTime = Math.max(this.#newestTime, time);
    this.#lines.push({ user, text: cut, time, index: this.#count++ });
    // Not for each line: a busy room would move hundreds of lines every time.
    if (this.#lines.length >= 2 * MAX_LINES) this.#lines = this.#lines.slice(-MAX_LINES);
  }

  last(count: number): readonly RoomLine[] {
    return count <= 0 ? [] : this.#lines.slice(-Math.min(count, MAX_LINES));
  }

  userLeft(user: string): void {
    const key = user.toLowerCase();
    const { leftIndex = 0, backIndex = -Infinity } = this.#away.get(key) ?? {};
    const briefly = this.#count - backIndex <= BRIEF_LINES;
    this.#away.set(key, { leftIndex: briefly ? leftIndex : this.#count });
  }

  userJoined(user: string): void {
    const span = this.#away.get(user.toLowerCase());
    if (span) span.backIndex ??= this.#count;
  }

  /** @returns What was said while the user was away; undefined if the user was not seen to leave. */
  missedBy(user: string): readonly RoomLine[] | undefined {
    const span = this.#away.get(user.toLowerCase());
    if (!span) return undefined;
    const { leftIndex, backIndex = this.#count } = span;
    return this.#lines.slice(-MAX_LINES)
      .filter(({ index }) => index >= leftIndex && index < backIndex);
  }

  forget(user: string): void {
    const key = user.toLowerCase();
    this.#lines = this.#lines.filter((line) => line.user.toLowerCase() !== key);
    this.#forgottenTime = this.#newestTime;
  }

  clear(): void {
    this.#lines = [];
    this.#forgottenTime = this.#newestTime;
  }
}
