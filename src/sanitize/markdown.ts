/** Removes Markdown. Every step takes time proportional to the length of the text. */

const FENCE = /^[ \t]*(?:```|~~~)[^`]*$/;
/** A fence that a sentence introduces on its own line. */
const FENCE_AT_END = /^([^`]+)```[\w+#.-]*$/;
const RULE = /^(?:[ \t]*[-*_]){3,}[ \t]*$/;
const LINE_START = /^[ \t]*(?:#{1,6}[ \t]+|>+[ \t]*|[-*+•][ \t]+)+/;
/** The numbers of a list stay. */
const LIST_ITEM = /^[ \t]*(?:[-*+•]|\d{1,3}[.)])[ \t]+/;
/** Such as `| --- | :--: |`; below the head of a table. */
const TABLE_RULE = /^\|?(?:[ \t]*:?-+:?[ \t]*\|)+(?:[ \t]*:?-+:?)?$/;
const ENDS_WITH_PUNCTUATION = /[.,;:!?…。！？、：；]["'”’»)\]*_`~]*$/;
/** A closing mark and what stands before it. */
const MAX_ENDING = 8;
/** Not the tags of a spoiler in front of a bracket. */
const LINK =
  /!?\[(?!\/?sp\])([^[\]\n]*)\](?:\(\s*((?:[^\s()]|\([^\s()]*\))+)(?:\s+"[^"\n]*")?\s*\)|\(\s*\))/gi;
const RUN = /\*+|_+|~~+|`+/g;
const WORD = /[\p{L}\p{N}]/u;
/** Next to these characters a mark is part of a smiley, a formula or a list. */
const NO_OPEN = /^(?:$|[\s\-^<>=|;:,)\]}+])/;
const NO_CLOSE = /(?:^|[\s\-^<=|([{+\\])$/;

/**
 * Turns Markdown into plain text on one line.
 *
 * @param options.showUrl Returns what is shown of a link's URL.
 * @param options.keepStart Whether the marks of headings, quotes and lists at the start of a line stay.
 */
export function removeMarkdown(
  markdown: string,
  { showUrl, keepStart = false }: {
    readonly showUrl: (url: string) => string;
    readonly keepStart?: boolean;
  },
): string {
  const line = joinLines(markdown.split("\n"), keepStart);
  return removePairedMarks(line.replace(LINK, (_, label: string, url = "") => {
    const shown = showUrl(url);
    if (label === "" || label === url) return shown;
    return shown === "" || shown !== url ? label : `${label} (${url})`;
  }));
}

interface Line {
  readonly kind: "text" | "code" | "list item" | "table row";
  readonly text: string;
}

/** Joins lines so that lists, tables and code can be read on one line. */
function joinLines(lines: readonly string[], keepStart: boolean): string {
  const kept: Line[] = [];
  let isCode = false;
  let isTable = false;
  for (const [at, line] of lines.entries()) {
    const opened = isCode ? null : FENCE_AT_END.exec(line);
    if (FENCE.test(line) || opened) {
      if (opened) kept.push({ kind: "text", text: opened[1]! });
      isCode = !isCode;
      isTable = false;
      continue;
    }
    if (isCode) {
      kept.push({ kind: "code", text: line });
      continue;
    }
    const hasCells = line.includes("|");
    const isBelowHead = isTable && TABLE_RULE.test(line.trim());
    isTable = hasCells && (isTable || TABLE_RULE.test(lines[at + 1]?.trim() ?? ""));
    if (isBelowHead || RULE.test(line)) continue;
    if (isTable) kept.push({ kind: "table row", text: cellsOf(line).join(", ") });
    else {
      const kind = LIST_ITEM.test(line) ? "list item" : "text";
      kept.push({ kind, text: keepStart ? line : line.replace(LINE_START, "") });
    }
  }
  const filled = kept.map(({ kind, text }) => ({ kind, text: text.trim() }))
    .filter(({ text }) => text !== "");
  return filled.map((line, at) => separator(filled[at - 1], line) + line.text).join("");
}

function separator(before: Line | undefined, { kind }: Line): string {
  if (before === undefined) return "";
  const isParted = ENDS_WITH_PUNCTUATION.test(before.text.slice(-MAX_ENDING));
  if (isParted || kind === "code" || before.kind === "code") return " ";
  if (kind === before.kind) return { "text": " ", "list item": ", ", "table row": "; " }[kind];
  return before.kind === "text" ? ": " : ". ";
}

function cellsOf(row: string): string[] {
  return row.split("|").map((cell) => cell.trim()).filter((cell) => cell !== "");
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
