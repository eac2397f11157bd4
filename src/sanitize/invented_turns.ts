/**
 * Finds where a model goes on writing for others: `alice: and you?` on a new line or after a sentence,
 * and removes a name from the start of a reply.
 */
import { type Cut, firstProved } from "./cut.ts";
import { SENTENCE_LOOKAHEAD, sentenceEnds } from "./sentences.ts";

/** Who may be named in front of a turn. */
export interface TurnNames {
  /** In lower case. */
  readonly bot: string;
  /** Users in the room or in the transcript, in lower case. */
  readonly users: Pick<ReadonlySet<string>, "has">;
}

interface Label {
  /** In lower case. */
  readonly name: string;
  readonly end: number;
  /** Whether it names a user, neither the bot nor a role. */
  readonly isUser: boolean;
}

const ROLES = new Set(["user", "human", "assistant"]);
/** After `###` only. */
const HEADINGS = new Set([...ROLES, "system", "instruction", "input", "response"]);
/** Users may have such names, too; in front of a colon they are words. */
const WORDS = new Set(
  `note notes warning tip tips hint ps edit update example reminder answer question fact spoiler summary
  result results pro con pros cons also today tonight tomorrow yesterday now next later here first second
  third finally rule rules plot genre director cast title year time date yes no ok okay so well thanks
  http https std`.split(/\s+/),
);

