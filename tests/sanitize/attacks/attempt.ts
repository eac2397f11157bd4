import { sanitize } from "../../../src/sanitize/sanitize.ts";
import { split } from "../../../src/sanitize/split.ts";
import { HERE, isHere } from "./attack.ts";
import { type Fault, faultsOf } from "./oracle.ts";

/** UTF-16 units in a line: CyTube's default, its most, and less than anybody has. */
export const LIMITS = [320, 1000, 40, 12];
/** Lines of one reply. */
export const MAX_LINES = 3;

const OPTIONS = { bot: "Rosey", isHere };

/** The guard as the bot uses it. */
export function sanitized(text: string): string {
  return sanitize(text, OPTIONS);
}

/** What would be said. */
export function linesOf(text: string, maxUnits: number): string[] {
  return split(sanitized(text), { maxUnits, maxLines: MAX_LINES });
}

/** What the oracle has to object to, under each limit. */
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
