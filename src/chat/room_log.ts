/**
 * The room's recent lines: the transcript for prompts, and who was away while they were said. Not kept
 * across a restart.
 */
import { BoundedMap } from "../bounded_map.ts";
import type { ChatLine } from "../cytube/events.ts";

const MAX_LINES = 400;
/** The server cuts lines at 320 UTF-16 units, some servers at 1000. */
const MAX_LINE_CHARS = 1000;
/** A user who is back for no more lines than this was away all the time, as by reloading the page. */
const BRIEF_LINES = 10;
const MAX_AWAY = 500;
/** A larger one makes prompts longer, a smaller one has the server read them anew more often. */
const GROWTH = 3;

export interface RoomLine {
  readonly user: string;
  /** Hostile text, unless it is the bot's own. */
  readonly text: string;
  /** Said by the bot. */
  readonly own?: boolean;
}

interface StoredLine extends RoomLine {
  /** The number of lines before it. */
  readonly index: number;
  readonly time: number;
  /** Not part of the transcript, but known when the server repeats it. */
  readonly hidden?: boolean;
  /** Whom the bot answered, in lower case. */
  readonly asker?: string;
}

/** Which lines a prompt shows. */
export interface WindowOptions {
  /** The last lines that are always shown; up to {@linkcode GROWTH} times as many are. */
  readonly minLines: number;
  /** Characters of all lines together. */
  readonly maxChars: number;
  /** Only lines before this one; default: all. */
  readonly before?: number;
  /** Leaves out a user's lines. */
  readonly isHidden: (user: string) => boolean;
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
  /** Index of the window's first line. */
  #windowStart = 0;
  readonly #away = new BoundedMap<string, AwaySpan>(MAX_AWAY);
  #newestTime = -Infinity;
  /** The newest line's time when something was forgotten. */
  #forgottenTime = -Infinity;

  /**
   * Adds a line of the room and returns its index.
   *
   * @param live False for lines that the server repeats after a join: known or forgotten ones.
   * @param own Whether it is the bot's. A live one is not shown: {@linkcode RoomLog.addReply} is.
   */
  add({ user, text, time }: ChatLine, { live, own }: { live: boolean; own: boolean }): number {
    const cut = text.slice(0, MAX_LINE_CHARS);
    if (!live) {
      const isKnown = time <= this.#forgottenTime ||
        this.#lines.some((line) => line.time === time && line.user === user && line.text === cut);
      if (isKnown) return this.#count - 1;
    }
    this.#newestTime = Math.max(this.#newestTime, time);
    return this.#push({ user, text: cut, time, own, hidden: own && live, index: this.#count++ });
  }

  /** Adds what the bot answered, as the model wrote it as far as it was said. */
  addReply(bot: string, asker: string, text: string): void {
    const line = { user: bot, text, time: NaN, own: true, asker: asker.toLowerCase() };
    this.#push({ ...line, index: this.#count++ });
  }

  /**
   * The transcript's newest lines, oldest first. The window slides in blocks: the prompt begins with the
   * same lines for many questions, so that the server reads them from its cache.
   */
  window({ minLines, maxChars, before = Infinity, isHidden }: WindowOptions): readonly RoomLine[] {
    let lines = this.#lines.filter(({ index, user, hidden }) =>
      index >= this.#windowStart && index < before && !hidden && !isHidden(user)
    );
    const keep = (count: number) => {
      lines = count <= 0 ? [] : lines.slice(-count);
      this.#windowStart = lines[0]?.index ?? this.#windowStart;
    };
    if (lines.length > GROWTH * minLines) keep(minLines);
    const chars = (lines: readonly RoomLine[]) =>
      lines.reduce((sum, { user, text }) => sum + user.length + text.length, 0);
    if (chars(lines) > maxChars) {
      while (lines.length > 0 && chars(lines) > maxChars * 2 / 3) keep(lines.length - 1);
    }
    return lines;
  }

  /** Names of those who said a line. */
  speakers(): readonly string[] {
    return [...new Set(this.#lines.map(({ user }) => user))];
  }

  /** The bot's last answers. */
  lastReplies(count: number): readonly string[] {
    return this.#lines.filter(({ own, hidden }) => own && !hidden).slice(-count)
      .map(({ text }) => text);
  }

  /** How many lines others than this user and the bot said since the line of that index. */
  othersSince(index: number, user: string): number {
    const key = user.toLowerCase();
    return this.#lines.filter((line) =>
      line.index > index && !line.own && line.user.toLowerCase() !== key
    ).length;
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
      .filter(({ index, hidden }) => index >= leftIndex && index < backIndex && !hidden);
  }

  /** Forgets what one user said and what the bot answered. */
  forget(user: string): void {
    const key = user.toLowerCase();
    this.#lines = this.#lines.filter((line) =>
      line.user.toLowerCase() !== key && line.asker !== key
    );
    this.#forgottenTime = this.#newestTime;
  }

  clear(): void {
    this.#lines = [];
    this.#forgottenTime = this.#newestTime;
  }

  #push(line: StoredLine): number {
    this.#lines.push(line);
    // Not for each line: a busy room would move hundreds of lines every time.
    if (this.#lines.length >= 2 * MAX_LINES) this.#lines = this.#lines.slice(-MAX_LINES);
    return line.index;
  }
}
