/** Tells a user that there is no answer. */
import type { Clock } from "../clock.ts";
import type { Say } from "../outbox/say.ts";
import { sanitize } from "../sanitize/sanitize.ts";
import { split } from "../sanitize/split.ts";
import type { Question } from "./reply_queue.ts";

/** The room is told at most once in this time. */
const PAUSE_MS = 10_000;
const NO_SUMMARY = "I could not sum it up: the model did not answer. Try again later.";

export class Fallback {
  /** The setting `llm.fallback_response`; undefined for silence. */
  response: string | undefined;
  readonly #say: Say;
  readonly #clock: Clock;
  #saidMs = -Infinity;

  constructor(say: Say, clock: Clock) {
    this.#say = say;
    this.#clock = clock;
  }

  /** An unasked remark that is not made needs no excuse. */
  say({ kind, user, private: isPrivate }: Pick<Question, "kind" | "user" | "private">): void {
    if (kind === "missed") this.#say([NO_SUMMARY], { to: user });
    if (!this.response || kind !== "call") return;
    if (!isPrivate) {
      const now = this.#clock.now();
      if (now - this.#saidMs < PAUSE_MS) return;
      this.#saidMs = now;
    }
    // Strangers cause this line, so the operator's text is sanitized, too.
    const lines = split(sanitize(this.response, { bot: "", allowLinks: true }));
    this.#say(lines, isPrivate ? { to: user } : {});
  }
}
