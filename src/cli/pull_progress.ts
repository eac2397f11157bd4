import type { Clock } from "../clock.ts";
import type { PullProgress } from "../llm/pull.ts";
import { oneLine } from "../one_line.ts";

/** Between two lines in a file or pipe. */
const PLAIN_INTERVAL_MS = 5000;
/** Between two updates of the line on a terminal. */
const REWRITE_INTERVAL_MS = 100;

/** Such as `2.0 GB`. Like Ollama, 1 MB is 1,000,000 bytes. */
export function sizeText(bytes: number): string {
  return bytes < 1e9 ? `${megabytes(bytes)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

function megabytes(bytes: number): number {
  return Math.ceil(bytes / 1e6);
}

/** Such as `45 % (909 of 2020 MB) pulling dde5aa3fc5ff`. */
export function progressText({ status, completedBytes, totalBytes }: PullProgress): string {
  const said = oneLine(status);
  if (totalBytes === 0) return said;
  // 100 % only when everything is there.
  const percent = Math.floor(100 * completedBytes / totalBytes);
  return `${percent} % (${megabytes(completedBytes)} of ${megabytes(totalBytes)} MB) ${said}`;
}

interface PrinterOptions {
  /** The width of the terminal; undefined for a file or pipe. */
  readonly columns: number | undefined;
  readonly write: (text: string) => void;
  readonly clock: Clock;
}

/** Shows progress: rewrites a line on a terminal, else prints one every few seconds. */
export class ProgressPrinter {
  readonly #options: PrinterOptions;
  #latest = "";
  #shown = false;
  #shownAt = -Infinity;
  #cancel: (() => void) | undefined;

  constructor(options: PrinterOptions) {
    this.#options = options;
  }

  /** Shows a line now, or when the interval is over; only the latest is shown. */
  show(text: string): void {
    this.#latest = text;
    if (this.#cancel) return;
    const { clock, columns } = this.#options;
    const wait = this.#shownAt + (columns === undefined ? PLAIN_INTERVAL_MS : REWRITE_INTERVAL_MS) -
      clock.now();
    if (wait <= 0) this.#print();
    else this.#cancel = clock.setTimer(() => this.#print(), wait);
  }

  /** Removes the line from a terminal. */
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
    // A longer line would wrap, and the next update would not overwrite it.
    write(
      columns === undefined ? `${this.#latest}\n` : `\r${this.#latest.slice(0, columns - 1)}\x1b[K`,
    );
  }
}
