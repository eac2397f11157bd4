/**
 * Several servers with a model: the first that is well answers, the next ones stand in.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import { abortable, within } from "../clock.ts";
import type { ServerReport } from "./health.ts";
import type { ServerMonitor } from "./server_monitor.ts";
import { type Message, ProviderError, type Reply, type ReplyOptions } from "./provider.ts";
import type { ServerState } from "./server_status.ts";

const log = getLogger(["rosey", "llm"]);

/** For the model of a server that stands in: whoever asked waits already since the first one failed. */
const STAND_IN_MS = 60_000;

/** The links to all servers, the most wanted first. Balancing load is left to a load balancer. */
export class Failover {
  readonly #links: readonly ServerMonitor[];
  #last: ServerMonitor;

  /**
   * Asks nobody until it runs.
   *
   * @param links At least one, the most wanted first.
   */
  constructor(links: readonly ServerMonitor[]) {
    this.#links = links;
    this.#last = links[0]!;
  }

  /** The best state of any of them. */
  get state(): ServerState {
    const states = this.#links.map(({ standing }) => standing.state);
    const order: readonly ServerState[] = ["up", "degraded", "loading", "checking"];
    return order.find((state) => states.includes(state)) ?? "down";
  }

  /** Tokens that fit into the smallest window of those that may answer next. */
  get contextTokens(): number | undefined {
    const known = this.#usable().map((link) => link.contextTokens).filter((n) => n !== undefined);
    return known.length > 0 ? Math.min(...known) : undefined;
  }

  /** Since when the one that answers next can be asked, in milliseconds of the clock. */
  get readySinceMs(): number {
    return this.#usable()[0]?.standing.readySinceMs ?? -Infinity;
  }

  /** Models of the server that answers next; undefined where it keeps no list. */
  get offered(): readonly string[] | undefined {
    return (this.#usable()[0] ?? this.#links[0])?.report.offered;
  }

  /** How each of them is, the most wanted first. */
  get reports(): ServerReport[] {
    return this.#links.map(({ report }) => report);
  }

  /** Why they are not up. */
  get reason(): string {
    return this.#links.map(({ standing }) => standing.why.found ?? "").join("; ");
  }

  /**
   * Keeps all links until the signal ends them.
   *
   * @param signal Ends them.
   */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#links.map((link) => link.run(signal)));
  }

  /**
   * Waits until one of them can be asked, or none may be soon: for a check, or for a load in progress. A
   * model that was unloaded meanwhile is loaded, the most wanted one.
   *
   * @param signal Ends the wait.
   * @returns Whether one can be asked now.
   * @throws The signal's reason.
   */
  ready(signal: AbortSignal): Promise<boolean> {
    return ready(this.#links, signal);
  }

  /**
   * Has the first one answer that can; where it fails, the next. One that lost its model loads it again
   * and is asked again where no other can answer at once.
   *
   * @param messages The conversation.
   * @param signal Cancels it.
   * @param wish What is wanted of the answer.
   * @returns The reply.
   * @throws {ProviderError} The last failure; all are logged already.
   */
  async chat(
    messages: readonly Message[],
    signal: AbortSignal,
    wish: ReplyOptions = {},
  ): Promise<Reply> {
    let failure = new ProviderError("refused", this.reason);
    const asked = new Set<ServerMonitor>();
    for await (const link of this.#candidates(signal)) {
      asked.add(link);
      const reload = async (error: ProviderError) =>
        !await this.#hasOther(asked, signal) && await link.reload(error, signal);
      try {
        const reply = await link.chat(messages, signal, { ...wish, reload });
        this.#moveTo(link);
        return reply;
      } catch (error) {
        // A model that is missing or refused here may well answer there.
        if (!(error instanceof ProviderError) || error.kind === "aborted") throw error;
        failure = error;
      }
    }
    throw failure;
  }

  /** Those that have their model loaded, then those that have to load it first. */
  async *#candidates(signal: AbortSignal): AsyncGenerator<ServerMonitor> {
    const unloaded: ServerMonitor[] = [];
    for (const link of this.#usable()) {
      if (await link.canServe(signal, { load: false })) yield link;
      else unloaded.push(link);
    }
    for (const link of unloaded) {
      if (await within(ready([link], signal), STAND_IN_MS)) yield link;
    }
  }

  /** Whether one that was not asked yet can answer at once. */
  async #hasOther(asked: ReadonlySet<ServerMonitor>, signal: AbortSignal): Promise<boolean> {
    for (const link of this.#usable()) {
      if (!asked.has(link) && await link.canServe(signal, { load: false })) return true;
    }
    return false;
  }

  #usable(): ServerMonitor[] {
    return this.#links.filter(({ standing }) => standing.usable);
  }

  #moveTo(link: ServerMonitor): void {
    if (link === this.#last) return;
    this.#last = link;
    log.info("LLM answers now come from {host}", { host: link.report.host });
  }
}

/** Waits until one of some links can be asked, or all are down. */
async function ready(links: readonly ServerMonitor[], signal: AbortSignal): Promise<boolean> {
  for (;;) {
    const over = new AbortController();
    const change = Promise.race(links.map(({ standing }) => standing.changed(over.signal)));
    try {
      for (const [at, link] of links.entries()) {
        // One load is enough, that of the most wanted.
        const load = links.slice(0, at).every(({ standing }) => standing.state === "down");
        if (await link.canServe(signal, { load })) return true;
      }
      if (links.every(({ standing }) => standing.state === "down")) return false;
      await abortable(change, signal);
    } finally {
      over.abort();
    }
  }
}
