/**
 * What the bot says: in order, no faster than the channel allows, one line on its way at a time, so
 * that the next echo or refusal is about that line.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import { type Clock, systemClock } from "../clock.ts";
import type { AntifloodLimits } from "./events.ts";
import { Pacer } from "./pacer.ts";

const log = getLogger(["rosey", "outbox"]);

/** Options of {@linkcode Outbox}. */
export interface OutboxOptions {
  /** Sends a line to the channel. */
  readonly send: (text: string) => void;
  /** Default: the real time. */
  readonly clock?: Clock;
  /** Lines that may wait at the most; default 30. */
  readonly capacity?: number;
  /** A line that waited longer is not said any more; default 60 s. */
  readonly maxAgeMs?: number;
  /** How long a line's echo may take; default 5 s. */
  readonly echoTimeoutMs?: number;
}

/** What became of the lines. */
export interface OutboxReport {
  /** Lines that wait or are on their way. */
  readonly waiting: number;
  /** Lines whose echo came back. */
  readonly said: number;
  /** Lines that came too early and were said again. */
  readonly delayed: number;
  /** Lines that were given up, by reason. */
  readonly dropped: Readonly<Record<DropReason, number>>;
}

/** Why a line was not said. */
export type DropReason = "refused" | "no echo" | "connection lost" | "too old" | "no room";

interface Entry {
  readonly text: string;
  readonly reply: symbol;
  readonly queuedMs: number;
}

/** A bounded queue of lines to say; a line counts as said when its echo came back. */
export class Outbox {
  readonly #send: (text: string) => void;
  readonly #clock: Clock;
  readonly #capacity: number;
  readonly #maxAgeMs: number;
  readonly #echoTimeoutMs: number;
  readonly #pacer = new Pacer();
  #waiting: Entry[] = [];
  #onTheWay: Entry | null = null;
  #open = false;
  #said = 0;
  #delayed = 0;
  readonly #dropped: Record<DropReason, number> = {
    "refused": 0,
    "no echo": 0,
    "connection lost": 0,
    "too old": 0,
    "no room": 0,
  };
  #cancelTimer = () => {};
  #idle: (() => void)[] = [];

  /**
   * Is empty and closed.
   *
   * @param options How lines are sent, and its bounds.
   */
  constructor(options: OutboxOptions) {
    this.#send = options.send;
    this.#clock = options.clock ?? systemClock;
    this.#capacity = options.capacity ?? 30;
    this.#maxAgeMs = options.maxAgeMs ?? 60_000;
    this.#echoTimeoutMs = options.echoTimeoutMs ?? 5000;
  }

  /** What became of the lines by now. */
  get report(): OutboxReport {
    const waiting = this.#waiting.length + (this.#onTheWay ? 1 : 0);
    return { waiting, said: this.#said, delayed: this.#delayed, dropped: { ...this.#dropped } };
  }

  /**
   * Queues the lines of one reply.
   *
   * @param lines Each within the server's limit and safe to send.
   * @returns Whether there was room for them.
   */
  say(lines: readonly string[]): boolean {
    if (this.#waiting.length + lines.length > this.#capacity) {
      this.#dropped["no room"] += lines.length;
      log.warning("Reply dropped: {count} lines are waiting to be said", {
        count: this.#waiting.length,
      });
      return false;
    }
    const reply = Symbol();
    const queuedMs = this.#clock.now();
    for (const text of lines) this.#waiting.push({ text, reply, queuedMs });
    this.#pump();
    return true;
  }

  /** The channel listens: begins to say what waits. */
  open(): void {
    this.#open = true;
    this.#pump();
  }

  /** The channel is gone. What waits is kept for a while; the fate of what was on its way is unknown. */
  close(): void {
    this.#open = false;
    if (this.#onTheWay) {
      this.#drop(this.#onTheWay, "connection lost", "the connection was lost before its echo came");
    }
    this.#settle();
  }

  /** Takes over the channel's flood limits for a bot of this rank. */
  limit(antiflood: AntifloodLimits, rank: number): void {
    this.#pacer.adopt(antiflood, rank);
  }

  /** The bot's own line came back from the channel. */
  heard(): void {
    if (!this.#onTheWay) return;
    this.#said++;
    this.#pacer.heard(this.#clock.now());
    this.#settle();
  }

  /**
   * The server lost the line because it came too early: it is said again.
   *
   * @param waitMs How long the server wants to wait.
   */
  cooldown(waitMs: number): void {
    this.#pacer.refused(this.#clock.now(), waitMs);
    if (!this.#onTheWay) return;
    this.#delayed++;
    log.debug("Line came too early and is said again in {waitMs} ms", { waitMs });
    this.#waiting.unshift(this.#onTheWay);
    this.#settle();
  }

  /**
   * The server will not take the line: it and the rest of its reply are given up.
   *
   * @param why What the server said.
   */
  refused(why: string): void {
    this.#giveUp("refused", why);
  }

  /**
   * Waits for everything to be said.
   *
   * @returns Resolves when nothing waits; at once where nothing does, or where nobody listens.
   */
  drained(): Promise<void> {
    if (!this.#open || this.#empty()) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  #empty(): boolean {
    return this.#waiting.length === 0 && this.#onTheWay === null;
  }

  #settle(): void {
    this.#onTheWay = null;
    this.#cancelTimer();
    this.#pump();
  }

  #pump(): void {
    if (!this.#open || this.#empty()) this.#idle.splice(0).forEach((resolve) => resolve());
    if (!this.#open || this.#onTheWay) return;
    this.#cancelTimer();
    const now = this.#clock.now();
    let next = this.#waiting[0];
    while (next && now - next.queuedMs > this.#maxAgeMs) {
      this.#drop(this.#waiting.shift()!, "too old", "it waited too long");
      next = this.#waiting[0];
    }
    if (!next) {
      this.#idle.splice(0).forEach((resolve) => resolve());
      return;
    }
    const waitMs = this.#pacer.waitMs(now);
    if (waitMs > 0) {
      this.#cancelTimer = this.#clock.setTimer(() => this.#pump(), waitMs);
      return;
    }
    this.#waiting.shift();
    this.#onTheWay = next;
    this.#pacer.sent(now);
    this.#cancelTimer = this.#clock.setTimer(
      () => this.#giveUp("no echo", `no echo came within ${this.#echoTimeoutMs / 1000} s`),
      this.#echoTimeoutMs,
    );
    this.#send(next.text);
  }

  /** With a line the rest of its reply loses its sense. */
  #giveUp(reason: DropReason, why: string): void {
    if (!this.#onTheWay) return;
    const { reply } = this.#onTheWay;
    this.#drop(this.#onTheWay, reason, why);
    const rest = this.#waiting.filter((entry) => entry.reply !== reply);
    this.#dropped[reason] += this.#waiting.length - rest.length;
    this.#waiting = rest;
    this.#settle();
  }

  #drop(entry: Entry, reason: DropReason, why: string): void {
    this.#dropped[reason]++;
    log.warning("Line not said: {why}: {text}", { why, text: JSON.stringify(entry.text) });
  }
}
