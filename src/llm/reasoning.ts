/**
 * Models that think aloud: their thoughts are not an answer.
 *
 * Sources: https://github.com/ollama/ollama/tree/main/model/parsers,
 * https://github.com/ollama/ollama/blob/main/harmony/harmonyparser.go and the models' own templates.
 *
 * @module
 */

/** How a family of models marks its thoughts. */
interface Marks {
  /** Before them. */
  readonly begin: string;
  /** Behind them; without a begin, all before it were thoughts, too. */
  readonly end: string;
  /** Ends them as well, and means nothing elsewhere. */
  readonly also?: readonly string[];
}

const NAMES = ["think", "thinking", "thought", "reasoning", "seed:think"];

const THOUGHTS: readonly Marks[] = [
  ...NAMES.map((name) => ({ begin: `<${name}>`, end: `</${name}>` })),
  // Magistral, Ministral
  { begin: "[THINK]", end: "[/THINK]" },
  // Kimi-VL, Kimi-Dev
  { begin: "◁think▷", end: "◁/think▷" },
  // Command A
  { begin: "<|START_THINKING|>", end: "<|END_THINKING|>" },
  // OpenThinker, Sky-T1
  { begin: "<|begin_of_thought|>", end: "<|end_of_thought|>" },
  // Apertus
  { begin: "<|inner_prefix|>", end: "<|inner_suffix|>" },
  // Gemma 4
  { begin: "<|channel>", end: "<channel|>" },
  // Solar Open
  { begin: "<|think|>", end: "<|content|>" },
  // gpt-oss: of all its channels, people are meant to read one.
  { begin: "<|channel|>", end: "<|channel|>final", also: ["<|end|>", "<|call|>"] },
];

/** gpt-oss behind a server that drops the special tokens: `analysisHm.assistantfinalYes.` */
const LONE_ENDS = ["assistantfinal"];
/** The same, cut off before the answer; no sentence begins like that. */
const LONE_BEGIN = /^\s*analysis(?=[A-Z])/;

/** What stands around an answer whose thoughts are marked, and is no part of it. */
const FRAMES = [
  "<|START_RESPONSE|>",
  "<|END_RESPONSE|>",
  "<|START_TEXT|>",
  "<|END_TEXT|>",
  "<|begin_of_solution|>",
  "<|end_of_solution|>",
  "<|start|>assistant",
  "<|begin|>assistant",
  "<|message|>",
  "<|return|>",
];

/** The same, of models that put tags around all that they write; in other answers they are words. */
const TAGGED = /<\/?(?:answer|response)>/gi;

/** What a mark does; nothing but vanish when it does none of it. */
interface Mark {
  readonly begins?: Marks;
  readonly ends?: Marks;
  /** Whether it is an end also where nothing began. */
  readonly alone?: boolean;
}

const MARKS: ReadonlyMap<string, Mark> = new Map<string, Mark>([
  ...FRAMES.map((text) => [text, {}] as const),
  ...LONE_ENDS.map((text) => [text, { alone: true }] as const),
  ...THOUGHTS.flatMap((marks) => [
    [marks.begin, { begins: marks }] as const,
    [marks.end, { ends: marks, alone: true }] as const,
    ...(marks.also ?? []).map((text) => [text, { ends: marks }] as const),
  ]),
]);

/** The tags among them are written in any case and with attributes, too: `<Think mode="deep">`. */
const TAG = /^<\/?[\w:]+(?=[\s>])/;
/** No repetition in it can run over the begin of another mark: so a search takes one pass. */
const ANY_MARK = new RegExp(
  // The longest first, as one may begin with another.
  [...MARKS.keys()].sort((a, b) => b.length - a.length).map(patternOf).join("|"),
  "gi",
);

