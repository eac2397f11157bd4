import { getLogger } from "@logtape/logtape";
import { type Clock, systemClock } from "../clock.ts";
import type { AntifloodLimits } from "../cytube/events.ts";
import type { CutLine } from "./cut_line.ts";
import { bestMatch, type OutgoingLine, sameAddressee } from "./echo.ts";
import {
  type DropReason,
  LineQueue,
  type LineQueueOptions,
  type QueuedLine,
  quoted,
} from "./line_queue.ts";
import { RateLimiter } from "./rate_limiter.ts";
import { PendingReply, type QueuedReply, type SayOptions } from "./say.ts";
import { SpeakingRight } from "./speaking_right.ts";
import { UnansweredLines } from "./unanswered_lines.ts";

export type { DropReason, OutgoingLine };

const log = getLogger(["rosey", "outbox"]);

export interface OutboxOptions extends Partial<LineQueueOptions> {
  readonly send: (line: OutgoingLine) => void;
  readonly clock?: Clock;
  /** How long a line's echo may take; default 5 s. */
  readonly echoTimeoutMs?: number;
  /** Called when an echo shows that the server takes only so many UTF-16 units of a line. */
  readonly onCut?: (units: number) => void;
}

export interface OutboxReport {
  readonly waiting: number;
  /** Only private messages pass. */
  readonly muted: boolean;
  readonly said: number;
  /** Dropped lines that were said after all. */
  readonly late: number;
  /** Lines that the server refused as too early and that were sent again. */
  readonly delayed: number;
  readonly dropped: Readonly<Record<DropReason, number>>;
}

const DEFAULTS = {
  clock: systemClock,
  capacity: 150,
  maxAgeMs: 60_000,
  echoTimeoutMs: 5000,
  onCut: () => {},
};
const MAX_TRIES = 5;
const MAX_COOLDOWN_MS = 10_000;
const MAX_TIMER_MS = 60_000;
/** How long an echo that matches no line waits for one that does. */
const UNKNOWN_ECHO_MS = 1000;

/**
 * A bounded queue of lines to say, in order and no faster than the channel allows. One line is sent
 * at a time, so the next echo or refusal is about that line. A line counts as said when its echo
 * comes back.
 *
 * No line is said twice: only a `cooldown` proves that a line was lost, so only then it is sent
 * again. Every dropped line is logged.
 */
export class Outbox {
  readonly #options: Required<OutboxOptions>;
  readonly #rateLimiter = new RateLimiter();
  readonly #waiting: LineQueue;
  /** The line whose echo is awaited. */
  #current: QueuedLine | null = null;
  readonly #unanswered: UnansweredLines;
  readonly #speaking = new SpeakingRight();
  #open = false;
  #unknownEcho = false;
  #cancelTimer = () => {};
  #idle: (() => void)[] = [];
  readonly #counts = { said: 0, late: 0, delayed: 0 };

  constructor(options: OutboxOptions) {
    this.#options = { ...DEFAULTS, ...options };
    this.#waiting = new LineQueue(this.#options, () => this.#pump());
    this.#unanswered = new UnansweredLines(this.#options.clock);
  }

