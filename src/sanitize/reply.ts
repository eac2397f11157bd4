/**
 * Ends a model's reply where it stops being one: at template tokens, turns for others, recitals, loops
 * and calls of tools, and after enough sentences. Each rule finds its cut from the text before it and a
 * few characters more, so that the rules can run on a stream, again and again.
 *
 * A reply passes through `withoutThoughts`, `trimReply`, `SpoilerIndex.hide`, `sanitize` and `split`.
 */
import { type Cut, firstProved } from "./cut.ts";
import {
  inventedTurn,
  listsUsers,
  skipLabels,
  type TurnNames,
  type TurnOptions,
} from "./invented_turns.ts";
import { removeInvisible } from "./invisible_chars.ts";
import { ToldText } from "./recital.ts";
import { repetition, shortenRows } from "./repetition.ts";
import { lastSentenceEnd, sentenceLimit } from "./sentences.ts";
import { skipTokens, templateToken, withoutBrokenToken } from "./template_tokens.ts";
import { toolCall } from "./tool_calls.ts";

export type TrimReason =
  | "template token"
  | "invented turn"
  | "recital"
  | "repeated answer"
  | "repetition"
  | "tool call"
  | "sentences";

/** What the rules are compared with. */
export interface ReplyContext {
  /** The bot's name. */
  readonly bot: string;
  /** Users in the room or in the transcript. */
  readonly names: readonly string[];
  /**
   * What the model was told and must not recite: the system prompt, the lines of the transcript, the
   * question. Without titles, which the bot may say.
   */
  readonly told: readonly string[];
  /** Own lines that the model was told; a reply does not begin as one of them. */
  readonly own: readonly string[];
  /** What the bot said last. */
  readonly lastReplies: readonly string[];
  readonly maxSentences: number;
}

/** A {@linkcode ReplyContext} that was prepared once for all checks of one reply. */
export interface ReplyRules {
  readonly names: TurnNames;
  readonly told: ToldText;
  readonly own: ToldText;
  readonly lastReplies: readonly string[];
  readonly maxSentences: number;
}

export interface TrimmedReply {
  /** May be empty: nothing useful is left. */
  readonly text: string;
  /** Whether more text cannot change the result: the model may stop. */
  readonly ended: boolean;
  /** Why text is missing at the end. */
  readonly reason?: TrimReason;
}

