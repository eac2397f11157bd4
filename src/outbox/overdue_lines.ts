/**
 * Lines that no answer came to in time.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import { bestMatch } from "./echo.ts";
import { type OutgoingLine, quoted } from "./outbox_stats.ts";

const log = getLogger(["rosey", "outbox"]);

/** More are not remembered: whatever hangs so long does not answer any more. */
const MOST = 10;

/** Remembers a few, oldest first: the server answers in order, so what is late comes first. */
export class OverdueLines<T extends OutgoingLine> {
  #lines: T[] = [];

  /** Whether every line was answered. */
  get none(): boolean {
    return this.#lines.length === 0;
  }

  /** No answer came to this line. */
  add(line: T): void {
    this.#lines.push(line);
    if (this.#lines.length > MOST) this.#lines.shift();
  }

  /** No more answers can come: the connection is gone, or a later line was answered. */
  clear(): void {
    this.#lines = [];
  }

  /**
   * An answer came that names no line.
   *
   * @param current The line that is on its way.
   * @param kind What the answer can be about; default: any line.
   * @returns The current line, where it is about that one; a line it is about here is forgotten.
   */
  answered(current: T | null, kind?: "chat" | "pm"): T | null {
    const fits = ({ to }: T) => kind === undefined || (kind === "pm") === (to !== undefined);
    const late = this.#lines.findIndex(fits);
    if (late < 0) return current && fits(current) ? current : null;
    const [line] = this.#lines.splice(late, 1);
    log.debug("Late answer to a line that was given up: {line}", { line: quoted(line!) });
    return null;
  }

  /**
   * An echo came.
   *
   * @param echo What came.
   * @param current The line that is on its way; it is preferred where two are the same.
   * @returns The line it belongs to, which is forgotten here.
   */
  match(echo: OutgoingLine, current: T | null): T | undefined {
    const found = bestMatch(echo, current ? [current, ...this.#lines] : this.#lines);
    this.#lines = this.#lines.filter((line) => line !== found);
    return found;
  }
}
