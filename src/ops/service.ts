/**
 * A bot as a service: the manager is told that it works, how it is, and that it is alive.
 *
 * @module
 */
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
}

/** Keeps the service manager informed from its making to its end. */
export class Service implements AsyncDisposable {
  readonly #options: ServiceOptions;
  readonly #cancel: (() => void)[] = [];
  #told = "";

  /**
   * The bot works: tells it. Not only once it has joined: a channel that is away tonight is no reason
   * to be restarted.
   *
   * @param options Whom to tell, and of what.
   */
  constructor(options: ServiceOptions) {
    this.#options = options;
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
   * @param reload Does it.
   */
  async reloading(reload: () => Promise<void>): Promise<void> {
    const { notifier } = this.#options;
    notifier.send({ RELOADING: "1" });
    try {
      await reload();
    } finally {
      // The manager takes a service that does not say so for one that hangs.
      notifier.send({ READY: "1", STATUS: this.#status() });
    }
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
    return this.#told = statusLine(this.#options.report());
  }

  #every(ms: number, fn: () => void): void {
    const timer = setInterval(fn, ms);
    this.#cancel.push(() => clearInterval(timer));
  }
}
