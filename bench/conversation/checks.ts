/** Finds what is wrong with the form of an answer as the channel saw it. */
import type { Message } from "./recorder.ts";

/** An answer and where it comes from. */
export interface Answer {
  /** Who asked. */
  readonly user: string;
  /** What the bot said in the channel. */
  readonly lines: readonly string[];
  /** What the model wrote. */
  readonly text: string;
  /** Why the model stopped, such as `stop` or `length`. */
  readonly finish?: string;
  /** What the model was sent. */
  readonly messages: readonly Message[];
}

export interface Fault {
  readonly kind: FaultKind;
  /** The part of the answer that it is about. */
  readonly found: string;
}

/** The kinds of faults, with what the table calls them. */
export const FAULTS = {
  marker: "template markers, role tokens",
  name: "the model's name in front",
  turn: "invented turns",
  system: "recites the system message",
  transcript: "recites the transcript",
  repeat: "repeats an earlier answer",
  loop: "a phrase four times in a row",
  cut: "cut in mid-word or by the limit of tokens",
  long: "over 3 sentences or 2 lines",
};
export type FaultKind = keyof typeof FAULTS;

const MARKERS = [
  /<[|｜][^|｜>]*[|｜]?>?|<\/?s>|<\/?think>|<(?:bos|eos|unk|pad)>/i,
  /\[\/?INST\]|<<\/?SYS>>|<(?:start|end)_of_(?:turn|text)>|\bim_(?:start|end)\b/i,
  /#{2,}\s*(?:user|human|assistant|system|instruction|response|input)\b/i,
  /^(?:user|human|assistant|system)(?::|\n|\s*$)/i,
];
const ROLES = ["user", "human", "assistant", "system", "AI", "bot"];
const MAX_SENTENCES = 3;
const MAX_LINES = 2;
const RECITAL_CHARS = 40;
const PLAYING = /(?:^|\n)Now playing: .*$/gm;
const MAX_PHRASE_WORDS = 20;
const REPEATS = 4;
/** Enough of the end of a line to find it in the model's text. */
const TAIL_CHARS = 12;
const SHOWN_CHARS = 80;

const sentences = new Intl.Segmenter("en", { granularity: "sentence" });

/**
 * Whether the program itself puts the asker's name in front of answers: most answers have it although
 * the model did not write it.
 */
export function addressesPeople(answers: readonly Answer[]): boolean {
  const own = answers.filter(({ user, text }) => !startsWithName(text, user));
  const addressed = own.filter(({ user, lines }) => startsWithName(lines[0] ?? "", user));
  return addressed.length > own.length / 2;
}

/** What an answer is compared with. */
export interface Setting {
  /** Of everybody who may be in the room, the bot included. */
  readonly names: readonly string[];
  /** {@linkcode addressesPeople} */
  readonly addresses: boolean;
  /** Lines that the bot said before. */
  readonly earlier: readonly string[];
}

/** Finds at most one fault of each kind. */
export function faultsOf(answer: Answer, { names, addresses, earlier }: Setting): Fault[] {
  const { user, text } = answer;
  const [first = "", ...rest] = answer.lines;
  const isProgram = startsWithName(first, user) && (addresses || !startsWithName(text, user));
  const lines = [isProgram ? withoutName(first) : first, ...rest];
  const said = lines.join(" ");
  const contents = (isSource: (message: Message) => boolean) =>
    answer.messages.filter(isSource).map(({ content }) => content);
  // What plays is told in order to be said.
  const playing = contents(() => true).flatMap((content) => content.match(PLAYING) ?? []);
  const found: Record<FaultKind, string | undefined> = {
    marker: MARKERS.map((marker) => marker.exec(said)?.[0]).find((found) => found !== undefined),
    name: names.find((name) => startsWithName(said, name)),
    turn: inventedTurn(said, [...names, ...ROLES]),
    system: recital(said, contents(({ role }) => role === "system")),
    transcript: recital(said, contents(({ role }) => role !== "system"), [...earlier, ...playing]),
    repeat: recital(said, earlier),
    loop: repeatedPhrase(said),
    cut: lines.map((line) => cutWord(line, answer)).find((word) => word !== undefined),
    long: excess(said, lines.length),
  };
  const kinds = Object.keys(FAULTS) as FaultKind[];
  return kinds.flatMap((kind) =>
    found[kind] === undefined ? [] : [{ kind, found: found[kind].slice(0, SHOWN_CHARS) }]
  );
}

