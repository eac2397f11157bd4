import { oneLine } from "../one_line.ts";
import { styled } from "../output.ts";

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

/** A finding without its heading. */
export type Found = Omit<Finding, "about">;

export function report(level: Finding["level"], found: string, advice?: string): Found {
  return { level, found, advice };
}

const MARKS = {
  ok: ["✓", "green"],
  note: ["·", "gray"],
  warning: ["!", "yellow"],
  failure: ["✗", "red"],
} as const;

/**
 * Findings as lines for a terminal, under headings, with control characters as escapes. Advice that is
 * the same for several findings in a row stands under the last one.
 */
export function findingLines(
  findings: readonly Finding[],
  { colours }: { readonly colours: boolean },
): string[] {
  let heading = "";
  return findings.flatMap(({ about, level, found, advice }, at) => {
    const next = findings[at + 1];
    const isRepeated = next?.about === about && next.advice === advice;
    const [mark, colour] = MARKS[level];
    const head = about === heading ? [] : [oneLine(about)];
    heading = about;
    return [
      ...head,
      `  ${styled(colour, mark, colours)} ${oneLine(found)}`,
      ...(advice && !isRepeated ? [`      → ${oneLine(advice)}`] : []),
    ];
  });
}
