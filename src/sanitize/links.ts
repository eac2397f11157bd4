/**
 * Replaces links in a text.
 *
 * Source: CyTube turns `\w+://` and what follows into a link. A site may have a list of domains and
 * kick users who write one, in any case, with or without `http://`.
 */
import { isDomain } from "./domains.ts";
import { lengthAt } from "./sentences.ts";

export interface LinkOptions {
  /** Whether http and https links stay; links that run something are always replaced. */
  readonly allowWeb: boolean;
}

/** What follows the start of a link. The end of a spoiler is no part of it. */
const REST = String.raw`(?:(?!\[\/?sp\])[^\s<>"])*`;
/** `<https://example.com>`. */
const BRACKETED = /<((?:[a-z][\w+.-]*:\/\/|mailto:)[^\s<>"]*)>/gi;
const SCHEME = new RegExp(String.raw`(?<![\w+.-])([\w+.-]*\w):\/\/${REST}`, "gi");
const SCRIPT = new RegExp(
  String
    .raw`(?:data:(?:[\w.+-]+\/[\w.+-]+)?[;,]|(?:(?:java|vb)script:|mailto:|magnet:\?|blob:|view-source:)(?=\S))${REST}`,
  "gi",
);
const LETTERS = "[\\p{L}\\p{N}\\p{M}_@+-]+";
/** Domains, e-mail addresses and file names. */
const DOTTED = new RegExp(
  `(?<![\\p{L}\\p{N}\\p{M}_@+-])${LETTERS}(?:[.\\u2024\\u3002\\uff0e\\uff61]${LETTERS})+`,
  "gu",
);
const PORT = /:\d{1,5}(?!\d)/y;
const PATH =
  /[/?#\uff0f](?=[/.,;:!?)\]}'*_~`»”’…。、！？]{0,8}[^\s<>".,;:!?)\]}'*_~`»”’…。、！？])/y;
const REST_AT = new RegExp(REST, "iy");
const PUNCTUATION = /[.,;:!?)\]}'*_~`»”’…。、！？]/;

/** Replaces each link with `[link]`. */
export function replaceLinks(text: string, { allowWeb }: LinkOptions): string {
  const kept = text
    .replace(BRACKETED, "$1")
    .replace(SCRIPT, placeholder)
    .replace(
      SCHEME,
      (link, scheme: string) => allowWeb && /^https?$/i.test(scheme) ? link : placeholder(link),
    );
  return allowWeb ? kept : replaceDomains(kept);
}

function replaceDomains(text: string): string {
  let [result, done] = ["", 0];
  for (const { 0: dotted, index } of text.matchAll(DOTTED)) {
    // Part of the link before.
    if (index < done) continue;
    const end = index + dotted.length;
    const afterPort = end + lengthAt(PORT, text, end);
    const around = {
      port: afterPort > end,
      path: lengthAt(PATH, text, afterPort) > 0,
      inPath: /[/\\]/.test(text.charAt(index - 1)),
      next: text.charAt(end),
    };
    if (!isDomain(dotted, around)) continue;
    const link = dotted + text.slice(end, afterPort + lengthAt(REST_AT, text, afterPort));
    result += text.slice(done, index) + placeholder(link);
    done = index + link.length;
  }
  return result + text.slice(done);
}

/** The punctuation of the sentence stays. */
function placeholder(link: string): string {
  return "[link]" + link.slice(endOf(link));
}

/** The end of a link without the punctuation of the sentence; balanced brackets belong to the link. */
function endOf(link: string): number {
  let unclosed = link.replace(/[^(]/g, "").length - link.replace(/[^)]/g, "").length;
  let end = link.length;
  for (; end > 0 && PUNCTUATION.test(link[end - 1]!); end--) {
    if (link[end - 1] === ")" && unclosed++ >= 0) break;
  }
  return end;
}
