/**
 * What became of the lines that were to be said: counted, and logged where one was not.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";

const log = getLogger(["rosey", "outbox"]);

/** A line on its way out. */
export interface OutgoingLine {
  /** What is said. */
  readonly text: string;
  /** Whom it is said to in private; without it, to the room. */
  readonly to?: string;
}

/**
 * Why a line was not said: the server's answer (`refused`, `spam filter`, `muted`, `too fast`), no
 * answer (`no echo`, `connection lost`), or the outbox's own bounds (`too old`, `no room`).
 */
export type DropReason =
  | "refused"
  | "spam filter"
  | "muted"
  | "withdrawn"
  | "too fast"
  | "no echo"
  | "connection lost"
  | "too old"
  | "no room";

/** What became of the lines. */
export interface OutboxReport {
  /** Lines that wait or are on their way. */
  readonly waiting: number;
  /** Whether the channel lets the bot say nothing to the room. */
  readonly muted: boolean;
  /** Lines whose echo came back in time. */
  readonly said: number;
  /** Lines that were given up, and whose echo came back after all. */
  readonly late: number;
  /** Lines that came too early and were said again. */
  readonly delayed: number;
  /** Lines that were given up, by reason. */
  readonly dropped: Readonly<Record<DropReason, number>>;
}

/** Counts lines. Nothing is dropped without a word in the log. */
export class OutboxStats {
  #said = 0;
  #late = 0;
  #delayed = 0;
  readonly #dropped: Record<DropReason, number> = {
    "refused": 0,
    "spam filter": 0,
    "muted": 0,
    "withdrawn": 0,
    "too fast": 0,
    "no echo": 0,
    "connection lost": 0,
    "too old": 0,
    "no room": 0,
  };

  /** The echo of a line came. */
  said(): void {
    this.#said++;
  }

  /**
   * A line that was given up was said after all.
   *
   * @param line The line.
   * @param how How that is known.
   */
  late(line: OutgoingLine, how: string): void {
    this.#late++;
    log.info("Line was said after all: {how}: {line}", { how, line: quoted(line) });
  }

  /**
   * A line came too early.
   *
   * @param waitMs How long it waits before it is said again, in milliseconds.
   */
  delayed(waitMs: number): void {
    this.#delayed++;
    log.debug("Line came too early and is said again in {waitMs} ms", { waitMs });
  }

  /**
   * Lines are given up.
   *
   * @param reason What they are counted under.
   * @param lines All that are given up for it.
   * @param why What the log says.
   */
  dropped(reason: DropReason, lines: readonly OutgoingLine[], why: string): void {
    this.#dropped[reason] += lines.length;
    for (const line of lines) {
      log.warning("Line not said: {why}: {line}", { why, line: quoted(line) });
    }
  }

  /**
   * What was counted by now.
   *
   * @param waiting Lines that wait or are on their way.
   * @param muted Whether the room is closed to the bot.
   * @returns The counts.
   */
  report(waiting: number, muted: boolean): OutboxReport {
    return {
      waiting,
      muted,
      said: this.#said,
      late: this.#late,
      delayed: this.#delayed,
      dropped: { ...this.#dropped },
    };
  }
}

/** As log lines quote it: the text of a private message never. */
export function quoted({ text, to }: OutgoingLine): string {
  return to === undefined ? JSON.stringify(text) : `a private one to ${to}`;
}