/** A template in Jinja: then llama.cpp renders it, and takes the thoughts out of the answer itself. */
const JINJA = /\{%/;
/** How templates in Go ask whether the model shall think. */
const WISH = /\.(?:IsThinkSet|Think)\b/;

/**
 * Takes the thoughts out of a complete answer: blocks, a block that does not end, and everything
 * before a lone end tag (some templates put the begin tag into the prompt). What some models put
 * around the answer itself goes, too.
 *
 * A begin tag within a sentence counts: better half an answer than a thought.
 *
 * @param text What the model wrote.
 * @returns Its answer.
 *
 * @example
 * ```ts
 * import { withoutThoughts } from "./reasoning.ts";
 *
 * withoutThoughts("[THINK]They greet me.[/THINK]Hello!"); // "Hello!"
 * ```
 */
export function withoutThoughts(text: string): string {
  return read(text).answer;
}

/**
 * Tells whether an answer began with thoughts that nothing but their end showed.
 *
 * @param text What the model wrote.
 * @returns Whether there is an end tag without its begin.
 */
export function beginsWithThoughts(text: string): boolean {
  return read(text).loneEnd;
}

/**
 * Tells whether a template begins the thoughts within the prompt of a model that is told not to think:
 * then their end alone is in its answers.
 *
 * Source: https://github.com/ollama/ollama/blob/main/server/routes.go
 *
 * @param template As Ollama's `/api/show` tells it.
 * @returns Whether its last begin tag has no end behind it, and stands there whatever the wish.
 */
export function hidesBegin(template: string): boolean {
  if (JINJA.test(template)) return false;
  const asked: boolean[] = [];
  let open: Marks | undefined;
  for (const piece of template.split("{{")) {
    follow(piece.slice(0, Math.max(0, piece.indexOf("}}"))), asked);
    for (const { begins, ends } of marksIn(piece)) {
      if (begins) open = asked.at(-1) ? undefined : begins;
      else if (ends === open) open = undefined;
    }
  }
  return open !== undefined;
}

/**
 * Tells whether a template is all that there is of the prompt's form, so that what it does not begin is
 * not begun.
 *
 * @param template As Ollama's `/api/show` tells it.
 * @returns Whether it is one in Go's language that says something of messages or of a prompt.
 */
export function rendersInGo(template: string): boolean {
  return !JINJA.test(template) && /\{\{[^}]*\.(?:Messages|Prompt|Content)\b/.test(template);
}

/** Keeps for each open block of a Go template whether the wish is asked for, by it or around it. */
function follow(action: string, asked: boolean[]): void {
  const [, word = ""] = /^-?\s*([a-z]+)/.exec(action) ?? [];
  const isElse = word === "else";
  if (isElse || ["if", "with", "range", "block", "define"].includes(word)) {
    const before = isElse ? asked.pop() : asked.at(-1);
    asked.push(before === true || WISH.test(action));
  } else if (word === "end") asked.pop();
}

function read(text: string): { answer: string; loneEnd: boolean } {
  let answer = "";
  let loneEnd = false;
  let at = 0;
  let open: Marks | undefined;
  let marked = false;
  for (const { begins, ends, alone, from, to } of marksIn(text)) {
    marked = true;
    if (open) {
      if (ends !== open) continue;
      open = undefined;
    } else if (alone) {
      answer = "";
      loneEnd = true;
    } else {
      answer += text.slice(at, from);
      open = begins;
    }
    at = to;
  }
  if (!open) answer += text.slice(at);
  if (!marked && LONE_BEGIN.test(text)) answer = "";
  if (marked) answer = answer.replace(TAGGED, "");
  return { answer: answer.trim(), loneEnd };
}

function* marksIn(text: string): Generator<Mark & { readonly from: number; readonly to: number }> {
  for (const { 0: written, index: from } of text.matchAll(ANY_MARK)) {
    const tag = TAG.exec(written)?.[0];
    const mark = MARKS.get(tag ? `${tag.toLowerCase()}>` : written);
    // In another case, what is no tag is a word.
    if (mark) yield { ...mark, from, to: from + written.length };
  }
}

function patternOf(text: string): string {
  const exact = text.replace(/[|[\]\\/.]/g, "\\$&");
  return TAG.test(text) ? exact.replace(/>$/, "(?:\\s+[\\w:-]+=[^<>]*|\\s*)>") : exact;
}
