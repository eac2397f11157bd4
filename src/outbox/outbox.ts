/**
 * What the bot says: in order, no faster than the channel allows, one line on its way at a time, so
 * that the next echo or refusal is about that line.
 *
 * No line is said twice: only `cooldown` proves that one was lost, so only then it is sent again.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import { type Clock, systemClock } from "../clock.ts";
import { sameAddressee } from "./echo.ts";
import type { AntifloodLimits } from "../cytube/events.ts";
import { RateLimiter } from "./rate_limiter.ts";
import { refusedMessage } from "../cytube/disconnect_reason.ts";
import {
  type DropReason,
  type OutboxReport,
  OutboxStats,
  type OutgoingLine,
  quoted,
} from "./outbox_stats.ts";
import { OverdueLines } from "./overdue_lines.ts";
import { UnconfirmedLine } from "./unconfirmed_line.ts";
import { LineQueue, type ReplyLine } from "./line_queue.ts";

export type { DropReason, OutboxReport, OutgoingLine } from "./outbox_stats.ts";

const log = getLogger(["rosey", "outbox"]);

/** Options of {@linkcode Outbox}. */
export interface OutboxOptions {
  /** Sends a line to the channel, or to one person there. */
  readonly send: (line: OutgoingLine) => void;
  /** Default: the real time. */
  readonly clock?: Clock;
  /** Lines that may wait at the most; default 30. */
  readonly capacity?: number;
  /** A line that waited longer is not said any more; default 60 s. */
  readonly maxAgeMs?: number;
  /** How long a line's echo may take; default 5 s. */
  readonly echoTimeoutMs?: number;
}

const MOST_TRIES = 5;
const LONGEST_COOLDOWN_MS = 10_000;
/** A channel's limits may be anything, but no timer holds more than 24 days. */
const MAX_TIMER_MS = 60_000;
/** How long an echo that resembles nothing waits for one that does. */
const FOREIGN_ECHO_MS = 1000;

/** A bounded queue of lines to say; a line counts as said when its echo came back. */
export class Outbox {
  readonly #send: (line: OutgoingLine) => void;
  readonly #clock: Clock;
  readonly #echoTimeoutMs: number;
  readonly #rateLimiter = new RateLimiter();
  readonly #stats = new OutboxStats();
  readonly #waiting: LineQueue;
  #onTheWay: ReplyLine | null = null;
  readonly #overdue = new OverdueLines<ReplyLine>();
  readonly #unconfirmed = new UnconfirmedLine<ReplyLine>();
  #open = false;
  #muted = false;
  /** Whether an echo came that resembles nothing. */
  #foreign = false;
  #cancelTimer = () => {};
  #idle: (() => void)[] = [];

  /** Closed at first. */
  constructor(options: OutboxOptions) {
    this.#send = options.send;
    this.#clock = options.clock ?? systemClock;
    this.#echoTimeoutMs = options.echoTimeoutMs ?? 5000;
    const { capacity = 30, maxAgeMs = 60_000 } = options;
    this.#waiting = new LineQueue(this.#stats, { capacity, maxAgeMs });
  }

  /** What became of the lines by now. */
  get report(): OutboxReport {
    return this.#stats.report(this.#waiting.length + (this.#onTheWay ? 1 : 0), this.#muted);
  }

  /** Whether the room is closed to the bot; private messages are not. */
  get muted(): boolean {
    return this.#muted;
  }

