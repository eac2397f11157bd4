import { styleText } from "node:util";
import { oneLine } from "../one_line.ts";

export interface Finding {
  /** What it belongs to, e.g. `channel demo`. */
  readonly about: string;
  /** `note` is neither good nor bad. */
  readonly level: "ok" | "note" | "warning" | "failure";
  /** What was found; text from outside is already redacted. */
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

/** Findings as lines for a terminal, under headings, with control characters as escapes. */
export function findingLines(
  findings: readonly Finding[],
  { colours }: { readonly colours: boolean },
): string[] {
  let heading = "";
  return findings.flatMap(({ about, level, found, advice }) => {
    const [mark, colour] = MARKS[level];
    const shown = colours ? styleText(colour, mark, { validateStream: false }) : mark;
    const head = about === heading ? [] : [oneLine(about)];
    heading = about;
    return [
      ...head,
      `  ${shown} ${oneLine(found)}`,
      ...(advice ? [`      → ${oneLine(advice)}`] : []),
    ];
  });
}
