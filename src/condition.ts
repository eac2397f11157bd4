/**
 * Something that others wait for, again and again.
 *
 * @module
 */

/** Wakes whoever waits; whoever waits no more leaves nothing behind. */
export class Condition {
  readonly #waiting = new Set<() => void>();

  /** Wakes all who wait. */
  notifyAll(): void {
    const woken = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of woken) wake();
  }

  /**
   * Waits until it rings.
   *
   * @param signal Ends the wait, too.
   * @returns Resolves either way.
   */
  wait(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        this.#waiting.delete(wake);
        signal.removeEventListener("abort", wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener("abort", wake, { once: true });
    });
  }
}
