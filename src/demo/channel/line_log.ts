import type { ChatLine } from "./types.ts";

const MAX_LINES = 1000;

interface Wait {
  readonly check: (line: ChatLine) => void;
  readonly fail: (found: string, cause?: unknown) => void;
}

/** Keeps the last lines and lets callers wait for the next. */
export class LineLog {
  readonly #lines: ChatLine[] = [];
  readonly #waits = new Set<Wait>();

  get recent(): readonly ChatLine[] {
    return this.#lines;
  }

  add(line: ChatLine): void {
    this.#lines.push(line);
    if (this.#lines.length > MAX_LINES) this.#lines.shift();
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
    const fail = (found: string, cause?: unknown) =>
      reject(new Error(`Cannot await a chat line as ${predicate}: ${found}`, { cause }));
    let heard: string[] = [];
    const check = (line: ChatLine) => {
      heard = [...heard, `${line.username}: ${line.msg}`].slice(-5);
      if (predicate(line)) resolve(line);
    };
    const timer = setTimeout(() => {
      const found = heard.length > 0 ? `heard ${JSON.stringify(heard)}` : "nothing was said";
      fail(`${found} in ${timeoutMs} ms`);
    }, timeoutMs);
    const onAbort = () => fail("aborted", signal?.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    if (signal?.aborted) onAbort();
    const wait = { check, fail };
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
