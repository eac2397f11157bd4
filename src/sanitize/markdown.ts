/** Removes Markdown. Every step takes time proportional to the length of the text. */

const FENCE = /^[ \t]*(?:```|~~~)[^`]*$/;
const RULE = /^(?:[ \t]*[-*_]){3,}[ \t]*$/;
const LINE_START = /^[ \t]*(?:#{1,6}[ \t]+|>+[ \t]*|[-*+][ \t]+)+/;
const LINK =
  /!?\[([^[\]\n]*)\]\(\s*((?:[^\s()]|\([^\s()]*\))+)(?:\s+"[^"\n]*")?\s*\)|!?\[([^[\]\n]*)\]\(\s*\)/g;
const RUN = /\*+|_+|~~+|`+/g;
const WORD = /[\p{L}\p{N}]/u;
/** Next to these characters a mark is part of a smiley, a formula or a list. */
const NO_OPEN = /^(?:$|[\s\-^<>=|;:,)\]}+])/;
const NO_CLOSE = /(?:^|[\s\-^<=|([{+\\])$/;

/**
 * Turns Markdown into plain text on one line.
 *
 * @param showUrl Returns what is shown of a link's URL.
 */
export function removeMarkdown(markdown: string, showUrl: (url: string) => string): string {
  const line = markdown
    .split("\n")
    .map((line) => FENCE.test(line) || RULE.test(line) ? "" : line.replace(LINE_START, ""))
    .join(" ");
  return removePairedMarks(line.replace(LINK, (_, named = "", url = "", bare = "") => {
    const label: string = named || bare;
    const shown = showUrl(url);
    if (label === "" || label === url) return shown;
    return shown === "" || shown !== url ? label : `${label} (${url})`;
  }));
}

/** A row of equal marks, such as `**`. */
interface Run {
  readonly mark: string;
  /** How many stay. */
  left: number;
}

interface Opened {
  readonly run: Run;
  /** Where the text after it starts. */
  readonly at: number;
}

/** Removes marks that open and close emphasis, code and strikethrough. */
function removePairedMarks(text: string): string {
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

/** A pair without a word between is a smiley such as `*_*`. */
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
  if (NO_OPEN.test(after) || isNose(before, after)) return false;
  return mark === "~" || !/[\p{L}\p{N}/\\.)\]}]$/u.test(before);
}

function closes(mark: string, before: string, after: string): boolean {
  if (mark === "`") return true;
  if (NO_CLOSE.test(before) || isNose(before, after)) return false;
  return mark === "~" || !/^[\p{L}\p{N}/]/u.test(after);
}

/** Such as `._.`. */
function isNose(before: string, after: string): boolean {
  return before.at(-1) === after[0];
}
