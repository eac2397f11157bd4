/**
 * Why she answered or kept silent: what was decided about the lines that concerned her, and what came
 * of it.
 *
 * @module
 */
import type { IgnoreReason } from "./decide.ts";

/** What came of a question that was taken. */
export type Outcome =
  | "waiting"
  | "answered"
  | "asker left"
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
const UNCONCERNED: readonly IgnoreReason[] = ["history", "own line", "system line", "not called"];
/** How many are remembered. */
const REMEMBERED = 50;
/** A server's words may be long. */
const DETAIL_CHARS = 200;

/** Remembers decisions: the last ones, and how many there were of each kind. */
export class Decisions {
  #recent: DecisionEntry[] = [];
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
    if (!UNCONCERNED.includes(reason)) this.#remember(user, reason);
  }

  /**
   * A question was taken.
   *
   * @param user Who asked.
   */
  taken(user: string): void {
    this.#remember(user, "waiting");
  }

  /**
   * A question is at its end: its entry becomes what came of it.
   *
   * @param user Who asked.
   * @param outcome What came of it.
   * @param detail More about it.
   */
  settled(user: string, outcome: Exclude<Outcome, "waiting">, detail = ""): void {
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
