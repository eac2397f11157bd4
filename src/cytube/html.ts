import { decodeHTML } from "entities";

/** The source characters that the default filters replace with these tags. */
const MARKS: Readonly<Record<string, string>> = { em: "_", strong: "*", code: "`", s: "~~" };

const TAG = /<(\/?)([a-z][a-z0-9]*)\b(?:"[^"]*"|'[^']*'|[^'"<>])*>/gi;

/** In a message of the day their text must not run together. */
const BLOCK = /^(?:br|p|div|li|h[1-6]|tr|td|th|ul|ol)$/;

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
  /** Whether each open `span` is a spoiler. */
  const spans: boolean[] = [];
  const mark = (tag: string, slash: string, tagName: string) => {
    const name = tagName.toLowerCase();
    if (BLOCK.test(name)) return " ";
    if (name !== "span") return Object.hasOwn(MARKS, name) ? MARKS[name]! : "";
    if (slash !== "") return spans.pop() ? "[/sp]" : "";
    spans.push(SPOILER.test(tag));
    return spans.at(-1) ? "[sp]" : "";
  };
  return decodeHTML(html.slice(0, MAX_HTML).replace(TAG, mark));
}