/** Whether a text starts with `name:`; marks around the name do not count. */
function startsWithName(text: string, name: string): boolean {
  return new RegExp(`^[\\s"'*_<(\\[@]*${RegExp.escape(name)}["'*_>)\\]]*\\s*:`, "iu").test(text);
}

function withoutName(line: string): string {
  return line.slice(line.indexOf(":") + 1).trim();
}

/** A line of somebody else within the answer: `name: …` or `<name> …`. */
function inventedTurn(said: string, names: readonly string[]): string | undefined {
  const any = names.map(RegExp.escape).join("|");
  return new RegExp(`(?<=\\S\\s+)(?:${any}):(?=\\s|$).*|<(?:${any})>.*`, "iu").exec(said)?.[0];
}

/** The first long piece that stands in a source word for word, and in none of the exceptions. */
function recital(
  said: string,
  sources: readonly string[],
  except: readonly string[] = [],
): string | undefined {
  const text = folded(said);
  const [known, other] = [sources.map(folded), except.map(folded)];
  for (let from = 0; from + RECITAL_CHARS <= text.length; from++) {
    let end = from + RECITAL_CHARS;
    const piece = text.slice(from, end);
    const source = known.find((source) => source.includes(piece));
    if (source === undefined || other.some((source) => source.includes(piece))) continue;
    while (end < text.length && source.includes(text.slice(from, end + 1))) end++;
    return text.slice(from, end).trim();
  }
}

function folded(text: string): string {
  return text.toLowerCase().replace(/\s+/g, " ");
}

function repeatedPhrase(said: string): string | undefined {
  const words = said.toLowerCase().match(/[\p{L}\p{M}\p{N}'’]+/gu) ?? [];
  for (let size = 1; size <= MAX_PHRASE_WORDS; size++) {
    // Words in a row that are the same as those one phrase before.
    let same = 0;
    for (let at = size; at < words.length; at++) {
      same = words[at] === words[at - size] ? same + 1 : 0;
      if (same === size * (REPEATS - 1)) return words.slice(at + 1 - size, at + 1).join(" ");
    }
  }
}

/** The last word of a line if the model's text goes on within it, or stopped at its limit of tokens. */
function cutWord(line: string, { text, finish }: Answer): string | undefined {
  const end = line.replace(/…$/, "");
  if (!/[\p{L}\p{N}]$/u.test(end)) return undefined;
  const tail = end.slice(-TAIL_CHARS);
  const at = text.lastIndexOf(tail);
  if (at < 0) return undefined;
  const next = text.slice(at + tail.length);
  const isCut = next === "" ? finish === "length" : /^[\p{L}\p{M}\p{N}]/u.test(next);
  return isCut ? end.slice(end.lastIndexOf(" ") + 1) : undefined;
}

function excess(said: string, lines: number): string | undefined {
  const parts = Array.from(sentences.segment(said), ({ segment }) => segment)
    .filter((part) => /[\p{L}\p{N}]/u.test(part));
  // After a quoted question a sentence may go on.
  const goesOn = (part: string, at: number) =>
    /["”'’)]\s*$/.test(parts[at - 1] ?? "") && /^\p{Ll}/u.test(part);
  const count = parts.filter((part, at) => !goesOn(part, at)).length;
  if (count <= MAX_SENTENCES && lines <= MAX_LINES) return undefined;
  return `${count} sentences, ${lines} lines`;
}
