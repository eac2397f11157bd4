import type { ChatLine } from "../cytube/events.ts";

/** A line that was said while the bot was not connected is answered up to this age. */
const MAX_AGE_MS = 60_000;
/** The history has fewer lines. */
const MAX_LINES = 100;

/**
 * Tells which lines of the channel's history were said while the bot was not connected, and lately. Their
 * age is told by the server's clock, which went on since the newest line as the bot's did.
 */
export class MissedCalls {
  #newestTime = Infinity;
  /** The lines of that time: several may be said in one millisecond. */
  #newest: ChatLine[] = [];
  #heardMs = 0;

  /** A line is handled. */
  heard(line: ChatLine, now: number): void {
    if (line.time !== this.#newestTime) this.#newest.length = 0;
    this.#newest.push(line);
    if (this.#newest.length > MAX_LINES) this.#newest.shift();
    this.#newestTime = line.time;
    this.#heardMs = now;
  }

  /** False until a line was heard: what was said before the first join is nobody's concern. */
  wasMissed(line: ChatLine, now: number): boolean {
    const { time } = line;
    const serverNow = this.#newestTime + now - this.#heardMs;
    const isNew = time > this.#newestTime || (time === this.#newestTime && !this.#isKnown(line));
    return isNew && serverNow - time <= MAX_AGE_MS;
  }

  #isKnown({ user, text }: ChatLine): boolean {
    return this.#newest.some((line) => line.user === user && line.text === text);
  }
}
