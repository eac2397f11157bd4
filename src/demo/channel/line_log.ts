import type { ChatLine } from "./room.ts";

const MAX_LINES = 1000;

interface Wait {
  readonly check: (line: ChatLine) => void;
  readonly fail: (found: string, cause?: unknown) => void;
}

/** Keeps the last lines and lets callers wait for the next. */
export class LineLog {
  readonly recent: ChatLine[] = [];
  readonly #waits = new Set<Wait>();

  add(line: ChatLine): void {
    this.recent.push(line);
    if (this.recent.length > MAX_LINES) this.recent.shift();
    for (const wait of this.#waits) {
      try {
        wait.check(line);
      } catch (cause) {
        wait.fail("the predicate threw", cause);
      }
    }
  }

  async next(
    predicate: (line: ChatLine) => boolean,
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<ChatLine> {
    const { promise, resolve, reject } = Promise.withResolvers<ChatLine>();
    let heard: string[] = [];
    const wait: Wait = {
      check: (line) => {
        heard = [...heard, `${line.username}: ${line.msg}`].slice(-5);
        if (predicate(line)) resolve(line);
      },
      fail: (found, cause) =>
        reject(new Error(`Cannot await a chat line as ${predicate}: ${found}`, { cause })),
    };
    const timer = setTimeout(() => {
      const found = heard.length > 0 ? `heard ${JSON.stringify(heard)}` : "nothing was said";
      wait.fail(`${found} in ${timeoutMs} ms`);
    }, timeoutMs);
    const onAbort = () => wait.fail("aborted", signal?.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    if (signal?.aborted) onAbort();
    this.#waits.add(wait);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
      this.#waits.delete(wait);
    }
  }

  close(): void {
    for (const { fail } of this.#waits) fail("the channel closed");
  }
}
