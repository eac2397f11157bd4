const LINK = /\w+:\/\/(?:\[[\da-f:]+\]|[^\s:/[\]]+)(?::\d+)?(?:\/\S*)?/gi;
// Replaces each link while the filters run.
const LINK_MARK = "\uEEEE";
// The sanitizer removes an address with any other scheme.
const SCHEME = /^([a-z][a-z\d.+-]*):/i;
const SCHEMES = new Set(["http", "https", "ftp", "mailto", "tel", "mumble"]);

const FILTERS: readonly (readonly [RegExp, string])[] = [
  [/`([^\n]+?)`/g, "<code>$1</code>"],
  [/\*([^\n]+?)\*/g, "<strong>$1</strong>"],
  [/_([^\n]+?)_/g, "<em>$1</em>"],
  [/~~([^\n]+?)~~/g, "<s>$1</s>"],
  [/\[sp\]([^\n]*?)\[\/sp\]/gi, '<span class="spoiler">$1</span>'],
];

const TAG = /<(\/?)(code|strong|em|s|span|a)((?: [^<>]*)?)>/g;

/** Cuts a message to `maximum` UTF-16 units and replaces control characters with a space. */
export function cutMessage(text: string, maximum: number): string {
  // deno-lint-ignore no-control-regex -- the characters that the server replaces
  return text.slice(0, maximum).replace(/[\x00-\x1f]+/g, " ");
}

/** Converts chat text to HTML, as a CyTube server with its default filters does. */
export function formatMessage(text: string): string {
  const links: string[] = [];
  let html = escapeHtml(text).replace(LINK, (link) => {
    links.push(link);
    return LINK_MARK;
  });
  // The server's filter library uses UTF-8, which has no lone surrogates.
  html = html.toWellFormed();
  for (const [pattern, replacement] of FILTERS) html = html.replace(pattern, replacement);
  html = html.replaceAll(LINK_MARK, () => anchor(links.shift()));
  return balanceTags(html);
}

function anchor(link: string | undefined): string {
  if (link === undefined) return "";
  // The server does not link what its filters changed.
  if (!link.isWellFormed()) return link.toWellFormed();
  const scheme = SCHEME.exec(link)?.[1]?.toLowerCase();
  const kept = scheme === undefined || SCHEMES.has(scheme);
  const href = kept ? ` href="${link.replaceAll('"', "&quot;")}"` : "";
  return `<a${href} target="_blank" rel="noopener noreferrer">${link}</a>`;
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** Filters overlap (`*a _b* c_`); the server's sanitizer then closes inner tags early. */
function balanceTags(html: string): string {
  if (!html.includes("<")) return html;
  const open: string[] = [];
  const balanced = html.replace(TAG, (tag, slash: string, name: string) => {
    if (!slash) {
      open.push(name);
      return tag;
    }
    const depth = open.lastIndexOf(name);
    if (depth < 0) return "";
    return open.splice(depth).reverse().map((inner) => `</${inner}>`).join("");
  });
  return balanced + open.reverse().map((name) => `</${name}>`).join("");
}
