/**
 * What a check found, and how it is shown.
 *
 * @module
 */
import { styleText } from "node:util";
import { oneLine } from "../log.ts";

/** One thing that was looked at. */
export interface Finding {
  /** What it belongs to, e.g. `channel demo`. */
  readonly about: string;
  /** How it is. `note` is neither good nor bad. */
  readonly level: "ok" | "note" | "warning" | "failure";
  /** What was found. */
  readonly found: string;
  /** What to do next, where something is to be done. */
  readonly advice?: string;
}

const MARKS = {
  ok: ["✓", "green"],
  note: ["·", "gray"],
  warning: ["!", "yellow"],
  failure: ["✗", "red"],
} as const;

/** Options of {@linkcode findingLines}. */
export interface ShowOptions {
  /** Whether marks have colours. */
  readonly colours: boolean;
  /** Takes secrets out of a line. */
  readonly redact: (line: string) => string;
}

/**
 * Findings as lines for a terminal, under headings.
 *
 * @param findings In their order.
 * @returns The lines.
 */
export function findingLines(findings: readonly Finding[], options: ShowOptions): string[] {
  const { colours, redact } = options;
  let heading = "";
  return findings.flatMap(({ about, level, found, advice }) => {
    const [mark, colour] = MARKS[level];
    const shown = colours ? styleText(colour, mark, { validateStream: false }) : mark;
    const head = about === heading ? [] : [about];
    heading = about;
    const lines = [...head, `  ${shown} ${found}`, ...(advice ? [`      → ${advice}`] : [])];
    return lines.map((line) => colours ? redact(line) : oneLine(redact(line)));
  });
}
