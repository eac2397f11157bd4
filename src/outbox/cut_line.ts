/** Lines that the server cut: a site may allow fewer characters than CyTube's default. */
import { startsSafely } from "../sanitize/line_start.ts";
import { split } from "../sanitize/split.ts";

/** A shorter echo is the work of a filter: no site has such a limit. */
const MIN_UNITS = 100;
const ELLIPSIS = "…";

export interface CutLine {
  /** UTF-16 units that the server takes. */
  readonly units: number;
  readonly said: string;
  readonly rest: string;
}

/**
 * Compares a line with its echo. Undefined unless the server cut the line.
 *
 * Source: recorded traffic. Half of a character at the end arrives as U+FFFD.
 */
export function findCut(sent: string, echo: string): CutLine | undefined {
  const units = echo.length;
  if (units < MIN_UNITS || units >= sent.length) return undefined;
  const isHalf = echo.endsWith("\ufffd") && sent.codePointAt(units - 1)! > 0xffff;
  const said = isHalf ? echo.slice(0, -1) : echo;
  if (!sent.startsWith(said)) return undefined;
  return { units, said, rest: sent.slice(said.length) };
}

/** The lines that say a text: the rest of a cut line, or a line that is too long by now. */
export function refit(text: string, maxUnits: number): string[] {
  const start = text.trimStart();
  // Such as a slash: at the start of a line it would be a command.
  const safe = start === "" || startsSafely(start) ? start : ELLIPSIS + start;
  return split(safe, { maxUnits, maxLines: Infinity });
}
