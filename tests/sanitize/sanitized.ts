import { assertEquals } from "@std/assert";
import { sanitize, type SanitizeOptions } from "../../src/sanitize/sanitize.ts";

/** Asserts the sanitized form of each text. */
export function check(
  cases: readonly (readonly [text: string, safe: string])[],
  options: Partial<SanitizeOptions> = {},
): void {
  for (const [text, safe] of cases) {
    assertEquals(sanitize(text, { bot: "Rosey", ...options }), safe, JSON.stringify(text));
  }
}

/** Asserts that nothing is left of these texts. */
export function unchanged(texts: readonly string[], options: Partial<SanitizeOptions> = {}): void {
  check(texts.map((text) => [text, text]), options);
}
