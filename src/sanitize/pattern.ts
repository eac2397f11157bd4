/**
 * Text within regular expressions.
 *
 * @module
 */

/**
 * A pattern that matches this text and nothing else, also under the `u` flag, which allows no other
 * escapes.
 *
 * @param text Anything.
 * @returns Its source.
 */
export function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
