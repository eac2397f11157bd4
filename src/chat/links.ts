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
export interface LinkOptions {
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
/** What domains, mail addresses and file names are made of, and the rest of an address. */
const DOTTED = new RegExp(
  `(?<![\\p{L}\\p{N}\\p{M}_@+-])${LETTERS}(?:[.\\u2024\\u3002\\uff0e\\uff61]${LETTERS})+` +
    `(:\\d{1,5}(?!\\d))?([/?#\\uff0f][^\\s<>"]*)?`,
  "gu",
);
const PUNCTUATION = /[.,;:!?)\]}'*_~`»”’…。、！？]/;

/**
 * Puts `[link]` in the place of each address.
 *
 * @param text One line.
 * @returns The same sentence without addresses.
 */
export function withoutLinks(text: string, { allowWeb }: LinkOptions): string {
  const kept = text
    .replace(BRACKETED, "$1")
    .replace(RUNNING, hidden)
    .replace(
      SCHEME,
      (link, scheme: string) => allowWeb && /^https?$/i.test(scheme) ? link : hidden(link),
    );
  if (allowWeb) return kept;
  return kept.replace(DOTTED, (run: string, port = "", path = "", at: number) => {
    const around = {
      port: port !== "",
      path: endOf(path) > 1,
      within: /[/\\]/.test(kept.charAt(at - 1)),
      next: kept.charAt(at + run.length),
    };
    const dotted = run.slice(0, run.length - port.length - path.length);
    return isDomain(dotted, around) ? hidden(run) : run;
  });
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