/** Far more than fits into a reply; the rest is ignored. */
const MAX_CHARS = 4096;
/** A reply that begins with so much of an earlier one, all of it, repeats it. */
const MIN_SAME_START = 60;
/** A reply is like an earlier one after so many other characters: `You're` instead of `you are`. */
const MAX_OTHER_BEGIN = 12;
/** Shorter replies, such as `Hello!`, may be repeated. Letters and digits. */
const MIN_SAME_CHARS = 12;
/** A reply that a limit cut ends at a sentence if that keeps so much of it. */
const MIN_SENTENCES_SHARE = 0.25;
const OPEN_MARK = /(?:^|[\s("'])(\*{1,3}|`{1,2})(?=[^\s*`])[^*`]*$/;
const ELLIPSIS = "…";

export function prepareRules(context: ReplyContext): ReplyRules {
  return {
    names: {
      bot: context.bot.toLowerCase(),
      users: new Set(context.names.map((name) => name.toLowerCase())),
    },
    told: new ToldText(context.told),
    own: new ToldText(context.own),
    lastReplies: context.lastReplies.map(letters),
    maxSentences: context.maxSentences,
  };
}

/**
 * Trims a reply or the start of one. Takes the reply without reasoning, with its line breaks.
 *
 * @param cut Whether a limit of tokens ended the reply.
 */
export function trimReply(
  text: string,
  rules: ReplyRules,
  { cut: isCut = false }: { readonly cut?: boolean } = {},
): TrimmedReply {
  const isOver = text.length > MAX_CHARS;
  const whole = collapse(removeInvisible(text.slice(0, MAX_CHARS)));
  const start = startOf(whole, rules.names);
  const startWithUsers = startOf(whole, { ...rules.names, users: new Set() });
  const body = whole.slice(start);
  const found = firstCut(body, rules, { opening: whole.slice(startWithUsers, start) });
  const ended = isOver || (found !== undefined && found.seen <= body.length);
  const end = found ? start + found.at : whole.length;
  const isEnumeration = listsUsers(whole.slice(start, end), rules.names);
  const kept = whole.slice(isEnumeration ? startWithUsers : start, end).trimEnd();
  const shown = shortenRows(
    found
      ? closeMark(ending(kept, found.reason))
      : endWhole(withoutBrokenToken(kept), isCut || isOver),
  );
  if (isRepeated(shown, rules)) return { text: "", ended, reason: "repeated answer" };
  return { text: shown, ended, reason: found?.reason };
}

interface FoundCut extends Cut {
  readonly reason: TrimReason;
}

function firstCut(
  text: string,
  { names, told, own, maxSentences }: ReplyRules,
  turns: TurnOptions,
): FoundCut | undefined {
  const again = own.recital(text);
  const isBegin = again !== undefined && again.at < MAX_OTHER_BEGIN;
  const cuts: readonly [TrimReason, Cut | undefined][] = [
    ["template token", templateToken(text)],
    ["tool call", toolCall(text)],
    ["invented turn", inventedTurn(text, names, turns)],
    ["recital", told.recital(text)],
    ["repeated answer", isBegin ? { at: 0, seen: again.seen } : undefined],
    ["repetition", repetition(text)],
    ["sentences", sentenceLimit(text, maxSentences)],
  ];
  return firstProved(cuts.flatMap(([reason, cut]) => cut ? [{ ...cut, reason }] : []));
}

/** The index after tokens, roles and names in front of the reply. */
function startOf(text: string, names: TurnNames): number {
  for (let at = 0;;) {
    const next = skipLabels(text, skipTokens(text, at), names);
    if (next === at) return at;
    at = next;
  }
}

/** What is left of a text whose end was removed; empty if that says nothing. */
function ending(text: string, reason: TrimReason): string {
  const introduces = reason === "tool call" || reason === "invented turn";
  const isIntroduction = reason === "recital" || (introduces && /[:：]$/.test(text));
  const left = isIntroduction
    ? text.slice(0, lastSentenceEnd(text))
    : reason === "invented turn"
    ? text.replace(/[,;]$/, "")
    : text;
  return /[\p{L}\p{N}\p{Extended_Pictographic}]/u.test(left) ? left : "";
}

/** A text that a limit may have cut, up to its last sentence or its last word. */
function endWhole(text: string, isCut: boolean): string {
  if (!isCut) return text;
  const end = lastSentenceEnd(text);
  if (end > text.length * MIN_SENTENCES_SHARE) return closeMark(text.slice(0, end));
  const blank = text.search(/\s\S*$/);
  const words = (blank >= text.length / 2 ? text.slice(0, blank) : text)
    .replace(/[\s,;:.…(["'“*_\-–—]+$/u, "");
  return words === "" ? "" : closeMark(words + ELLIPSIS);
}

/** Closes emphasis or code whose end was removed: a single mark would be seen. */
function closeMark(text: string): string {
  return text + (OPEN_MARK.exec(text)?.[1] ?? "");
}

function isRepeated(text: string, { lastReplies }: ReplyRules): boolean {
  const said = letters(text);
  return said.length >= MIN_SAME_CHARS &&
    lastReplies.some((last) =>
      said === last || (last.length >= MIN_SAME_START && said.startsWith(last))
    );
}

/** A reply without what the sanitizer may have changed. */
function letters(text: string): string {
  return text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
}

/** One space or one line break in a row. */
function collapse(text: string): string {
  return text.replace(/[^\S\n]+/gu, " ").replace(/ ?\n[ \n]*/g, "\n").trim();
}
