/**
 * The line of which nobody knows whether it was said: it was on its way when the connection was lost.
 *
 * @module
 */
import { bestMatch } from "./echo.ts";
import type { OutgoingLine } from "./outbox_stats.ts";

/** Looks for it in the history of the next visit. */
export class UnconfirmedLine<T extends OutgoingLine> {
  #line: T | null = null;
  /** When the latest line of hers was said, by the server's clock. */
  #latestMs = -Infinity;

  /**
   * A line of hers was said for certain: what was lost came after it.
   *
   * @param timeMs When, in milliseconds of the server's clock.
   */
  said(timeMs: number): void {
    this.#latestMs = Math.max(this.#latestMs, timeMs);
  }

  /**
   * The connection was lost.
   *
   * @param line What was on its way.
   */
  lost(line: T): void {
    this.#line = line;
  }

  /**
   * The history has a line under her name. She may have said something like it before, so what is
   * no newer than her latest line is not the one.
   *
   * @param echo What it has.
   * @param timeMs When it was said, in milliseconds of the server's clock.
   * @returns The line, where this is it: it is uncertain no more.
   */
  found(echo: OutgoingLine, timeMs: number): T | null {
    const line = this.#line;
    if (!line || timeMs <= this.#latestMs || !bestMatch(echo, [line])) return null;
    this.#line = null;
    return line;
  }

  /**
   * The history is over.
   *
   * @returns What was not found in it, which is forgotten.
   */
  give(): T | null {
    const line = this.#line;
    this.#line = null;
    return line;
  }
}
