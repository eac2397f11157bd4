/**
 * Addresses of pages in a text.
 *
 * Source: CyTube makes a link of `\w+://` and what follows; a site may have a list of domains for
 * which it kicks whoever writes one, in any case and with or without `http://`.
 *
 * @module
 */
import { isDomain } from "./domains.ts";

/** Options of {@linkcode withoutLinks}. */
export interface MonitorOptions {
  /** Whether addresses of the web stay; those that run something go in any case. */
  readonly allowWeb: boolean;
}

const PLACEHOLDER = "[link]";
/** The brackets around an address in a text. */
const BRACKETED = /<((?:[a-z][\w+.-]*:\/\/|mailto:)[^\s<>"]*)>/gi;
const SCHEME = /(?<![\w+.-])([\w+.-]*\w):\/\/[^\s<>"]*/g;
const RUNNING =
  /(?:data:(?:[\w.+-]+\/[\w.+-]+)?[;,]|(?:(?:java|vb)script:|mailto:|magnet:\?|blob:|view-source:)(?=\S))[^\s<>"]*/gi;
const LETTERS = "[\\p{L}\\p{N}\\p{M}_@+-]+";
/** What domains, mail addresses and file names are made of. */
const DOTTED = new RegExp(
  `(?<![\\p{L}\\p{N}\\p{M}_@+-])${LETTERS}(?:[.\\u2024\\u3002\\uff0e\\uff61]${LETTERS})+`,
  "gu",
);
const PORT = /:\d{1,5}(?!\d)/y;
const PATH =
  /[/?#\uff0f](?=[/.,;:!?)\]}'*_~`»”’…。、！？]{0,8}[^\s<>".,;:!?)\]}'*_~`»”’…。、！？])/y;
const REST = /[^\s<>"]*/y;
const PUNCTUATION = /[.,;:!?)\]}'*_~`»”’…。、！？]/;

/**
 * Puts `[link]` in the place of each address.
 *
 * @param text One line.
 * @returns The same sentence without addresses.
 */
export function withoutLinks(text: string, { allowWeb }: MonitorOptions): string {
  const kept = text
    .replace(BRACKETED, "$1")
    .replace(RUNNING, hidden)
    .replace(
      SCHEME,
      (link, scheme: string) => allowWeb && /^https?$/i.test(scheme) ? link : hidden(link),
    );
  return allowWeb ? kept : withoutDomains(kept);
}

function withoutDomains(text: string): string {
  let [result, done] = ["", 0];
  for (const { 0: dotted, index } of text.matchAll(DOTTED)) {
    // Part of what was taken out.
    if (index < done) continue;
    const end = index + dotted.length;
    const afterPort = end + lengthAt(PORT, text, end);
    const around = {
      port: afterPort > end,
      path: lengthAt(PATH, text, afterPort) > 0,
      within: /[/\\]/.test(text.charAt(index - 1)),
      next: text.charAt(end),
    };
    if (!isDomain(dotted, around)) continue;
    const link = dotted + text.slice(end, afterPort + lengthAt(REST, text, afterPort));
    result += text.slice(done, index) + hidden(link);
    done = index + link.length;
  }
  return result + text.slice(done);
}

/** How much of a text a sticky pattern takes at a place. */
function lengthAt(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0].length ?? 0;
}

/** The sentence's own punctuation stays. */
function hidden(link: string): string {
  return PLACEHOLDER + link.slice(endOf(link));
}

/** Where an address ends and a sentence's punctuation begins; brackets within it are its own. */
function endOf(link: string): number {
  let unclosed = link.replace(/[^(]/g, "").length - link.replace(/[^)]/g, "").length;
  let end = link.length;
  for (; end > 0 && PUNCTUATION.test(link[end - 1]!); end--) {
    if (link[end - 1] === ")" && unclosed++ >= 0) break;
  }
  return end;
}
