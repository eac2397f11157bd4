/**
 * Why she answered or kept silent: what was decided about the lines that concerned her, and what came
 * of it.
 *
 * @module
 */
import { BoundedMap } from "../bounded_map.ts";
import type { IgnoreReason } from "./decide.ts";

/** What came of a question that was taken. */
export type Outcome =
  | "waiting"
  | "answered"
  | "merged"
  | "asker left"
  | "forgotten"
  | "ignored"
  | "paused"
  | "stopped"
  | "nothing to tell"
  | "waited too long"
  | "model unavailable"
  | "model failed"
  | "nothing harmless left"
  | "no room to say it";

/** One decision. */
export interface DecisionEntry {
  /** When, in milliseconds since 1970. */
  readonly at: number;
  /** Who called: hostile text. */
  readonly user: string;
  /** Why there was no answer, or what came of the question. */
  readonly outcome: IgnoreReason | Outcome;
  /** More about it, such as the failure's message; may hold a server's words. */
  readonly detail: string;
}

/** What was decided since the start. */
export interface DecisionReport {
  /** The last ones, newest first. */
  readonly recent: readonly DecisionEntry[];
  /** How many had each outcome; those that wait are not counted yet. */
  readonly counts: Readonly<Partial<Record<DecisionEntry["outcome"], number>>>;
}

/** Lines that had nothing to do with her. */
const UNCONCERNED: readonly IgnoreReason[] = [
  "history",
  "system line",
  "own line",
  "shadowed",
  "command",
  "not called",
];
/** How many are remembered. */
const REMEMBERED = 50;
/** People of whom it is remembered when they last said something without calling her. */
const MAX_UNCALLED = 500;
/** A server's words may be long. */
const DETAIL_CHARS = 200;

/** Remembers decisions: the last ones, and how many there were of each kind. */
export class Decisions {
  #recent: DecisionEntry[] = [];
  /** When each person last said a line without calling the bot, in milliseconds since 1970. */
  readonly #uncalled = new BoundedMap<string, number>(MAX_UNCALLED);
  readonly #counts: Partial<Record<DecisionEntry["outcome"], number>> = {};

  /** What was decided by now. */
  get report(): DecisionReport {
    return { recent: [...this.#recent], counts: { ...this.#counts } };
  }

  /**
   * A line was not answered.
   *
   * @param user Who wrote it.
   * @param reason Why not.
   */
  ignored(user: string, reason: IgnoreReason): void {
    this.#count(reason);
    if (reason === "not called") this.#uncalled.set(user, Date.now());
    else if (!UNCONCERNED.includes(reason)) this.#remember(user, reason);
  }

  /**
   * The last decisions about one person, or about all.
   *
   * @param count How many at the most.
   * @param user Their name, in any case; none: everybody.
   * @returns Newest first; of a person also that they did not call her.
   */
  last(count: number, user?: string): readonly DecisionEntry[] {
    if (user === undefined) return this.#recent.slice(0, count);
    const name = user.toLowerCase();
    const entries = this.#recent.filter((entry) => entry.user.toLowerCase() === name);
    for (const [spelled, at] of this.#uncalled) {
      if (spelled.toLowerCase() !== name) continue;
      entries.push({ at, user: spelled, outcome: "not called", detail: "" });
    }
    return entries.sort((a, b) => b.at - a.at).slice(0, count);
  }

  /**
   * A question was taken.
   *
   * @param user Who asked.
   */
  queued(user: string): void {
    this.#remember(user, "waiting");
  }

  /**
   * A question joined an earlier one of the same person that still waits.
   *
   * @param user Who asked.
   */
  merged(user: string): void {
    this.#count("merged");
    this.#remember(user, "merged");
  }

  /**
   * A question is at its end: its entry becomes what came of it.
   *
   * @param user Who asked.
   * @param outcome What came of it.
   * @param detail More about it.
   */
  finished(user: string, outcome: Exclude<Outcome, "waiting">, detail = ""): void {
    this.#count(outcome);
    const at = this.#recent.findLastIndex((entry) =>
      entry.outcome === "waiting" && entry.user.toLowerCase() === user.toLowerCase()
    );
    if (at >= 0) this.#recent.splice(at, 1);
    this.#remember(user, outcome, detail);
  }

  #count(outcome: DecisionEntry["outcome"]): void {
    this.#counts[outcome] = (this.#counts[outcome] ?? 0) + 1;
  }

  #remember(user: string, outcome: DecisionEntry["outcome"], detail = ""): void {
    const entry = { at: Date.now(), user, outcome, detail: detail.slice(0, DETAIL_CHARS) };
    this.#recent.unshift(entry);
    this.#recent.length = Math.min(this.#recent.length, REMEMBERED);
  }
}
