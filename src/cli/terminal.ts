import { oneLine } from "../one_line.ts";
import { styled } from "../output.ts";

/** The width of the terminal; undefined for a file or pipe. */
export function terminalWidth(): number | undefined {
  if (!Deno.stdout.isTerminal()) return undefined;
  // A terminal without a size reports 0.
  return Deno.consoleSize().columns || 80;
}

export interface TableOptions {
  readonly colours: boolean;
  /** Longer lines are cut; undefined: none is. */
  readonly width?: number;
}

/** Aligns the cells of rows, the first of which is the head. Control characters become escapes. */
export function tableLines(
  rows: readonly (readonly string[])[],
  { colours, width = Infinity }: TableOptions,
): string[] {
  const cells = rows.map((row) => row.map(oneLine));
  const widths = cells[0]!.map((_, at) => Math.max(...cells.map((row) => row[at]!.length)));
  return cells.map((row, at) => {
    const line = row.map((cell, at) => cell.padEnd(widths[at]!)).join("  ").trimEnd();
    const cut = line.length > width ? `${line.slice(0, width - 1)}…` : line;
    return at === 0 ? styled("bold", cut, colours) : cut;
  });
}
