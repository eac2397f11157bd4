/** Figures, each beside its references of the same run: measured by turns, printed, compared. */
import { styled } from "../src/output.ts";

export interface Target {
  readonly most?: number;
  readonly least?: number;
  /** At most so many times the first reference. */
  readonly times?: number;
}

export interface Figure {
  readonly name: string;
  /** One that ends in `/s` or is `%` is better when it is more. */
  readonly unit: string;
  readonly value: number;
  /** How far the middle round is from the best, as a share of it. */
  readonly spread: number;
  readonly references: Readonly<Record<string, number>>;
  /** Times each reference: the middle of the rounds' ratios, as the bests are of different moments. */
  readonly ratios: Readonly<Record<string, number>>;
  readonly target?: Target;
  /** What it must keep on any machine, however slow and busy. */
  readonly limit?: Target;
}

/** What could not be measured, and what helps. */
export interface Skipped {
  readonly skipped: string;
}

/** Yields the figures of one part of the bench. */
export type Part = (options: { readonly model?: string }) => AsyncIterable<Figure | Skipped>;

/** Smaller changes mean nothing. */
const MIN_NOISE = 0.1;
const WIDTHS = { name: 44, value: 16, reference: 22, ratio: 11 };

/** Runs each in turn, again and again: what disturbs the machine disturbs all. */
export async function byTurns<Name extends string>(
  rounds: number,
  contenders: Readonly<Record<Name, () => number | Promise<number>>>,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(contenders) as Name[];
  const values = Object.fromEntries(names.map((name) => [name, [] as number[]]));
  for (let round = 0; round < rounds; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      values[name]!.push(await contenders[name]());
    }
  }
  return values as Record<Name, number[]>;
}

export interface FigureOptions {
  readonly unit: string;
  readonly references?: Readonly<Record<string, readonly number[]>>;
  readonly target?: Target;
  readonly limit?: Target;
}

/** The best of all rounds: others on the machine only add to the time. */
export function best(name: string, rounds: readonly number[], options: FigureOptions): Figure {
  const { unit, references = {}, target, limit } = options;
  const of = (values: readonly number[]) => (isMoreBetter(unit) ? Math.max : Math.min)(...values);
  const value = of(rounds);
  const middle = quantile(rounds, 0.5);
  const spread = value === 0 ? 0 : Math.abs(middle / value - 1);
  const each = <T>(take: (values: readonly number[]) => T) =>
    Object.fromEntries(Object.entries(references).map(([name, values]) => [name, take(values)]));
  const ratios = each((values) => quantile(rounds.map((own, at) => own / values[at]!), 0.5));
  return { name, unit, value, spread, references: each(of), ratios, target, limit };
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

function isMoreBetter(unit: string): boolean {
  return unit.endsWith("/s") || unit === "%";
}

function ratioOf({ ratios }: Figure): number | undefined {
  return Object.values(ratios)[0];
}

export function isMet(figure: Figure, target = figure.target): boolean {
  const { value } = figure;
  const { most = Infinity, least = -Infinity, times = Infinity } = target ?? {};
  return value <= most && value >= least && (ratioOf(figure) ?? 0) <= times;
}

/** The head of the table. */
export function head(): string {
  return row("", "Rosey", "reference", "", "", "target");
}

/** The lines of one figure: a second reference has its own. */
export function linesOf(figure: Figure): string[] {
  const { name, unit, value, references, ratios, target } = figure;
  const all = Object.entries(references);
  const [[first, at] = ["", NaN], ...others] = all;
  const verdict = target === undefined
    ? ""
    : `${targetText(target, unit)}  ${isMet(figure) ? "met" : styled("red", "missed")}`;
  return [
    row(name, text(value, unit), ...reference(first, at), verdict),
    ...others.map(([other, at]) => row("", "", ...reference(other, at), "")),
  ];
  function reference(name: string, at: number): [string, string, string] {
    return name === "" ? ["", "", ""] : [name, text(at, unit), `${ratios[name]!.toFixed(2)} ×`];
  }
}

function row(
  name: string,
  value: string,
  reference: string,
  at: string,
  ratio: string,
  target: string,
): string {
  const cells = [
    `  ${name}`.padEnd(WIDTHS.name),
    value.padStart(WIDTHS.value),
    `   ${reference}`.padEnd(WIDTHS.reference),
    at.padStart(WIDTHS.value),
    ratio.padStart(WIDTHS.ratio),
  ];
  return `${cells.join("")}   ${target}`.trimEnd();
}

function text(value: number, unit: string): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  const shown = Math.abs(value) >= 1e5 ? `${(value / 1e6).toFixed(2)} M` : value.toFixed(digits);
  return `${shown} ${unit}`;
}

function targetText({ most, least, times }: Target, unit: string): string {
  return [
    most !== undefined && `≤ ${most} ${unit}`,
    least !== undefined && `≥ ${text(least, unit)}`,
    times !== undefined && `≤ ${times} ×`,
  ].filter(Boolean).join(" ");
}

export interface Comparison {
  readonly lines: readonly string[];
  /** Names of the figures that became worse by more than the noise. */
  readonly worse: readonly string[];
}

/**
 * Compares two runs. A figure with a reference is compared by its ratio to that: another machine, or a
 * busy one, changes both.
 */
export function compare(before: readonly Figure[], after: readonly Figure[]): Comparison {
  const lines: string[] = [row("", "before", "now", "", "change", "")];
  const worse: string[] = [];
  for (const figure of after) {
    const old = before.find(({ name }) => name === figure.name);
    if (!old) continue;
    const [was, is] = [ratioOf(old), ratioOf(figure)];
    const isRelative = was !== undefined && is !== undefined;
    const change = isRelative ? is / was : figure.value / old.value;
    const noise = Math.max(MIN_NOISE, 2 * (old.spread + figure.spread));
    const isMore = isMoreBetter(figure.unit);
    const isWorse = isMore ? change < 1 / (1 + noise) : change > 1 + noise;
    const isBetter = isMore ? change > 1 + noise : change < 1 / (1 + noise);
    if (isWorse) worse.push(figure.name);
    const verdict = isWorse ? styled("red", "worse") : isBetter ? styled("green", "better") : "";
    const of = (value: number, ratio = NaN) =>
      isRelative ? `${ratio.toFixed(2)} ×` : text(value, figure.unit);
    const cells = [of(old.value, was), of(figure.value, is)] as const;
    lines.push(row(figure.name, cells[0], cells[1], "", `${change.toFixed(2)} ×`, verdict));
  }
  return { lines, worse };
}
