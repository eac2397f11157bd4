/** Accounts for every question: answered once, or explained. */
import { faultsOf } from "../../tests/sanitize/attacks/oracle.ts";
import { wordsOf } from "./model.ts";

export interface Question {
  readonly user: string;
  readonly atMs: number;
  /** Whether the bot was in the channel. */
  readonly wasHeard: boolean;
}

export interface Decided {
  readonly user: string;
  readonly outcome: string;
  readonly detail: string;
}

export interface AccountOptions {
  /** Called with each violation, as soon as it is known, and a word that its log lines contain. */
  readonly onViolation: (what: string, word?: string) => void;
}

const MAX_UNITS = 320;
/** What was said so shortly before the connection was lost may not have arrived. */
const LOST_MS = 3000;
/** Outcomes that do not explain a missing answer. */
const NO_END = ["waiting", "answered", "merged"];
/** The bot's only own command. */
const OWN_COMMANDS = ["/afk"];

export class Account {
  readonly #options: AccountOptions;
  readonly #questions = new Map<number, Question>();
  /** Numbers of the questions by asker: each asks once. */
  readonly #byUser = new Map<string, number>();
  /** The reply that was said, by question. */
  readonly #answers = new Map<number, number>();
  /** The words that were said, as `reply w place`. */
  readonly #words = new Set<string>();
  readonly #reasons = new Map<number, string>();
  readonly #lossesMs: number[] = [];
  #waits: { readonly sinceMs: number; readonly resolve: (atMs: number) => void }[] = [];
  lastAnswerMs = -Infinity;

  constructor(options: AccountOptions) {
    this.#options = options;
  }

  get questions(): number {
    return this.#questions.size;
  }

  get answered(): number {
    return this.#answers.size;
  }

  asked(n: number, question: Question): void {
    this.#questions.set(n, question);
    this.#byUser.set(question.user, n);
  }

  /** The connection to the channel was cut. */
  lost(atMs: number): void {
    this.#lossesMs.push(atMs);
  }

  /** The bot sends a message. */
  sent(msg: string): void {
    if (OWN_COMMANDS.includes(msg)) return;
    const around = { maxUnits: MAX_UNITS, maxLines: 1, here: [] };
    for (const fault of faultsOf(msg, [msg], around)) this.#violated(`${fault}: ${quoted(msg)}`);
  }

  /** The room received a line of the bot. */
  said(line: string, atMs: number): void {
    const words = wordsOf(line);
    const [first] = words;
    if (first === undefined) return this.#violated(`a line that no reply has: ${quoted(line)}`);
    const { question, reply } = first;
    if (words.some((word) => word.question !== question || word.reply !== reply)) {
      return this.#violated(`a line of two replies: ${quoted(line)}`);
    }
    if (!this.#questions.has(question)) this.#violated(`nobody asked: ${quoted(line)}`);
    const before = this.#answers.get(question);
    if (before !== undefined && before !== reply) {
      this.#violated(`question ${question} has two replies: ${quoted(line)}`);
    }
    for (const { at } of words) {
      const word = `${reply}w${at}`;
      if (this.#words.has(word)) return this.#violated(`said twice: ${quoted(line)}`);
      this.#words.add(word);
    }
    if (before !== undefined) return;
    this.#answers.set(question, reply);
    this.lastAnswerMs = atMs;
    const askedMs = this.#questions.get(question)?.atMs ?? -Infinity;
    this.#waits = this.#waits.filter(({ sinceMs, resolve }) => {
      if (askedMs < sinceMs) return true;
      resolve(atMs);
    });
  }

  /** A line of the log. */
  logged(line: string): void {
    const [, user, reason] = / No answer for (\S+): (.*)$/.exec(line) ?? [];
    const n = this.#byUser.get(user ?? "");
    if (n !== undefined && reason !== undefined) this.#reasons.set(n, reason);
    const [, why, text] = / Line not said: (.*): ("(?:[^"\\]|\\.)*")$/.exec(line) ?? [];
    for (const { question } of wordsOf(text ?? "")) this.#reasons.set(question, why!);
  }

  /** An entry of what `!why` and the status page show. */
  decided({ user, outcome, detail }: Decided): void {
    const n = this.#byUser.get(user);
    if (n === undefined || NO_END.includes(outcome)) return;
    this.#reasons.set(n, detail ? `${outcome}: ${detail}` : outcome);
  }

  /** Resolves with the time of the first answer to a question that was asked since then. */
  answeredSince(sinceMs: number): Promise<number> {
    return new Promise((resolve) => this.#waits.push({ sinceMs, resolve }));
  }

  /** The questions that are neither answered nor explained. */
  get open(): number[] {
    return [...this.#questions.keys()].filter((n) => !this.#answers.has(n) && !this.#why(n));
  }

  /** How many questions have no answer, by reason. */
  get explained(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const n of this.#questions.keys()) {
      const why = this.#answers.has(n) ? undefined : this.#why(n);
      if (why === undefined) continue;
      const kind = why.replace(/ \(.*|[:;] .*/s, "").replace(/\d+(?:\.\d+)?/g, "N");
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
    }
    return counts;
  }

  /** Reports what is still open at the end. */
  close(): void {
    for (const n of this.open) {
      const { user } = this.#questions.get(n)!;
      this.#options.onViolation(`the question of ${user} has no answer and no reason`, user);
    }
  }

  #why(n: number): string | undefined {
    const { atMs, wasHeard } = this.#questions.get(n)!;
    const logged = this.#reasons.get(n);
    if (logged !== undefined) return logged;
    if (!wasHeard) return "the bot was not in the channel";
    const isLost = this.#lossesMs.some((lostMs) => atMs <= lostMs && lostMs - atMs <= LOST_MS);
    return isLost ? "the connection was lost" : undefined;
  }

  #violated(what: string): void {
    this.#options.onViolation(what);
  }
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 120 ? `${text.slice(0, 120)}…` : text);
}