/** A name in any decoration, with or without a colon. CyTube's names have up to 20 characters. */
const LABEL =
  /(?:[[(]?\d{1,2}:\d{2}(?::\d{2})?[\])]? )?(#{2,6} ?)?[*`~]{0,3}([<[("'“]?)[*`]{0,3}([\w-]{1,20})[*`~]{0,3}([>\])"'”]?)[*`]{0,3}(?:( ?)([:：])[*`]{0,3})?/y;
const PAIRS = new Set(["", "<>", "[]", "()", '""', "''", "“”"]);
/** A letter, a quote or a mark of emphasis directly after the colon; not `:D`, `:/`, `::`, `:30`. */
const GLUED = /^(?:["'“«*_]|\p{Lo}|(?!DD|PP|xD|XD)\p{L}\p{L})/u;
/** Characters after a label that decide on it. */
const LABEL_LOOKAHEAD = 3;
/** A name within a sentence begins a turn if so many characters follow without a next item: `alice: 3, bob: 2`. */
const SPEECH_CHARS = 40;
/** What remains of `<|im_start|>user` where a server drops the tokens. */
const ROLE_LINE = /(?<=[.!?…。！？"'”)])\n?(?:assistant|user)\n/;
const ANYBODY = { has: () => true };
const NEXT_ITEM = /[,;\n] ?(?:and )?[\w-]{1,20}:/;
const NEXT_LABEL = /[,;] (?=[\w-]{1,20}:\s)/g;
/** With text behind it: numbers are scores. */
const INNER_LABEL = /(?<=\s)(?=[\w-]{1,20}:\s(?!\d))/g;
/** What an enumeration says of one user, or its introduction. */
const ITEM = /^(?:[^,;.!?]|[.,]\d){1,40}(?:[,;] (?:and )?|: )$/;
/** Or the heading of the next list. */
const SENTENCE_END = /(?<!\.)[.!?。！？]\s|:\n/;

/** Options of {@linkcode inventedTurn}. */
export interface TurnOptions {
  /**
   * The names of users with which the reply began; default: none. Then each new line with a name in
   * front, known or not, is a turn.
   */
  readonly opening?: string;
}

/** Ends a reply where it begins to speak for somebody. White space must be collapsed. */
export function inventedTurn(
  text: string,
  names: TurnNames,
  { opening = "" }: TurnOptions = {},
): Cut | undefined {
  const isDialogue = opening !== "";
  const inner = [...speechCuts(text, names), ...innerTurn(text, names, opening)];
  const line = ROLE_LINE.exec(text);
  const lineCut = line ? { at: line.index, seen: line.index + line[0].length } : undefined;
  let isList = false;
  for (const place of places(text)) {
    if (lineCut && place + SENTENCE_LOOKAHEAD >= lineCut.seen) break;
    const startsLine = text[place - 1] === "\n";
    const known = startsLine && isDialogue ? { bot: names.bot, users: ANYBODY } : names;
    const label = labelAt(text, place, known);
    if (startsLine && !isDialogue) {
      isList = introduces(text, place) || (isList && label !== undefined);
    }
    if (!label || (startsLine && isList && label.isUser)) continue;
    const seen = Math.max(label.end + LABEL_LOOKAHEAD, place + SENTENCE_LOOKAHEAD);
    return firstProved([{ at: place, seen }, ...inner]);
  }
  return firstProved([...lineCut ? [lineCut] : [], ...inner]);
}

/** A user's speech within a sentence: `the film: alice: no, I have not seen it`. */
function speechCuts(text: string, names: TurnNames): Cut[] {
  return Array.from(text.matchAll(/[:：] (?=\S)/g), ({ index }) => index + 2).flatMap((at) => {
    const label = labelAt(text, at, names);
    if (!label?.isUser) return [];
    const seen = label.end + SPEECH_CHARS;
    const isSpeech = text.length >= seen && !NEXT_ITEM.test(text.slice(label.end, seen));
    return isSpeech ? [{ at, seen }] : [];
  });
}

/**
 * A user who is named again within a sentence or a list, or whose name goes on with a reply that began with a
 * name. An enumeration names everybody once: `alice: Alien, bob: Aliens`.
 */
function innerTurn(text: string, names: TurnNames, opening: string): Cut[] {
  const openers = new Set(opening.toLowerCase().match(/[\w-]+/g));
  const named = new Map<string, number>();
  let itemStart = 0;
  for (const { index } of text.matchAll(INNER_LABEL)) {
    const label = labelAt(text, index, names);
    if (!label?.isUser) continue;
    const between = text.slice(itemStart, index);
    if (SENTENCE_END.test(between)) {
      named.clear();
      openers.clear();
    }
    const isNext = opening === "" || ITEM.test(between);
    const isAgain = named.has(label.name) || openers.has(label.name);
    if (isAgain || !isNext) {
      return [{ at: named.get(label.name) ?? index, seen: label.end + LABEL_LOOKAHEAD }];
    }
    named.set(label.name, index);
    itemStart = label.end;
  }
  return [];
}

/** The index after the names at the start of a reply, from an index on. */
export function skipLabels(text: string, from: number, names: TurnNames): number {
  let at = from;
  for (let label; (label = labelAt(text, at, names));) {
    at = label.end;
    while (/^\s$/.test(text.charAt(at))) at++;
  }
  return at;
}

/** Whether a text lists users: `alice: 3, bob: 2`. */
export function listsUsers(text: string, names: TurnNames): boolean {
  return text.matchAll(NEXT_LABEL)
    .some(({ 0: { length }, index }) => labelAt(text, index + length, names)?.isUser === true);
}

/** Where turns may begin, in order. */
function places(text: string): number[] {
  const starts = new Set([...sentenceEnds(text)].map(({ next }) => next));
  for (const { index } of text.matchAll(/\n/g)) starts.add(index + 1);
  return [...starts].sort((a, b) => a - b);
}

/** Whether a list follows the line before, such as what others said. */
function introduces(text: string, lineStart: number): boolean {
  return /[:：,;]$/.test(text.slice(Math.max(0, lineStart - 3), lineStart).trimEnd());
}

function labelAt(text: string, at: number, names: TurnNames): Label | undefined {
  LABEL.lastIndex = at;
  const match = LABEL.exec(text);
  if (!match) return;
  const [all, heading, open = "", name = "", close = "", space, colon] = match;
  if (!PAIRS.has(open + close)) return;
  const whose = ownerOf(name, heading !== undefined, names);
  if (!whose) return;
  const end = at + all.length;
  const after = text.slice(end, end + LABEL_LOOKAHEAD);
  const isAlone = after === "" || /^\s/.test(after);
  const isHeading = heading !== undefined && whose === "role" && after.startsWith("\n");
  const isLabel = colon === "："
    ? true
    : colon === ":"
    ? isAlone || (space === "" && GLUED.test(after))
    : (open === "<" && isAlone) || isHeading;
  return isLabel ? { name: name.toLowerCase(), end, isUser: whose === "user" } : undefined;
}

function ownerOf(
  written: string,
  isHeading: boolean,
  { bot, users }: TurnNames,
): "bot" | "role" | "user" | undefined {
  const name = written.toLowerCase();
  const bare = name.replace(/^_+|_+$/g, "");
  if (bot !== "" && (name === bot || bare === bot)) return "bot";
  if ((isHeading ? HEADINGS : ROLES).has(bare)) return "role";
  // A number in front of a colon is an hour or counts.
  if (WORDS.has(name) || /^[\d-]+$/.test(name)) return;
  return users.has(name) || users.has(bare) ? "user" : undefined;
}
