/** Control characters, line ends, and invisible characters that change the direction of text. */
// deno-lint-ignore no-control-regex
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f]/g;

/** Escapes control characters and line ends in untrusted text for a terminal or a log. */
export function oneLine(text: string): string {
  return text.replace(CONTROL, (char) => {
    const code = char.charCodeAt(0).toString(16);
    return { "\n": "\\n", "\r": "\\r", "\t": "\\t" }[char] ??
      (code.length > 2 ? `\\u${code.padStart(4, "0")}` : `\\x${code.padStart(2, "0")}`);
  });
}

/** JSON on one line, with control characters escaped. */
export function jsonText(
  value: unknown,
  replacer?: (this: unknown, name: string, value: unknown) => unknown,
): string {
  return JSON.stringify(value, replacer).replace(
    CONTROL,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
