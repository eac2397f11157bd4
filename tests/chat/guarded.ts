import { assertEquals } from "@std/assert";
import { guard, type GuardOptions } from "../../src/chat/guard.ts";

/** Asserts what the guard makes of each text. */
export function check(
  cases: readonly (readonly [text: string, safe: string])[],
  options: Partial<GuardOptions> = {},
): void {
  for (const [text, safe] of cases) {
    assertEquals(guard(text, { bot: "Rosey", ...options }), safe, JSON.stringify(text));
  }
}

/** Asserts that the guard makes nothing of these texts. */
export function unchanged(texts: readonly string[], options: Partial<GuardOptions> = {}): void {
  check(texts.map((text) => [text, text]), options);
}
