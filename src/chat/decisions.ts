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
   * A line was not answered, or a question is at its end.
   *
   * @param user Who called.
   * @param outcome Why not, or what came of it.
   * @param detail More about it.
   */
  add(user: string, outcome: DecisionEntry["outcome"], detail = ""): void {
    const settled = outcome !== "waiting";
    if (settled) this.#counts[outcome] = (this.#counts[outcome] ?? 0) + 1;
    // A question is one entry, from its begin to its end.
    const open = ({ user: other, outcome }: DecisionEntry) =>
      outcome === "waiting" && other.toLowerCase() === user.toLowerCase();
    const at = Date.now();
    const entry = { at, user, outcome, detail: detail.slice(0, DETAIL_CHARS) };
    const waiting = settled ? this.#recent.findIndex(open) : -1;
    if (waiting >= 0) this.#recent.splice(waiting, 1);
    this.#recent.unshift(entry);
    this.#recent.length = Math.min(this.#recent.length, REMEMBERED);
  }
}
