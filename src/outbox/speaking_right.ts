import { getLogger } from "@logtape/logtape";

const log = getLogger(["rosey", "outbox"]);

/** Whether the bot may speak to the room: moderators mute it, and a channel asks for a rank. */
export class SpeakingRight {
  #muted = false;
  #allowed = true;

  get lost(): boolean {
    return this.#muted || !this.#allowed;
  }

  mute(why: string): void {
    if (!this.#muted) log.warning("Muted, nothing is said to the room: {why}", { why });
    this.#muted = true;
  }

  unmute(): void {
    if (this.#muted) log.info("Not muted any more");
    this.#muted = false;
  }

  /** The channel is lost: the next list of users tells whether the bot is still muted. */
  forgetMute(): void {
    this.#muted = false;
  }

  /** Returns why the bot may not speak any more, if that is new. */
  allow(allowed: boolean): string | undefined {
    if (allowed === this.#allowed) return undefined;
    this.#allowed = allowed;
    if (allowed) return void log.info("The channel lets the bot speak again");
    const why = "the channel does not let the bot's rank speak";
    const advice = "a moderator can give it a rank, or lower the permission to chat";
    log.warning("Nothing is said to the room: {why}; {advice}", { why, advice });
    return why;
  }
}