  get report(): OutboxReport {
    const waiting = this.#waiting.length + (this.#current ? 1 : 0);
    return { waiting, muted: this.muted, ...this.#counts, dropped: { ...this.#waiting.dropped } };
  }

  /** Whether nothing may be said to the room; private messages still pass. */
  get muted(): boolean {
    return this.#speaking.lost;
  }

  /** Whether a reply could not be said soon; `replies` others are still written and come first. */
  isBusy({ replies = 0 } = {}): boolean {
    const ahead = this.#waiting.length;
    return this.#rateLimiter.isBusy(this.#options.clock.now(), { ahead, replies });
  }

  /** Queues the lines of one reply, all or none. Each must be safe to send. */
  say(lines: readonly string[], { to, onSettled }: SayOptions = {}): QueuedReply {
    const reply = new PendingReply(lines.length, { onSettled, queue: this.#waiting });
    const shared = { to, reply, queuedMs: this.#options.clock.now(), tries: 0 };
    const queued = lines.map((text): QueuedLine => ({ ...shared, text }));
    this.#rateLimiter.replyQueued(lines.length);
    const isBarred = this.muted && to === undefined;
    if (isBarred) this.#waiting.drop("muted", queued, "the bot may not speak");
    else this.#waiting.add(queued);
    this.#pump();
    return reply;
  }

  /** The bot is in the channel. What follows a lost line that the history does not have is dropped. */
  open(): void {
    const why = "the line before it may not have been said";
    const lost = this.#unanswered.takeLost();
    lost?.reply.settle();
    if (lost) this.#waiting.dropRest("connection lost", lost, why);
    this.#open = true;
    this.#pump();
  }

  /** The channel is lost. The line that was sent may have been said, so it is not sent again. */
  close(): void {
    this.#open = false;
    if (this.#current) {
      const why = "the connection was lost before its echo came";
      this.#waiting.count("connection lost", [this.#current], why);
      this.#unanswered.lose(this.#current);
    }
    this.#unanswered.clear();
    this.#speaking.forgetMute();
    this.#settle();
  }

  setLimits(antiflood: AntifloodLimits, rank: number): void {
    this.#rateLimiter.setLimits(antiflood, rank);
  }

  /** The server takes only so many UTF-16 units of a line. */
  setMaxUnits(units: number): void {
    this.#waiting.setMaxUnits(units);
  }

  /** A line or a private message of the bot's own came, said at `timeMs` of the server's clock. */
  echoed(echo: OutgoingLine, timeMs = -Infinity): void {
    this.#unanswered.echoed(timeMs);
    const current = this.#current;
    if (current && sameAddressee(current, echo)) {
      const cut = this.#waiting.queueRest(current, echo.text);
      if (cut) return this.#confirmCut(cut);
    }
    const { overdue } = this.#unanswered;
    const found = bestMatch(echo, current ? [current, ...overdue] : overdue);
    if (found && found === current) return this.#confirm();
    if (found) {
      this.#saidLate(found, "its echo came late");
      return this.#unanswered.remove(found, { said: true });
    }
    if (!current || !sameAddressee(current, echo) || overdue.length > 0) {
      log.debug("Line under the bot's name that it did not send: {line}", { line: quoted(echo) });
      return;
    }
    // A filter may have replaced the whole line. It may also be another session's line: then the
    // real echo follows within a moment.
    if (this.#unknownEcho) return;
    this.#unknownEcho = true;
    this.#setTimer(() => this.#confirm(), UNKNOWN_ECHO_MS);
  }

  /** The channel's history has a line under the bot's name, said at `timeMs` of the server's clock. */
  foundInHistory(echo: OutgoingLine, timeMs = Infinity): void {
    const line = this.#unanswered.takeFound(echo, timeMs);
    if (!line) return;
    line.reply.settle(line.text);
    this.#saidLate(line, "the channel's history has it");
  }

  /** The server lost the line: it came too early. It is sent again, later with each try. */
  cooldown(askedMs: number): void {
    const line = this.#unanswered.takeAnswered(this.#current);
    const growth = 2 ** ((line?.tries ?? 1) - 1);
    const waitMs = Math.min(askedMs * growth, MAX_COOLDOWN_MS);
    this.#rateLimiter.refused(this.#options.clock.now(), waitMs);
    if (!line) return;
    if (line.withdrawn) return this.#giveUp(line.withdrawn.reason, line.withdrawn.why);
    if (line.tries >= MAX_TRIES) {
      return this.#giveUp("too fast", `it came too early ${MAX_TRIES} times`);
    }
    this.#counts.delayed++;
    log.debug("Line came too early and is said again in {waitMs} ms", { waitMs });
    this.#waiting.unshift(line);
    this.#settle();
  }

  /** The server refused a line. If it is the last one, drops the rest of its reply; returns true. */
  refused(reason: DropReason, why: string, kind?: "chat" | "pm"): boolean {
    if (!this.#unanswered.takeAnswered(this.#current, kind)) return false;
    this.#giveUp(reason, why);
    return true;
  }

  /** The bot is muted. With `answer` the server said so instead of taking a line. */
  mute(why: string, options: { readonly answer?: boolean } = {}): void {
    this.#speaking.mute(why);
    this.withdraw(why, "muted");
    if (!options.answer || !this.refused("muted", why, "chat")) this.#pump();
  }

  /** Drops what waits for the room. The line that was sent is not sent again. */
  withdraw(why: string, reason: DropReason = "withdrawn"): void {
    this.#waiting.dropWaiting(reason, ({ to }) => to === undefined, why);
    const line = this.#current;
    if (line && line.to === undefined) line.withdrawn = { reason, why };
  }

  unmute(): void {
    this.#speaking.unmute();
  }

  /** Below the rank that a channel asks for lines vanish: no echo, no error. */
  allow(allowed: boolean): void {
    const why = this.#speaking.allow(allowed);
    if (why === undefined) return;
    this.withdraw(why, "muted");
    this.#pump();
  }

  /** Resolves when nothing waits; at once when the outbox is closed. */
  drained(): Promise<void> {
    if (!this.#open || this.report.waiting === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  #confirmCut({ units, said }: CutLine): void {
    log.info("The server takes {units} characters of a line: lines are shorter now", { units });
    this.#options.onCut(units);
    this.#confirm(said);
  }

  #confirm(said = this.#current?.text): void {
    this.#counts.said++;
    this.#current?.reply.settle(said);
    this.#rateLimiter.confirmed(this.#options.clock.now());
    // The server responds in order: nothing comes any more for earlier lines.
    this.#unanswered.clear();
    this.#settle();
  }

  #saidLate(line: OutgoingLine, how: string): void {
    this.#counts.late++;
    log.info("Line was said after all: {how}: {line}", { how, line: quoted(line) });
  }

  #giveUp(reason: DropReason, why: string, { mayBeSaid = false } = {}): void {
    const line = this.#current;
    if (!line) return;
    this.#waiting.count(reason, [line], why);
    this.#waiting.dropRest(reason, line, "the line before it was not said");
    if (mayBeSaid) this.#unanswered.add(line);
    else line.reply.settle();
    this.#settle();
  }

  /** The line may have been said all the same, so it is not sent again. */
  #missEcho(): void {
    const why = `no echo came within ${this.#options.echoTimeoutMs / 1000} s`;
    this.#giveUp("no echo", why, { mayBeSaid: true });
  }

  #settle(): void {
    this.#current = null;
    this.#unknownEcho = false;
    this.#pump();
  }

  #pump(): void {
    if (this.#open && this.#current) return;
    this.#cancelTimer();
    const now = this.#options.clock.now();
    const next = this.#open ? this.#waiting.peek(now) : undefined;
    if (!next) return this.#idle.splice(0).forEach((resolve) => resolve());
    const kind = { pm: next.to !== undefined };
    const waitMs = this.#rateLimiter.waitMs(now, kind);
    if (waitMs > 0) return this.#setTimer(() => this.#pump(), Math.min(waitMs, MAX_TIMER_MS));
    this.#waiting.shift();
    this.#current = next;
    next.tries++;
    next.reply.begun = true;
    this.#rateLimiter.sent(now, kind);
    this.#setTimer(() => this.#missEcho(), this.#options.echoTimeoutMs);
    this.#options.send(next);
  }

  #setTimer(fn: () => void, ms: number): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#options.clock.setTimer(fn, ms);
  }
}
