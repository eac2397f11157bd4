/** Whose next line may go on with an answer without a call. */
export class FollowUp {
  /** The setting `llm.follow_up_seconds`; 0: nobody's. */
  seconds = 0;
  /** In lower case. */
  #user = "";
  #untilMs = -Infinity;

  /** Ends the follow-up of whom the bot answered before. */
  answered(user: string, now: number): void {
    this.#user = user.toLowerCase();
    this.#untilMs = now + this.seconds * 1000;
  }

  isOpen(user: string, now: number): boolean {
    return now < this.#untilMs && user.toLowerCase() === this.#user;
  }
}
