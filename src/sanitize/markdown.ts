/**
 * Markdown without its marks, on one line. Every step takes time in proportion to the text, whatever
 * it holds.
 *
 * @module
 */

const FENCE = /^[ \t]*(?:```|~~~)[^`]*$/;
const RULE = /^(?:[ \t]*[-*_]){3,}[ \t]*$/;
const LINE_START = /^[ \t]*(?:#{1,6}[ \t]+|>+[ \t]*|[-*+][ \t]+)+/;
const LINK =
  /!?\[([^[\]\n]*)\]\(\s*((?:[^\s()]|\([^\s()]*\))+)(?:\s+"[^"\n]*")?\s*\)|!?\[([^[\]\n]*)\]\(\s*\)/g;
const RUN = /\*+|_+|~~+|`+/g;
const WORD = /[\p{L}\p{N}]/u;
/** Next to these a mark is part of a smiley, a formula or a list. */
const NO_BEGIN = /^(?:$|[\s\-^<>=|;:,)\]}+])/;
const NO_END = /(?:^|[\s\-^<=|([{+\\])$/;

/** Options of {@linkcode flatten}. */
export interface FlattenOptions {
  /** What may be shown of a link's address. */
  readonly address: (url: string) => string;
}

/**
 * Takes the marks out of Markdown.
 *
 * @param markdown What a model wrote.
 * @returns The same words on one line.
 */
export function flatten(markdown: string, options: FlattenOptions): string {
  const line = markdown
    .split("\n")
    .map((line) => FENCE.test(line) || RULE.test(line) ? "" : line.replace(LINE_START, ""))
    .join(" ");
  return withoutRuns(line.replace(LINK, (_, named = "", url = "", bare = "") => {
    const label: string = named || bare;
    const shown = options.address(url);
    if (label === "" || label === url) return shown;
    return shown === "" || shown !== url ? label : `${label} (${url})`;
  }));
}

/** A row of marks that may have a partner. */
interface Run {
  /** The mark. */
  readonly mark: string;
  /** How many stay. */
  left: number;
}

interface Opened {
  readonly run: Run;
  /** Where its text begins. */
  readonly at: number;
}

/** Takes out emphasis, code marks and the like, where a begin and an end belong together. */
function withoutRuns(text: string): string {
  const parts: (string | Run)[] = [];
  const open: Record<string, Opened[]> = { "*": [], "_": [], "~": [], "`": [] };
  let end = 0;
  let lastWord = -1;
  for (const { 0: marks, index } of text.matchAll(RUN)) {
    const between = text.slice(end, index);
    if (WORD.test(between)) lastWord = index;
    parts.push(between);
    end = index + marks.length;
    const run: Run = { mark: marks[0]!, left: marks.length };
    parts.push(run);
    const before = text.slice(Math.max(0, index - 2), index);
    const after = text.slice(end, end + 2);
    const stack = open[run.mark]!;
    if (closes(run.mark, before, after)) close(run, stack, lastWord);
    if (run.left > 0 && opens(run.mark, before, after)) stack.push({ run, at: end });
  }
  parts.push(text.slice(end));
  return parts.map((part) => typeof part === "string" ? part : part.mark.repeat(part.left)).join(
    "",
  );
}

/** Smileys such as `*_*` have nothing to emphasize. */
function close(run: Run, stack: Opened[], lastWord: number): void {
  while (run.left > 0) {
    const last = stack.at(-1);
    if (last === undefined || lastWord < last.at) return;
    const count = run.mark === "`" || run.mark === "~"
      ? Math.max(run.left, last.run.left)
      : Math.min(run.left, last.run.left);
    run.left = Math.max(0, run.left - count);
    last.run.left = Math.max(0, last.run.left - count);
    if (last.run.left === 0) stack.pop();
  }
}

function opens(mark: string, before: string, after: string): boolean {
  if (mark === "`") return true;
  if (NO_BEGIN.test(after) || isNose(before, after)) return false;
  return mark === "~" || !/[\p{L}\p{N}/\\.)\]}]$/u.test(before);
}

function closes(mark: string, before: string, after: string): boolean {
  if (mark === "`") return true;
  if (NO_END.test(before) || isNose(before, after)) return false;
  return mark === "~" || !/^[\p{L}\p{N}/]/u.test(after);
}

/** `._.` and the like. */
function isNose(before: string, after: string): boolean {
  return before.at(-1) === after[0];
}
