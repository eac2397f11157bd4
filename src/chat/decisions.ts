/** Remembers why lines were answered or not, for `!why`, the status page and the metrics. */
import { BoundedMap } from "../bounded_map.ts";
import { type Clock, systemClock } from "../clock.ts";
import type { IgnoreReason } from "./decide.ts";
import type { Question } from "./reply_queue.ts";

export type Outcome =
  | "waiting"
  | "answered"
  | "not said"
  | "merged"
  | "asker left"
  | "forgotten"
  | "ignored"
  | "paused"
  | "cancelled"
  | "stopped"
  | "nothing to tell"
  | "waited too long"
  | "model unavailable"
  | "model failed"
  | "nothing useful left";

export type FinalOutcome = Exclude<Outcome, "waiting">;

export interface DecisionEntry {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** The sender: hostile text. */
  readonly user: string;
  readonly outcome: IgnoreReason | Outcome;
  /** More about it, such as an error message; may contain a server's text. */
  readonly detail: string;
  readonly private: boolean;
  /** The first words of a line of the room: hostile text; empty for a private message. */
  readonly words: string;
  /** What caused the reply; undefined where the bot never meant to reply. */
  readonly kind?: Question["kind"];
}

/** The line that a decision is about. */
export interface DecidedLine {
  readonly text: string;
  readonly private: boolean;
  readonly kind?: Question["kind"];
}

export interface DecisionReport {
  /** Newest first. */
  readonly recent: readonly DecisionEntry[];
  /** Since the start; without questions that wait. */
  readonly counts: Readonly<Partial<Record<DecisionEntry["outcome"], number>>>;
}

/** Reasons that are counted only: the line was not for the bot. */
const COUNTED_ONLY: readonly IgnoreReason[] = [
  "history",
  "system line",
  "own line",
  "shadowed",
  "command",
  "not called",
];
const MAX_ENTRIES = 50;
const MAX_UNCALLED_USERS = 500;
const MAX_DETAIL_CHARS = 200;
const MAX_WORDS_CHARS = 30;

export interface DecisionsOptions {
  readonly clock?: Pick<Clock, "wall">;
  /** Called with each entry, `waiting` ones included. */
  readonly onDecided?: (entry: DecisionEntry) => void;
}

export class Decisions {
  readonly #options: DecisionsOptions;
  #recent: DecisionEntry[] = [];
  /** When each user last wrote a line that did not call the bot, in milliseconds since 1970. */
  readonly #uncalled = new BoundedMap<string, number>(MAX_UNCALLED_USERS);
  readonly #counts: Partial<Record<DecisionEntry["outcome"], number>> = {};

  constructor(options: DecisionsOptions = {}) {
    this.#options = options;
  }

  get report(): DecisionReport {
    return { recent: [...this.#recent], counts: { ...this.#counts } };
  }

  ignored(user: string, reason: IgnoreReason, line?: DecidedLine): void {
    this.#count(reason);
    if (reason === "not called") this.#uncalled.set(user, this.#now());
    else if (!COUNTED_ONLY.includes(reason)) {
      this.#add(user, reason, about(reason === "opted out" ? undefined : line));
    }
  }

  /**
   * The last decisions, newest first.
   *
   * @param user Limits them to this user, including the last line that did not call the bot.
   */
  last(count: number, user?: string): readonly DecisionEntry[] {
    if (user === undefined) return this.#recent.slice(0, count);
    const name = user.toLowerCase();
    const entries = this.#recent.filter((entry) => entry.user.toLowerCase() === name);
    for (const [spelled, at] of this.#uncalled) {
      if (spelled.toLowerCase() !== name) continue;
      entries.push({ at, user: spelled, outcome: "not called", detail: "", ...about() });
    }
    return entries.sort((a, b) => b.at - a.at).slice(0, count);
  }

  queued(user: string, line?: DecidedLine): void {
    this.#add(user, "waiting", about(line));
  }

  /** A question was merged into an earlier one of the same user. */
  merged(user: string, line?: DecidedLine): void {
    this.#count("merged");
    this.#add(user, "merged", about(line));
  }

  /** Replaces the oldest `waiting` entry of that user, in the room or in private. */
  finished(
    { user, private: isPrivate, kind }: Pick<Question, "user" | "private"> & Partial<Question>,
    outcome: FinalOutcome,
    detail = "",
  ): void {
    this.#count(outcome);
    const at = this.#recent.findLastIndex((entry) =>
      entry.outcome === "waiting" && entry.private === isPrivate &&
      entry.user.toLowerCase() === user.toLowerCase()
    );
    const { words } = this.#recent[at] ?? about();
    if (at >= 0) this.#recent.splice(at, 1);
    this.#add(user, outcome, { detail, private: isPrivate, words, kind });
  }

  /** Forgets what one user said, by default all. */
  forgetWords(user?: string): void {
    const key = user?.toLowerCase();
    this.#recent = this.#recent.map((entry) =>
      key === undefined || entry.user.toLowerCase() === key ? { ...entry, words: "" } : entry
    );
  }

  #count(outcome: DecisionEntry["outcome"]): void {
    this.#counts[outcome] = (this.#counts[outcome] ?? 0) + 1;
  }

  #add(
    user: string,
    outcome: DecisionEntry["outcome"],
    { detail = "", ...more }:
      & Pick<DecisionEntry, "private" | "words" | "kind">
      & { readonly detail?: string },
  ): void {
    const cut = detail.slice(0, MAX_DETAIL_CHARS);
    const entry = { at: this.#now(), user, outcome, detail: cut, ...more };
    this.#recent.unshift(entry);
    this.#recent.length = Math.min(this.#recent.length, MAX_ENTRIES);
    this.#options.onDecided?.(entry);
  }

  #now(): number {
    return (this.#options.clock ?? systemClock).wall();
  }
}

/** A private message's words are nobody else's concern. */
function about(line?: DecidedLine): Pick<DecisionEntry, "private" | "words" | "kind"> {
  const kind = line?.kind;
  if (line === undefined || line.private) return { private: line !== undefined, words: "", kind };
  const words = line.text.slice(0, MAX_WORDS_CHARS).trimEnd().toWellFormed();
  return { private: false, words: words.length < line.text.length ? `${words}…` : words, kind };
}
