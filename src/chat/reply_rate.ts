/** Limits how many answers the model is asked for in a minute. */
const MINUTE_MS = 60_000;

/** Every `now` is in milliseconds of the same monotonic clock. */
export class ReplyRate {
  /** 0: no limit. */
  maxPerMinute = 0;
  #askedMs: number[] = [];

  /** The model is asked. */
  asked(now: number): void {
    this.#askedMs = this.#askedMs.filter((askedMs) => askedMs > now - MINUTE_MS);
    this.#askedMs.push(now);
  }

  /** Whether no more questions may be asked, if `waiting` ones are asked first. */
  isFull(now: number, waiting: number): boolean {
    if (this.maxPerMinute === 0) return false;
    const recent = this.#askedMs.filter((askedMs) => askedMs > now - MINUTE_MS).length;
    return recent + waiting >= this.maxPerMinute;
  }
}
