/** A line that was said while the bot was not connected is answered up to this age. */
const MAX_AGE_MS = 60_000;

/**
 * Tells which lines of the channel's history were said while the bot was not connected, and lately. Their
 * age is told by the server's clock, which went on since the newest line as the bot's did.
 */
export class MissedCalls {
  #newestTime = Infinity;
  #heardMs = 0;

  /** @param time Of a line that is handled, by the server's clock. */
  heard(time: number, now: number): void {
    this.#newestTime = time;
    this.#heardMs = now;
  }

  /** False until a line was heard: what was said before the first join is nobody's concern. */
  wasMissed(time: number, now: number): boolean {
    const serverNow = this.#newestTime + now - this.#heardMs;
    return time > this.#newestTime && serverNow - time <= MAX_AGE_MS;
  }
}
