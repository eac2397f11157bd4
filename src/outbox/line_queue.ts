import { getLogger } from "@logtape/logtape";
import { plural } from "../plural.ts";
import { type CutLine, findCut, refit } from "./cut_line.ts";
import type { OutgoingLine } from "./echo.ts";
import type { PendingReply } from "./say.ts";

const log = getLogger(["rosey", "outbox"]);

export type DropReason = keyof LineQueue["dropped"];

export interface QueuedLine extends OutgoingLine {
  /** The same for all lines of one reply. */
  readonly reply: PendingReply;
  readonly queuedMs: number;
  tries: number;
  /** Set when the line must not be sent again, even if the server loses it. */
  withdrawn?: { readonly reason: DropReason; readonly why: string };
}

export interface LineQueueOptions {
  /** Default 150: more than isBusy lets wait. */
  readonly capacity: number;
  /** A line that waits longer is dropped; default 60 s. */
  readonly maxAgeMs: number;
}

/** UTF-16 units. Source: CyTube's `max-chat-message-length`. */
const MAX_UNITS = 320;

/** Lines that wait, bounded by number and age. Counts and logs every dropped line. */
export class LineQueue {
  readonly dropped = {
    // The server's response.
    "refused": 0,
    "spam filter": 0,
    "muted": 0,
    "too fast": 0,
    // No response.
    "no echo": 0,
    "connection lost": 0,
    // The bot's own decision.
    "withdrawn": 0,
    "too old": 0,
    "no room": 0,
  };
  readonly #options: LineQueueOptions;
  readonly #onRemoved: () => void;
  #lines: QueuedLine[] = [];
  #maxUnits = MAX_UNITS;

  constructor(options: LineQueueOptions, onRemoved: () => void) {
    this.#options = options;
    this.#onRemoved = onRemoved;
  }

  get length(): number {
    return this.#lines.length;
  }

  /** Adds all lines or drops them, and splits those that are longer than a site's own limit. */
  add(given: readonly QueuedLine[]): void {
    const lines = this.#maxUnits < MAX_UNITS ? given.flatMap((line) => this.#fit(line)) : given;
    if (this.#lines.length + lines.length > this.#options.capacity) {
      return this.drop("no room", lines, `${plural(this.#lines.length, "line")} to be said first`);
    }
    this.#lines.push(...lines);
  }

  /** The next line, after dropping those that are too old. */
  peek(now: number): QueuedLine | undefined {
    const isOld = ({ queuedMs }: QueuedLine) => now - queuedMs > this.#options.maxAgeMs;
    this.dropWaiting("too old", isOld, "it waited too long");
    return this.#lines[0];
  }

  shift(): void {
    this.#lines.shift();
  }

  unshift(line: QueuedLine): void {
    this.#lines.unshift(line);
  }

  /** The server takes only so many UTF-16 units of a line. */
  setMaxUnits(units: number): void {
    this.#maxUnits = units;
    this.#lines = this.#lines.flatMap((line) => this.#fit(line));
  }

  /**
   * Queues what the server cut from the line, unless its limit is known already. Undefined if it cut
   * nothing.
   */
  queueRest(line: QueuedLine, echo: string): CutLine | undefined {
    const cut = findCut(line.text, echo);
    if (!cut || cut.units >= this.#maxUnits) return undefined;
    const rest = line.withdrawn ? [] : refit(cut.rest, cut.units);
    line.reply.grow(rest.length);
    this.#lines.unshift(...rest.map((text) => ({ ...line, text, tries: 0 })));
    this.setMaxUnits(cut.units);
    return cut;
  }

  /** Counts and logs lines that are not in the queue. */
  count(reason: DropReason, lines: readonly OutgoingLine[], why: string): void {
    this.dropped[reason] += lines.length;
    for (const line of lines) {
      // What was cleared shall not be read in the log.
      if (reason === "withdrawn") log.warning("Line not said: {why}", { why });
      else log.warning("Line not said: {why}: {line}", { why, line: quoted(line) });
    }
  }

  /** Gives up lines that are not in the queue. */
  drop(reason: DropReason, lines: readonly QueuedLine[], why: string): void {
    this.count(reason, lines, why);
    for (const { reply } of lines) reply.settle();
  }

  dropWaiting(reason: DropReason, which: (line: QueuedLine) => boolean, why: string): void {
    const dropped = this.#lines.filter(which);
    this.#lines = this.#lines.filter((line) => !which(line));
    this.drop(reason, dropped, why);
  }

  /** Removes the lines of a reply, which are neither counted nor settled. */
  remove(reply: PendingReply): void {
    this.#lines = this.#lines.filter((line) => line.reply !== reply);
    this.#onRemoved();
  }

  /** Drops the waiting lines of the reply that `line` belongs to. */
  dropRest(reason: DropReason, line: QueuedLine, why: string): void {
    this.dropWaiting(reason, ({ reply }) => reply === line.reply, why);
  }

  #fit(line: QueuedLine): QueuedLine[] {
    if (line.text.length <= this.#maxUnits) return [line];
    const texts = refit(line.text, this.#maxUnits);
    line.reply.grow(texts.length - 1);
    return texts.map((text) => ({ ...line, text }));
  }
}

/** Quotes a line for the log, which never has the text of a private message. */
export function quoted({ text, to }: OutgoingLine): string {
  return to === undefined ? JSON.stringify(text) : `a private one to ${to}`;
}
