/** Checks throughout a run what must always hold. */
import type { Rosey } from "../../tests/e2e/rosey.ts";
import type { Account } from "./account.ts";

/** What must not occur. */
export interface Violation {
  /** Seconds since the start. */
  readonly seconds: number;
  readonly what: string;
  /** The faults at that moment. */
  readonly faults: readonly string[];
  /** The log around it. */
  readonly log: readonly string[];
}

export interface WatchOptions {
  readonly rosey: Rosey;
  readonly account: Account;
  readonly statusPort: number;
  readonly secrets: readonly string[];
  /** The faults of this moment. */
  readonly faults: () => readonly string[];
  /** Since when a model server, the channel and the host are whole; undefined if they are not. */
  readonly wholeSinceMs: () => number | undefined;
  readonly onViolation: (violation: Violation) => void;
}

/** The bot answers again within this time. */
export const ANSWER_MS = 60_000;
const HEALTH_MS = 10_000;
const LOG_BEFORE = 12;
/** A bug rather than a failure of something else. */
const BUGS = [
  /uncaught|unhandled|panicked|internal error/i,
  /\b(?:Type|Reference|Syntax|Range)Error\b/,
  // A stack trace.
  /\s+at (?:\S+ \()?(?:async )?(?:file|ext|node|https?):\/?\/?\S+:\d+:\d+/,
];

export class Watch {
  /** Bytes, by the second. */
  readonly memory: number[] = [];
  readonly violations: Violation[] = [];
  /** The process is stopped for a while: it answers nobody. */
  isSuspended = false;
  readonly #options: WatchOptions;
  readonly #startMs = performance.now();
  #read = 0;
  #lateReported = -Infinity;
  #asking = false;

  constructor(options: WatchOptions) {
    this.#options = options;
  }

  get seconds(): number {
    return (performance.now() - this.#startMs) / 1000;
  }

  violated(what: string, logAt = this.#options.rosey.log.length): void {
    const { rosey, faults, onViolation } = this.#options;
    const log = rosey.log.slice(Math.max(0, logAt - LOG_BEFORE), logAt + 3);
    const violation = { seconds: this.seconds, what, faults: faults(), log };
    this.violations.push(violation);
    onViolation(violation);
  }

  /** Reads what the log has since the last call. */
  readLog(): void {
    const { rosey: { log }, account } = this.#options;
    for (; this.#read < log.length; this.#read++) {
      const line = log[this.#read]!;
      account.logged(line);
      this.#checkText(line, "the log", this.#read);
      const bug = BUGS.find((pattern) => pattern.test(line));
      if (bug) this.violated(`an error that nobody handled: ${line}`, this.#read);
    }
  }

  /** To be called each second. */
  async tick(): Promise<void> {
    const { rosey, account, wholeSinceMs } = this.#options;
    this.readLog();
    const sinceMs = Math.max(wholeSinceMs() ?? Infinity, account.lastAnswerMs);
    if (performance.now() - sinceMs > ANSWER_MS && this.#lateReported !== sinceMs) {
      this.#lateReported = sinceMs;
      this.violated(`no answer for ${ANSWER_MS / 1000} s, although a server is whole`);
    }
    this.memory.push(rosey.residentBytes());
    if (this.#asking) return;
    this.#asking = true;
    await this.checkPages().finally(() => this.#asking = false);
  }

  /** Whether each page answers, and what it shows. A process that is suspended meanwhile may be late. */
  async checkPages(): Promise<void> {
    for (const path of ["/healthz", "/readyz", "/status.json", "/metrics"]) {
      const wasSuspended = this.isSuspended;
      try {
        const url = `http://127.0.0.1:${this.#options.statusPort}${path}`;
        const response = await fetch(url, { signal: AbortSignal.timeout(HEALTH_MS) });
        const text = await response.text();
        this.#checkText(text, path);
        if (path === "/status.json") {
          for (const entry of JSON.parse(text).bot.decisions.recent) {
            this.#options.account.decided(entry);
          }
        }
        if (path === "/healthz" && response.status !== 200) {
          this.violated(`${path} answers ${response.status}`);
        }
      } catch (error) {
        if (!wasSuspended && !this.isSuspended) this.violated(`${path} does not answer: ${error}`);
      }
    }
  }

  #checkText(text: string, where: string, logAt?: number): void {
    const secret = this.#options.secrets.find((secret) => text.includes(secret));
    // Not the secret itself: this is printed.
    if (secret) this.violated(`${where} has the secret ${secret.slice(0, 3)}…`, logAt);
  }
}
