import { decodeHTML } from "entities";

/** The source characters that the default filters replace with these tags. */
const MARKS: Readonly<Record<string, string>> = { em: "_", strong: "*", code: "`", s: "~~" };

const TAG = /<(\/?)([a-z][a-z0-9]*)\b(?:"[^"]*"|'[^']*'|[^'"<>])*>/gi;

const SPOILER = /\sclass="spoiler"/i;

/** Longer than the HTML of the server's longest message. */
const MAX_HTML = 16_384;

/**
 * Converts the HTML of a chat message to the text that was typed, as far as the channel's filters
 * let it be known: `snake<em>case</em>name &lt;3` to `snake_case_name <3`. The result is untrusted.
 *
 * Source: recorded traffic of CyTube 3.86: `& < >` are escaped, links become `<a>`, and the default
 * filters turn `_`, `*`, `` ` `` and `~~` into tags, also in the middle of words, and `[sp]…[/sp]` into
 * a `span`.
 */
export function htmlToText(html: string): string {
  if (!/[<&]/.test(html)) return html;
  const start = html.slice(0, MAX_HTML);
  return decodeHTML(start.replace(TAG, (_tag, _slash, name: string) => mark(name.toLowerCase())));
}

function mark(name: string): string {
  if (name === "br") return " ";
  return Object.hasOwn(MARKS, name) ? MARKS[name]! : "";
}
