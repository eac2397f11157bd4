/**
 * How the progress of a pull is shown.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import type { PullProgress } from "../llm/pull.ts";
import { oneLine } from "../one_line.ts";

/** Between two lines of a file or a pipe. */
const PLAIN_MS = 5000;
/** Between two looks of one line on a terminal. */
const REWRITE_MS = 100;

/**
 * A size as people read it: in units of a thousand, as Ollama's own list has it.
 *
 * @param bytes How many.
 * @returns For example `2.0 GB`.
 */
export function sizeText(bytes: number): string {
  return bytes < 1e9 ? `${megabytes(bytes)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

function megabytes(bytes: number): number {
  return Math.ceil(bytes / 1e6);
}

/**
 * How far a pull is, on one line.
 *
 * @param progress What the server told.
 * @returns For example `45 % (909 of 2020 MB) pulling dde5aa3fc5ff`.
 */
export function progressText({ status, completedBytes, totalBytes }: PullProgress): string {
  const said = oneLine(status);
  if (totalBytes === 0) return said;
  // All is there only when all is there.
  const percent = Math.floor(100 * completedBytes / totalBytes);
  return `${percent} % (${megabytes(completedBytes)} of ${megabytes(totalBytes)} MB) ${said}`;
}

/** Options of {@linkcode ProgressPrinter}. */
export interface PrinterOptions {
  /** The terminal's width; undefined where it is none. */
  readonly columns: number | undefined;
  /** Takes what is shown. */
  readonly write: (text: string) => void;
  /** The time. */
  readonly clock: Clock;
}

/** Shows the latest progress: one line that is rewritten, or a plain one every few seconds. */
export class ProgressPrinter {
  readonly #options: PrinterOptions;
  #latest = "";
  #shown = false;
  #shownAt = -Infinity;
  #cancel: (() => void) | undefined;

  /**
   * Shows nothing yet.
   *
   * @param options Where and how.
   */
  constructor(options: PrinterOptions) {
    this.#options = options;
  }

  /**
   * Shows a line, now or as soon as it is time for one; only the latest counts.
   *
   * @param text One line.
   */
  show(text: string): void {
    this.#latest = text;
    if (this.#cancel) return;
    const { clock, columns } = this.#options;
    const wait = this.#shownAt + (columns === undefined ? PLAIN_MS : REWRITE_MS) - clock.now();
    if (wait <= 0) this.#print();
    else this.#cancel = clock.setTimer(() => this.#print(), wait);
  }

  /** Ends it, and takes a rewritten line off the terminal. */
  end(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    if (this.#shown && this.#options.columns !== undefined) this.#options.write("\r\x1b[K");
    this.#shown = false;
  }

  #print(): void {
    const { columns, write, clock } = this.#options;
    this.#cancel = undefined;
    this.#shownAt = clock.now();
    this.#shown = true;
    // A line that reaches the edge would go on in the next one, which is not rewritten.
    write(
      columns === undefined ? `${this.#latest}\n` : `\r${this.#latest.slice(0, columns - 1)}\x1b[K`,
    );
  }
}
