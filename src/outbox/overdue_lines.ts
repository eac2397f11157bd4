import type { QueuedLine } from "./line_queue.ts";

const MAX_OVERDUE = 10;

/** Lines without an echo in time, oldest first. The server responds in order. */
export class OverdueLines {
  #lines: readonly QueuedLine[] = [];

  get all(): readonly QueuedLine[] {
    return this.#lines;
  }

  add(line: QueuedLine): void {
    this.#lines = [...this.#lines, line].slice(-MAX_OVERDUE);
  }

  remove(line: QueuedLine): void {
    this.#lines = this.#lines.filter((other) => other !== line);
  }

  /** Removes and returns the oldest line that a late response may be about. */
  take(fits: (line: QueuedLine) => boolean): QueuedLine | undefined {
    const line = this.#lines.find(fits);
    if (line) this.remove(line);
    return line;
  }

  clear(): void {
    this.#lines = [];
  }
}
