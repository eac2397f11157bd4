import { sanitize } from "../../../src/sanitize/sanitize.ts";
import { split } from "../../../src/sanitize/split.ts";
import { HERE, isHere } from "./attack.ts";
import { type Fault, faultsOf } from "./oracle.ts";

/** UTF-16 units of a line: CyTube's default, its maximum, and less than any server allows. */
export const LIMITS = [320, 1000, 40, 12];
export const MAX_LINES = 3;

const OPTIONS = { bot: "Rosey", isHere };

/** The sanitizer as the bot uses it. */
export function sanitized(text: string): string {
  return sanitize(text, OPTIONS);
}

/** The lines that would be said. */
export function linesOf(text: string, maxUnits: number): string[] {
  return split(sanitized(text), { maxUnits, maxLines: MAX_LINES });
}

/** The faults that the oracle finds, with each limit. */
export function attempt(text: string, limits: readonly number[] = LIMITS): Fault[] {
  const safe = sanitized(text);
  return limits.flatMap((maxUnits) =>
    faultsOf(safe, split(safe, { maxUnits, maxLines: MAX_LINES }), {
      maxUnits,
      maxLines: MAX_LINES,
      here: HERE,
    })
  );
}
