import { type Clock, durationText, systemClock } from "../clock.ts";
import type { PullProgress } from "../llm/pull.ts";
import { oneLine } from "../one_line.ts";
import { writeText } from "../output.ts";
import { terminalWidth } from "./terminal.ts";

/** Between two lines in a file or pipe. */
const PLAIN_INTERVAL_MS = 5000;
/** What a rate is measured over, how often, and when there is enough to tell one. */
const RATE_WINDOW_MS = 10_000;
const RATE_SAMPLE_MS = 500;
const MIN_RATE_MS = 2000;
/** Between two updates of the line on a terminal. */
const REWRITE_INTERVAL_MS = 100;

/** Such as `2.0 GB`. Like Ollama, 1 MB is 1,000,000 bytes. */
export function sizeText(bytes: number): string {
  return bytes < 1e9 ? `${megabytes(bytes)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

function megabytes(bytes: number): number {
  return Math.ceil(bytes / 1e6);
}

/**
 * Such as `45 % (909 of 2020 MB, 34.1 MB/s, 32 s left) pulling dde5aa3fc5ff`.
 *
 * @param bytesPerSecond 0: not known.
 */
export function progressText(
  { status, completedBytes, totalBytes }: PullProgress,
  bytesPerSecond: number,
): string {
  const said = oneLine(status);
  if (totalBytes === 0) return said;
  // 100 % only when everything is there.
  const percent = Math.floor(100 * completedBytes / totalBytes);
  const leftBytes = totalBytes - completedBytes;
  const amount = `${megabytes(completedBytes)} of ${megabytes(totalBytes)} MB`;
  const rate = `, ${(bytesPerSecond / 1e6).toFixed(1)} MB/s`;
  const left = `, ${durationText(1000 * Math.ceil(leftBytes / bytesPerSecond))} left`;
  const speed = bytesPerSecond > 0 && leftBytes > 0 ? rate + left : "";
  return `${percent} % (${amount}${speed}) ${said}`;
}

/** The mean rate of the last seconds. */
export class TransferRate {
  readonly #clock: Clock;
  /** The oldest is about {@linkcode RATE_WINDOW_MS} old. */
  readonly #samples: { readonly at: number; readonly bytes: number }[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @returns Bytes per second; 0: not known yet, or nothing comes. */
  measure(bytes: number): number {
    const at = this.#clock.now();
    const samples = this.#samples;
    const last = samples.at(-1);
    if (last === undefined || at - last.at >= RATE_SAMPLE_MS) samples.push({ at, bytes });
    while (samples.length > 1 && at - samples[1]!.at >= RATE_WINDOW_MS) samples.shift();
    const { at: since, bytes: before } = samples[0]!;
    return at - since < MIN_RATE_MS ? 0 : 1000 * (bytes - before) / (at - since);
  }
}

/** Prints to standard output. */
export function openPrinter(): ProgressPrinter {
  const columns = Deno.env.get("TERM") === "dumb" ? undefined : terminalWidth();
  const write = (text: string) => writeText(Deno.stdout, text);
  return new ProgressPrinter({ columns, write, clock: systemClock });
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
