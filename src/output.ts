/** Writes to the standard streams. */
import { styleText } from "node:util";

/** Whether an output has colours: on a terminal, unless `NO_COLOR` is set. */
export function hasColours(output: { isTerminal(): boolean } = Deno.stdout): boolean {
  return output.isTerminal() && !Deno.env.get("NO_COLOR");
}

export function styled(
  style: Parameters<typeof styleText>[0],
  text: string,
  colours: boolean = hasColours(),
): string {
  return colours ? styleText(style, text, { validateStream: false }) : text;
}

/** The program goes on when the reader of its output has ended, as in `rosey pull | head`. */
export function writeText(output: { writeSync(data: Uint8Array): number }, text: string): void {
  try {
    output.writeSync(new TextEncoder().encode(text));
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}
