import { decodeHTML } from "entities";

/** The source characters that the default filters replace with these tags. */
const MARKS: Readonly<Record<string, string>> = { em: "_", strong: "*", code: "`", s: "~~" };

const TAG = /<(\/?)([a-z][a-z0-9]*)\b(?:"[^"]*"|'[^']*'|[^'"<>])*>/gi;

/** Longer than the HTML of the server's longest message. */
const MAX_HTML = 16_384;

/**
 * Converts the HTML of a chat message to the text that was typed, as far as the channel's filters
 * let it be known. The result is untrusted: it may hold anything a user can type.
 *
 * Source: recorded traffic of CyTube 3.86: `& < >` are escaped, links become `<a>`, and the default
 * filters turn `_`, `*`, `` ` `` and `~~` into tags, also in the middle of words.
 *
 * @example
 * ```ts
 * import { htmlToText } from "./html.ts";
 *
 * htmlToText("snake<em>case</em>name &lt;3"); // "snake_case_name <3"
 * ```
 */
export function htmlToText(html: string): string {
  if (!/[<&]/.test(html)) return html;
  return decodeHTML(
    html.slice(0, MAX_HTML).replace(TAG, (_tag, _slash, name: string) => mark(name.toLowerCase())),
  );
}

function mark(name: string): string {
  if (name === "br") return " ";
  return Object.hasOwn(MARKS, name) ? MARKS[name]! : "";
}
