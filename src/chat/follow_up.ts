import type { Clock } from "../clock.ts";
import { isSameUser } from "./reply_queue.ts";

/** Remembers whom the bot answered last: that user's next line needs no call. */
export class FollowUp {
  /** The setting `llm.follow_up_seconds`; 0: nobody's. */
  seconds = 0;
  #user = "";
  #untilMs = -Infinity;

  /** Ends the follow-up of whom the bot answered before. */
  answered(user: string, now: number): void {
    this.#user = this.seconds > 0 ? user : "";
    this.#untilMs = now + this.seconds * 1000;
  }

  /** A line of somebody was handled: only the next one of the asker may go on. */
  heard(user: string): void {
    if (this.#user !== "" && isSameUser(user, this.#user)) this.#user = "";
  }

  isOpen(user: string, clock: Clock): boolean {
    return this.#user !== "" && isSameUser(user, this.#user) && clock.now() < this.#untilMs;
  }
}
