/**
 * A bot as a service: the manager is told that it works, how it is, and that it is alive.
 *
 * @module
 */
import { redactor } from "../log.ts";
import type { BotReport } from "../report.ts";
import { type Notifier, watchdogMs } from "./notify.ts";
import { statusLine } from "./status_line.ts";

/** How often it is looked whether the status has changed. */
const STATUS_MS = 1000;

/** Options of {@linkcode Service}. */
export interface ServiceOptions {
  /** The way to the service manager. */
  readonly notifier: Notifier;
  /** How the bot is. */
  readonly report: () => BotReport;
  /** Values that are never told. */
  readonly secrets: readonly string[];
}

/** Keeps the service manager informed from its making to its end. */
export class Service implements AsyncDisposable {
  readonly #options: ServiceOptions;
  readonly #cancel: (() => void)[] = [];
  #redact: (text: string) => string;
  #told = "";

  /**
   * The bot works: tells it. Not only once it has joined: a channel that is away tonight is no reason
   * to be restarted.
   *
   * @param options Whom to tell, and of what.
   */
  constructor(options: ServiceOptions) {
    this.#options = options;
    this.#redact = redactor(options.secrets);
    const { notifier } = options;
    notifier.send({ READY: "1", STATUS: this.#status() });
    this.#every(STATUS_MS, () => {
      const before = this.#told;
      const STATUS = this.#status();
      if (STATUS !== before) notifier.send({ STATUS });
    });
    const limit = watchdogMs();
    // Tied to the event loop alone: an outage elsewhere must not become a restart.
    if (limit !== undefined) this.#every(limit / 2, () => notifier.send({ WATCHDOG: "1" }));
  }

  /**
   * Tells of a reload.
   *
   * @param reload Does it, and returns values that are never told from now on.
   */
  async reloading(reload: () => Promise<readonly string[]>): Promise<void> {
    const { notifier } = this.#options;
    notifier.send({ RELOADING: "1" });
    this.#redact = redactor([...this.#options.secrets, ...await reload()]);
    notifier.send({ READY: "1", STATUS: this.#status() });
  }

  /** The bot is on its way out. */
  stopping(): void {
    this.#options.notifier.send({ STOPPING: "1", STATUS: "stopping" });
  }

  /** Tells nothing any more. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const cancel of this.#cancel) cancel();
    await this.#options.notifier.close();
  }

  #status(): string {
    this.#told = this.#redact(statusLine(this.#options.report()));
    return this.#told;
  }

  #every(ms: number, fn: () => void): void {
    const timer = setInterval(fn, ms);
    this.#cancel.push(() => clearInterval(timer));
  }
}
