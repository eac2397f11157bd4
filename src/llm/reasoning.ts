/**
 * Removes a model's reasoning from its answer. Sources: the models' own templates and
 * https://github.com/ollama/ollama/tree/main (model/parsers, harmony/harmonyparser.go, server/routes.go).
 */

interface Marks {
  readonly begin: string;
  /** Without a begin, all text before the end is reasoning, too. */
  readonly end: string;
  /** Other ends, which have no meaning without a begin. */
  readonly also?: readonly string[];
}

const NAMES = ["think", "thinking", "thought", "reasoning", "seed:think"];

const THOUGHTS: readonly Marks[] = [
  ...NAMES.map((name) => ({ begin: `<${name}>`, end: `</${name}>` })),
  { begin: "[THINK]", end: "[/THINK]" }, // Magistral, Ministral
  { begin: "◁think▷", end: "◁/think▷" }, // Kimi-VL, Kimi-Dev
  { begin: "<|START_THINKING|>", end: "<|END_THINKING|>" }, // Command A
  { begin: "<|begin_of_thought|>", end: "<|end_of_thought|>" }, // OpenThinker, Sky-T1
  { begin: "<|inner_prefix|>", end: "<|inner_suffix|>" }, // Apertus
  { begin: "<|channel>", end: "<channel|>" }, // Gemma 4
  { begin: "<|think|>", end: "<|content|>" }, // Solar Open
  // gpt-oss: only the channel `final` is for users.
  { begin: "<|channel|>", end: "<|channel|>final", also: ["<|end|>", "<|call|>"] },
];

/** gpt-oss behind a server that drops the special tokens: `analysisHm.assistantfinalYes.` */
const LONE_END = "assistantfinal";
/** The same, cut off before the answer; no sentence begins like that. */
const LONE_BEGIN = /^\s*analysis(?=[A-Z])/;

/** Removed from answers that have marks. */
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

/** The same; in answers without marks these are words. */
const TAGGED = /<\/?(?:answer|response)>/gi;

/** The meaning of a mark; without a property it is only removed. */
interface Mark {
  readonly begins?: Marks;
  readonly ends?: Marks;
  /** Whether it is an end without a begin, too. */
  readonly alone?: boolean;
}

const MARKS: ReadonlyMap<string, Mark> = new Map<string, Mark>([
  ...FRAMES.map((text) => [text, {}] as const),
  [LONE_END, { alone: true }],
  ...THOUGHTS.flatMap((marks) => [
    [marks.begin, { begins: marks }] as const,
    [marks.end, { ends: marks, alone: true }] as const,
    ...(marks.also ?? []).map((text) => [text, { ends: marks }] as const),
  ]),
]);

/** Tags may have any case and attributes: `<Think mode="deep">`. */
const TAG = /^<\/?[\w:]+(?=[\s>])/;
/** No repetition in it can match the begin of another mark, so a search is linear. */
const ANY_MARK = new RegExp(
  // Longest first, as a mark may be a prefix of another.
  [...MARKS.keys()].sort((a, b) => b.length - a.length).map(patternOf).join("|"),
  "gi",
);

/** llama.cpp renders Jinja templates and removes the reasoning itself. */
const JINJA = /\{%/;
/** Go templates test these variables for the option `think`. */
const THINK_OPTION = /\.(?:IsThinkSet|Think)\b/;

/**
 * Returns an answer without reasoning: without marked blocks, an unfinished block, all text before a
 * lone end tag (some templates put the begin tag into the prompt) and marks around the answer itself.
 * A begin tag within a sentence counts: half an answer is better than reasoning.
 */
export function withoutThoughts(text: string): string {
  return readThoughts(text).answer;
}

/**
 * Returns whether a template of `/api/show` puts a begin tag into the prompt although the model is told
 * not to reason; then answers contain the end tag only.
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

/** Returns whether the template is a complete one in Go, so that its prompt is known. */
export function rendersInGo(template: string): boolean {
  return !JINJA.test(template) && /\{\{[^}]*\.(?:Messages|Prompt|Content)\b/.test(template);
}

/** Keeps for each open block of a Go template whether it depends on the option `think`. */
function follow(action: string, asked: boolean[]): void {
  const [, word = ""] = /^-?\s*([a-z]+)/.exec(action) ?? [];
  const isElse = word === "else";
  if (isElse || ["if", "with", "range", "block", "define"].includes(word)) {
    const before = isElse ? asked.pop() : asked.at(-1);
    asked.push(before === true || THINK_OPTION.test(action));
  } else if (word === "end") asked.pop();
}

/** `loneEnd` is true if there is an end tag without a begin tag. */
export function readThoughts(text: string): { answer: string; loneEnd: boolean } {
  let answer = "";
  let at = 0;
  let loneEnd = false;
  let marked = false;
  let open: Marks | undefined;
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
    // Marks that are not tags are case-sensitive.
    if (mark) yield { ...mark, from, to: from + written.length };
  }
}

function patternOf(text: string): string {
  const exact = text.replace(/[|[\]\\/.]/g, "\\$&");
  return TAG.test(text) ? exact.replace(/>$/, "(?:\\s+[\\w:-]+=[^<>]*|\\s*)>") : exact;
}
