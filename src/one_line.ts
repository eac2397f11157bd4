/**
 * Text from outside as it may be shown on a terminal or in a file of lines.
 *
 * @module
 */

/** What a terminal takes for commands, line ends, and signs that turn the direction of a text. */
// deno-lint-ignore no-control-regex
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;

/**
 * Shows control characters and line ends as escapes: one event is one line, and no chatter colours the
 * operator's terminal. To be applied to text from outside before the program adds colours of its own.
 */
export function oneLine(text: string): string {
  return text.replace(CONTROL, (char) => {
    const code = char.charCodeAt(0).toString(16);
    return { "\n": "\\n", "\r": "\\r", "\t": "\\t" }[char] ??
      (code.length > 2 ? `\\u${code}` : `\\x${code.padStart(2, "0")}`);
  });
}

/** JSON on one line, without control characters, which a terminal could take for commands. */
export function jsonText(
  value: unknown,
  replacer?: (this: unknown, name: string, value: unknown) => unknown,
): string {
  return JSON.stringify(value, replacer).replace(
    CONTROL,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
