/** A bounded queue of the questions that wait for the model. */
import type { ProactiveTrigger } from "./proactive.ts";
import type { Answer } from "./sayable.ts";

export interface Question {
  readonly user: string;
  readonly text: string;
  readonly askedMs: number;
  /** Whether it was asked, and is answered, by private message. */
  readonly private: boolean;
  /** The bot was called, is asked for a summary, or speaks unasked. */
  readonly kind: "call" | "missed" | ProactiveTrigger;
  /** Index in the room log of the first line that asks it; undefined if no line of the room does. */
  readonly lineIndex?: number;
  /** The answer to its first part, which was not said: it is if there is no other. */
  readonly instead?: Answer;
}

export interface Staleness {
  readonly staleMs: number;
  /** When the model became ready: model load time does not count towards staleness. */
  readonly readySinceMs: number;
}

/** Loading the model takes minutes; a question does not wait longer than this for it. */
const MAX_LOAD_MS = 120_000;
const MAX_MERGED_CHARS = 1000;

export class ReplyQueue {
  readonly #capacity: number;
  #waiting: Question[] = [];

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get full(): boolean {
    return this.#waiting.length >= this.#capacity;
  }

  get size(): number {
    return this.#waiting.length;
  }

  /** Puts a question first: its answer was begun and is not wanted any more. */
  putBack(question: Question): void {
    this.#waiting.unshift(question);
  }

  /** When the user's waiting question was asked. */
  askedMs(user: string, isPrivate: boolean): number | undefined {
    return this.#waiting.find((question) => isCallOf(question, user, isPrivate))?.askedMs;
  }

  /** Adds a question, or merges it into one of the same user that waits already. */
  push(question: Question): "added" | "merged" | "full" {
    const at = this.#waiting.findIndex((other) => canMerge(other, question));
    if (at >= 0) {
      this.#waiting[at] = merge(this.#waiting[at]!, question);
      return "merged";
    }
    if (this.full) return "full";
    this.#waiting.push(question);
    return "added";
  }

  has(user: string): boolean {
    return this.#waiting.some((question) => isSameUser(question.user, user));
  }

  /** Removes and returns the questions of this user. */
  drop(user: string): Question[] {
    const dropped = this.#waiting.filter((question) => isSameUser(question.user, user));
    this.#waiting = this.#waiting.filter((question) => !dropped.includes(question));
    return dropped;
  }

  expire(now: number, { staleMs, readySinceMs }: Staleness): Question[] {
    const isStale = ({ askedMs }: Question) =>
      now - Math.max(askedMs, readySinceMs) > staleMs || now - askedMs > staleMs + MAX_LOAD_MS;
    const stale = this.#waiting.filter(isStale);
    this.#waiting = this.#waiting.filter((question) => !isStale(question));
    return stale;
  }

  /** Milliseconds that the first question may still wait for the model; 0 if none waits. */
  maxWaitMs(now: number, staleMs: number): number {
    const [first] = this.#waiting;
    return first ? Math.max(0, first.askedMs + staleMs + MAX_LOAD_MS - now) : 0;
  }

  shift(): Question | undefined {
    return this.#waiting.shift();
  }

  clear(): Question[] {
    return this.#waiting.splice(0);
  }
}

export function isSameUser(a: string, b: string): boolean {
  // Names are ASCII: most differ in length already.
  return a.length === b.length && a.toLowerCase() === b.toLowerCase();
}

/** Whether this user asked the question by calling the bot, in the room or in private. */
export function isCallOf(question: Question, user: string, isPrivate: boolean): boolean {
  return question.kind === "call" && question.private === isPrivate &&
    isSameUser(question.user, user);
}

function canMerge(a: Question, b: Question): boolean {
  return isSameUser(a.user, b.user) && a.private === b.private &&
    (a.kind === "missed") === (b.kind === "missed");
}

export function merge(first: Question, second: Question): Question {
  if (second.kind !== "call") return first;
  const isCall = first.kind === "call";
  const text = isCall ? `${first.text}\n${second.text}` : second.text;
  const lineIndex = isCall ? first.lineIndex : second.lineIndex;
  return { ...second, text: text.slice(-MAX_MERGED_CHARS), askedMs: first.askedMs, lineIndex };
}
