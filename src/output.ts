/** Writes to the standard streams. */

/** Codes that begin and end a style. Source: ECMA-48, 8.3.117. */
const STYLES = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  gray: [90, 39],
} as const;

/** Whether an output has colours: on a terminal, unless `NO_COLOR` is set. */
export function hasColours(output: { isTerminal(): boolean } = Deno.stdout): boolean {
  return output.isTerminal() && !Deno.env.get("NO_COLOR");
}

export function styled(
  style: keyof typeof STYLES,
  text: string,
  colours: boolean = hasColours(),
): string {
  const [begin, end] = STYLES[style];
  return colours ? `\x1b[${begin}m${text}\x1b[${end}m` : text;
}

/** The program goes on when the reader of its output has ended, as in `rosey pull | head`. */
export function writeText(output: { writeSync(data: Uint8Array): number }, text: string): void {
  try {
    output.writeSync(new TextEncoder().encode(text));
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}
