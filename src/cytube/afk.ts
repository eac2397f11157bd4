import type { Clock } from "../clock.ts";

/** How long after its last line the bot is away. */
const IDLE_MS = 10_000;

/**
 * Marks the bot as away from the keyboard while it is silent. Source: everybody who is not AFK counts as a
 * voter of `voteskip`. `/afk` has no echo and costs a message; a line of one's own ends the state, a
 * private message does not.
 */
export class AfkMark {
  readonly #options: { readonly clock: Clock; readonly mark: () => boolean };
  #cancel = () => {};

  /** @param options.mark Sends `/afk`; false if that must wait until the bot may speak. */
  constructor(options: { readonly clock: Clock; readonly mark: () => boolean }) {
    this.#options = options;
  }

  /** The bot joined, or its line was said. */
  active(): void {
    this.#cancel();
    this.#cancel = this.#options.clock.setTimer(() => {
      if (!this.#options.mark()) this.active();
    }, IDLE_MS);
  }

  /** The channel is lost. */
  left(): void {
    this.#cancel();
  }
}
