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
