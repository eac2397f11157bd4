import type { ChatLine } from "./types.ts";

const KEPT = 1000;

interface Waiter {
  readonly predicate: (line: ChatLine) => boolean;
  readonly resolve: (line: ChatLine) => void;
  readonly reject: (error: Error) => void;
}

/** Remembers what was said and lets others wait for what will be. */
export class LineLog {
  readonly #lines: ChatLine[] = [];
  readonly #waiters = new Set<Waiter>();

  /** The last lines, oldest first. */
  get recent(): readonly ChatLine[] {
    return this.#lines;
  }

  /** Adds a line and hands it to whoever waits for it. */
  add(line: ChatLine): void {
    this.#lines.push(line);
    if (this.#lines.length > KEPT) this.#lines.shift();
    for (const waiter of [...this.#waiters]) {
      try {
        if (waiter.predicate(line)) waiter.resolve(line);
      } catch (cause) {
        waiter.reject(new Error("Cannot await a chat line: the predicate threw", { cause }));
      }
    }
  }

  /** Resolves with the next line that `predicate` accepts. */
  next(
    predicate: (line: ChatLine) => boolean,
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<ChatLine> {
    return new Promise((resolve, reject) => {
      const first = this.#lines.at(-1);
      const fail = (error: Error) => {
        settle();
        reject(error);
      };
      const onAbort = () => fail(refusal(predicate, "aborted", signal?.reason));
      const onTimeout = () => {
        const since = this.#lines.slice(first === undefined ? 0 : this.#lines.indexOf(first) + 1);
        const said = since.slice(-5).map(({ username, msg }) => `${username}: ${msg}`);
        const heard = said.length === 0 ? "nothing was said" : `heard ${JSON.stringify(said)}`;
        fail(refusal(predicate, `${heard} in ${timeoutMs} ms`));
      };
      const waiter: Waiter = {
        predicate,
        reject: fail,
        resolve: (line) => {
          settle();
          resolve(line);
        },
      };
      const settle = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", onAbort);
        this.#waiters.delete(waiter);
      };
      const timer = setTimeout(onTimeout, timeoutMs);
      this.#waiters.add(waiter);
      signal?.addEventListener("abort", onAbort, { once: true });
      if (signal?.aborted) onAbort();
    });
  }

  /** Rejects whoever still waits. */
  close(): void {
    for (const { predicate, reject } of [...this.#waiters]) {
      reject(refusal(predicate, "the channel closed"));
    }
  }
}

function refusal(predicate: unknown, found: string, cause?: unknown): Error {
  return new Error(`Cannot await a chat line as ${String(predicate)}: ${found}`, { cause });
}