  /**
   * Queues the lines of one reply.
   *
   * @param lines Each within the server's limit and safe to send.
   * @param options `to`: whom they are said to in private; default: to the room.
   * @returns Whether they will be said, if nothing comes between.
   */
  say(lines: readonly string[], options: { readonly to?: string } = {}): boolean {
    const reply = { ...options, reply: Symbol(), queuedMs: this.#clock.now() };
    const entries = lines.map((text): ReplyLine => ({ ...reply, text, tries: 0 }));
    if (this.#muted && options.to === undefined) {
      this.#stats.dropped("muted", entries, "the channel has muted her");
      return false;
    }
    const taken = this.#waiting.add(entries);
    this.#pump();
    return taken;
  }

  /**
   * The channel listens: begins to say what waits. Where the line before it may not have been said,
   * the rest of a reply is dropped; other lines are said if they are young enough.
   */
  open(): void {
    const uncertain = this.#unconfirmed.give();
    const why = "the line before it may not have been said";
    if (uncertain) this.#waiting.dropRest("connection lost", uncertain, why);
    this.#open = true;
    this.#pump();
  }

  /**
   * The channel is gone. What waits is kept for a while. What was on its way is not said again: it
   * may have been said, and the next visit's history may prove it, see {@linkcode remembered}.
   */
  close(): void {
    this.#open = false;
    if (this.#onTheWay) {
      const why = "the connection was lost before its echo came";
      this.#stats.dropped("connection lost", [this.#onTheWay], why);
      this.#unconfirmed.lost(this.#onTheWay);
    }
    this.#overdue.clear();
    // Whoever is still muted is told with the list of users.
    this.#muted = false;
    this.#settle();
  }

  /** Takes over the channel's flood limits for a bot of this rank. */
  limit(antiflood: AntifloodLimits, rank: number): void {
    this.#rateLimiter.adopt(antiflood, rank);
  }

  /**
   * A line under the bot's own name came, or a copy of a private message of hers.
   *
   * @param echo What came, as plain text, and to whom it went.
   * @param timeMs When it was said, in milliseconds of the server's clock, where it tells.
   */
  heard(echo: OutgoingLine, timeMs = -Infinity): void {
    this.#unconfirmed.said(timeMs);
    const line = this.#onTheWay;
    const found = this.#overdue.match(echo, line);
    if (found && found !== line) {
      this.#stats.late(found, "its echo came late");
    } else if (found) {
      this.#confirm();
    } else if (line && sameAddressee(line, echo) && this.#overdue.none) {
      // A filter can make anything of a line, so this is most likely the one on its way. It could
      // also be another session's; then the true echo is here within a moment.
      if (this.#foreign) return;
      this.#foreign = true;
      this.#cancelTimer();
      this.#cancelTimer = this.#clock.setTimer(() => this.#confirm(), FOREIGN_ECHO_MS);
    } else {
      log.debug("Line under the bot's name that it did not send: {line}", { line: quoted(echo) });
    }
  }

  /**
   * The history of the channel has a line under the bot's own name.
   *
   * @param echo What it has.
   * @param timeMs When it was said, in milliseconds of the server's clock, where it tells.
   */
  remembered(echo: OutgoingLine, timeMs = Infinity): void {
    const found = this.#unconfirmed.found(echo, timeMs);
    if (found) this.#stats.late(found, "the channel's history has it");
  }

  /**
   * The server lost the line because it came too early: it is said again, each time after a longer
   * pause, unless it was withdrawn meanwhile.
   *
   * @param askedMs How long the server wants to wait.
   */
  cooldown(askedMs: number): void {
    const entry = this.#overdue.answered(this.#onTheWay);
    const growth = 2 ** ((entry?.tries ?? 1) - 1);
    const waitMs = Math.min(askedMs * growth, LONGEST_COOLDOWN_MS);
    this.#rateLimiter.refused(this.#clock.now(), waitMs);
    if (!entry) return;
    if (entry.withdrawn) return this.#giveUp(entry.withdrawn.reason, entry.withdrawn.why);
    if (entry.tries >= MOST_TRIES) {
      return this.#giveUp("too fast", `it came too early ${MOST_TRIES} times`);
    }
    this.#stats.delayed(waitMs);
    this.#waiting.putBack(entry);
    this.#settle();
  }

  /**
   * The server will not take the line: it and the rest of its reply are given up.
   *
   * @param why What the server said.
   */
  refused(reason: "refused" | "spam filter", why: string): void {
    if (this.#overdue.answered(this.#onTheWay)) this.#giveUp(reason, why);
  }

  /**
   * The server said that the bot is muted.
   *
   * @param options `answer`: it said so instead of taking a line.
   */
  mute(why: string, options: { readonly answer?: boolean } = {}): void {
    if (!this.#muted) log.warning("Muted, nothing is said to the room: {why}", { why });
    this.#muted = true;
    this.#withdraw("muted", why);
    // Private messages are passed on all the same.
    if (options.answer && this.#overdue.answered(this.#onTheWay, "chat")) {
      this.#giveUp("muted", why);
    } else this.#pump();
  }

  /** Gives up what waits to be said to the room, and what is on its way if the server loses it. */
  withdraw(why: string): void {
    this.#withdraw("withdrawn", why);
  }

  /** The bot may speak again. */
  unmute(): void {
    if (this.#muted) log.info("Not muted any more");
    this.#muted = false;
  }

  /**
   * The server complained.
   *
   * @returns Whether that was about what is on its way; then it is given up.
   */
  complaint(message: string): boolean {
    const kind = refusedMessage(message);
    if (!kind || !this.#overdue.answered(this.#onTheWay, kind)) return false;
    this.#giveUp("refused", message);
    return true;
  }

  /** Resolves when nothing waits; at once where nothing does, or where nobody listens. */
  drained(): Promise<void> {
    if (!this.#open || this.report.waiting === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  #confirm(): void {
    this.#stats.said();
    this.#rateLimiter.heard(this.#clock.now());
    // What came before it and is unanswered will never be answered.
    this.#overdue.clear();
    this.#settle();
  }

  #withdraw(reason: DropReason, why: string): void {
    this.#waiting.drop(reason, ({ to }) => to === undefined, why);
    const line = this.#onTheWay;
    if (line && line.to === undefined) line.withdrawn = { reason, why };
  }

  /** With a line the rest of its reply loses its sense. */
  #giveUp(reason: DropReason, why: string): void {
    if (!this.#onTheWay) return;
    this.#stats.dropped(reason, [this.#onTheWay], why);
    this.#waiting.dropRest(reason, this.#onTheWay, "the line before it was not said");
    this.#settle();
  }

  /** It cannot be said again: it may have been said, and hidden or delayed. */
  #missEcho(): void {
    if (this.#onTheWay) this.#overdue.add(this.#onTheWay);
    this.#giveUp("no echo", `no echo came within ${this.#echoTimeoutMs / 1000} s`);
  }

  #settle(): void {
    this.#onTheWay = null;
    this.#foreign = false;
    this.#cancelTimer();
    this.#pump();
  }

  #pump(): void {
    if (this.#open && this.#onTheWay) return;
    this.#cancelTimer();
    const now = this.#clock.now();
    const next = this.#open ? this.#waiting.next(now) : undefined;
    if (!next) return this.#idle.splice(0).forEach((resolve) => resolve());
    const kind = { pm: next.to !== undefined };
    const waitMs = this.#rateLimiter.waitMs(now, kind);
    if (waitMs > 0) {
      this.#cancelTimer = this.#clock.setTimer(() => this.#pump(), Math.min(waitMs, MAX_TIMER_MS));
      return;
    }
    this.#waiting.shift();
    this.#onTheWay = next;
    next.tries++;
    this.#rateLimiter.sent(now, kind);
    this.#cancelTimer = this.#clock.setTimer(() => this.#missEcho(), this.#echoTimeoutMs);
    this.#send(next);
  }
}
