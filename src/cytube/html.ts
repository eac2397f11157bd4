/**
 * Chat arrives as HTML; this makes plain text of it.
 *
 * Source: recorded traffic of CyTube 3.86: `& < >` are escaped, links become `<a>`, and the default
 * filters turn `_`, `*`, `` ` `` and `~~` into tags, also in the middle of words.
 *
 * @module
 */
import { decodeHTML } from "entities";

/** What the default filters deleted from the source to make these tags. */
const MARKS: Readonly<Record<string, string>> = { em: "_", strong: "*", code: "`", s: "~~" };

const TAG = /<(\/?)([a-z][a-z0-9]*)\b(?:"[^"]*"|'[^']*'|[^'"<>])*>/gi;

/** More than the server's longest message can become; what lies beyond is not read. */
const MAX_HTML = 16_384;

/**
 * The text that somebody typed, as far as the channel's filters let it be known.
 *
 * @param html The `msg` of a chat message.
 * @returns Plain text. It may still hold anything a chatter can type.
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
