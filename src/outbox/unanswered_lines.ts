import { getLogger } from "@logtape/logtape";
import type { Clock } from "../clock.ts";
import { bestMatch, type OutgoingLine } from "./echo.ts";
import { type QueuedLine, quoted } from "./line_queue.ts";

const log = getLogger(["rosey", "outbox"]);

const MAX_OVERDUE = 10;
/** An answer that comes later is not waited for. */
const MAX_LATE_MS = 30_000;

/** Lines that were sent and not answered in time. Their replies are settled when nothing can come. */
export class UnansweredLines {
  readonly #clock: Clock;
  /** Oldest first. The server responds in order. */
  #overdue: readonly QueuedLine[] = [];
  /** The line that was sent when the connection was lost. */
  #lost: QueuedLine | undefined;
  /** When the latest confirmed line was said, in milliseconds of the server's clock. */
  #latestEchoMs = -Infinity;
  readonly #cancelTimers = new Map<QueuedLine, () => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get overdue(): readonly QueuedLine[] {
    return this.#overdue;
  }

  add(line: QueuedLine): void {
    if (this.#overdue.length >= MAX_OVERDUE) this.remove(this.#overdue[0]!);
    this.#overdue = [...this.#overdue, line];
    this.#cancelTimers.set(line, this.#clock.setTimer(() => this.remove(line), MAX_LATE_MS));
  }

  /** Settles the line. `said`: its echo came. */
  remove(line: QueuedLine, { said = false } = {}): void {
    this.#overdue = this.#overdue.filter((other) => other !== line);
    this.#cancelTimers.get(line)?.();
    this.#cancelTimers.delete(line);
    line.reply.settle(said ? line.text : undefined);
  }

  /** A response names no line: it is about the oldest one. Null unless that is the current line. */
  takeAnswered(current: QueuedLine | null, kind?: "chat" | "pm"): QueuedLine | null {
    const fits = ({ to }: QueuedLine) =>
      kind === undefined || (kind === "pm") === (to !== undefined);
    const overdue = this.#overdue.find(fits);
    if (!overdue) return current && fits(current) ? current : null;
    this.remove(overdue);
    log.debug("Late answer to a line that was given up: {line}", { line: quoted(overdue) });
    return null;
  }

  /** Nothing comes any more for earlier lines. */
  clear(): void {
    for (const line of this.#overdue) this.remove(line);
  }

  /** A line of the bot came, said at `timeMs` of the server's clock. */
  echoed(timeMs: number): void {
    this.#latestEchoMs = Math.max(this.#latestEchoMs, timeMs);
  }

  /** The connection is lost. */
  lose(line: QueuedLine): void {
    this.#lost = line;
  }

  /** Removes and returns the line that may have been said before the connection was lost. */
  takeLost(): QueuedLine | undefined {
    const line = this.#lost;
    this.#lost = undefined;
    return line;
  }

  /**
   * The same if a line of the channel's history is it. One that is not newer than the latest echo is
   * another one.
   */
  takeFound(echo: OutgoingLine, timeMs: number): QueuedLine | undefined {
    const line = this.#lost;
    if (!line || timeMs <= this.#latestEchoMs || !bestMatch(echo, [line])) return undefined;
    return this.takeLost();
  }
}
