/** The table, the transcripts and the JSON of evenings that were played. */
import { addressesPeople, type Fault, type FaultKind, FAULTS, faultsOf } from "./checks.ts";
import { BOT, PEOPLE } from "./evening.ts";
import type { Entry, Turn } from "./player.ts";
import type { Timings } from "./recorder.ts";

export interface Evening {
  readonly name: string;
  readonly entries: readonly Entry[];
  /** Lines of the bot that belong to no turn. */
  readonly unasked: number;
}

interface JudgedTurn extends Turn {
  readonly faults: readonly Fault[];
}

/** An evening with what was found in it. */
export interface Judged extends Evening {
  readonly entries: readonly (string | JudgedTurn)[];
  readonly turns: readonly JudgedTurn[];
  /** Whether the program puts the asker's name in front of answers. */
  readonly addresses: boolean;
}

/** At a scene's start the server's cache may hold another prompt. */
export const COLD_QUESTIONS = 2;
const NAME_WIDTH = 46;
const COLUMN_WIDTH = 16;

export function judge(evening: Evening): Judged {
  const answered = turnsOf(evening.entries).filter(({ lines }) => lines.length > 0);
  const addresses = addressesPeople(answered);
  const names = [BOT, ...PEOPLE];
  const earlier: string[] = [];
  const entries = evening.entries.map((entry) => {
    if (typeof entry === "string") return entry;
    const faults = entry.lines.length > 0 ? faultsOf(entry, { names, addresses, earlier }) : [];
    earlier.push(entry.lines.join(" "));
    return { ...entry, faults };
  });
  return { ...evening, entries, turns: turnsOf(entries), addresses };
}

function turnsOf<T extends Turn>(entries: readonly (string | T)[]): T[] {
  return entries.filter((entry) => typeof entry !== "string");
}

/** A column for each evening. */
export function table(evenings: readonly Judged[]): string[] {
  const row = (name: string, cell: (evening: Judged) => string) =>
    name.padEnd(NAME_WIDTH) +
    evenings.map((evening) => cell(evening).padStart(COLUMN_WIDTH)).join("");
  const count = (name: string, holds: (turn: JudgedTurn) => boolean) =>
    row(name, ({ turns }) => String(turns.filter(holds).length));
  const isAnswered = ({ lines }: Turn) => lines.length > 0;
  const figure = (name: string, of: (figures: Figures) => number | undefined, unit: string) =>
    row(name, ({ turns }) => {
      const value = of(figuresOf(turns));
      return value === undefined ? "–" : `${value.toFixed(unit === "s" ? 2 : 0)} ${unit}`.trim();
    });
  return [
    row("", ({ name }) => name),
    row("questions answered", ({ turns }) => {
      const questions = turns.filter(({ called }) => called);
      const answered = questions.filter(isAnswered).length;
      return `${answered} of ${questions.length}, ${percent(answered / questions.length)}`;
    }),
    count("unanswered questions", (turn) => turn.called && !isAnswered(turn)),
    count("answers to mentions", (turn) => !turn.called && isAnswered(turn)),
    row("other lines", ({ unasked }) => String(unasked)),
    row("names in front put there by", ({ addresses }) => addresses ? "the program" : "nobody"),
    "",
    "answers with",
    ...(Object.keys(FAULTS) as FaultKind[]).map((kind) =>
      count(`  ${FAULTS[kind]}`, ({ faults }) => faults.some((fault) => fault.kind === kind))
    ),
    count("  none of these", (turn) => isAnswered(turn) && turn.faults.length === 0),
    "",
    figure("prompt tokens from the server's cache", ({ cachedShare }) => cachedShare, "%"),
    figure("prompt tokens, median", ({ promptTokens }) => promptTokens, ""),
    figure("prompt read in, median", ({ promptMs }) => promptMs, "ms"),
    figure("prompt read in, 90 % within", ({ promptP90Ms }) => promptP90Ms, "ms"),
    figure("question to first line, median", ({ answerSeconds }) => answerSeconds, "s"),
    figure("tokens per second, written", ({ tokensPerSecond }) => tokensPerSecond, ""),
  ];
}

/** Undefined: the server does not report it. */
interface Figures {
  /** Percent. */
  readonly cachedShare?: number;
  readonly promptTokens?: number;
  readonly promptMs?: number;
  readonly promptP90Ms?: number;
  readonly answerSeconds?: number;
  readonly tokensPerSecond?: number;
}

export function figuresOf(turns: readonly Turn[]): Figures {
  const warm = turns.filter(({ position }) => position >= COLD_QUESTIONS);
  const timings = warm.flatMap(({ exchanges }) => exchanges.map(({ timings }) => timings));
  const counted = timings.filter(({ cachedTokens }) => cachedTokens !== undefined);
  const cached = sum(counted, "cachedTokens");
  const promptMs = timings.flatMap(({ promptMs }) => promptMs ?? []);
  const promptTokens = timings.flatMap(({ promptTokens, cachedTokens = 0 }) =>
    promptTokens === undefined ? [] : promptTokens + cachedTokens
  );
  const answerMs = turns.flatMap(({ called, milliseconds }) => called ? milliseconds ?? [] : []);
  const medianMs = quantile(answerMs, 0.5);
  const writtenMs = sum(timings, "tokensMs");
  return {
    cachedShare: counted.length > 0
      ? 100 * cached / (cached + sum(counted, "promptTokens"))
      : undefined,
    promptTokens: quantile(promptTokens, 0.5),
    promptMs: quantile(promptMs, 0.5),
    promptP90Ms: quantile(promptMs, 0.9),
    answerSeconds: medianMs === undefined ? undefined : medianMs / 1000,
    tokensPerSecond: writtenMs > 0 ? sum(timings, "tokens") * 1000 / writtenMs : undefined,
  };
}

function sum(timings: readonly Timings[], what: keyof Timings): number {
  return timings.reduce((total, timing) => total + (timing[what] ?? 0), 0);
}

function quantile(values: readonly number[], share: number): number | undefined {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * share)];
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}

/** Who said what, with what is wrong about it. */
export function transcript({ name, entries }: Judged): string[] {
  return ["", `=== the evening of ${name}`, ...entries.flatMap(entryLines)];
}

function entryLines(entry: string | JudgedTurn): string[] {
  if (typeof entry === "string") return [entry];
  const { user, question, lines, reason, called, faults } = entry;
  return [
    `${user}: ${question}`,
    ...lines.map((line) => `    ${BOT}: ${line}`),
    ...faults.map(({ kind, found }) => `    ✗ ${FAULTS[kind]}: ${found}`),
    ...(called && reason ? [`    ✗ unanswered: ${reason}`] : []),
    ...(!called && lines.length > 0 ? ["    ✗ nobody called it"] : []),
  ];
}
