/** An answer to a question of `rosey init`: its test, and another try. */
import { type Finding, findingLines } from "../check/finding.ts";
import { loadConfig, type LoadedConfig } from "../config/load.ts";
import { ConfigError } from "../errors.ts";
import type { Draft } from "../migrate/rule.ts";
import { isFailure } from "./check.ts";
import type { InitFlags } from "./flags.ts";
import { type Questions, visible } from "./questions.ts";
import { hasColours } from "../output.ts";

export interface Setup {
  /** Of the new configuration. */
  readonly path: string;
  /** The configuration so far, as in the file. */
  readonly draft: Draft;
  readonly flags: InitFlags;
  readonly questions: Questions;
  /** Successful findings that were shown already. */
  readonly seen: Set<string>;
  readonly signal: AbortSignal;
}

/** An answer failed its test and nobody can give another one, or a file may not be replaced. */
export class NotAnswered extends Error {
  override readonly name = "NotAnswered";
}

/** An answer with which nothing can be tested. */
export class Unusable extends Error {
  override readonly name = "Unusable";
  /** @param canKeep Whether the answer may be right, and only a file or a variable is wrong. */
  constructor(readonly findings: readonly Finding[], readonly canKeep = false) {
    super();
  }
}

/** Placeholders for what is not asked yet. */
export const ANYBODY = { channel: "-", user: "Rosey" };

interface Question {
  readonly question: string;
  readonly flag: string;
  /** The value of the flag: the first answer. */
  readonly given: string | undefined;
  /** The answer of somebody who only presses Enter. */
  readonly fallback: string | undefined;
  /** What is suggested after a wrong answer; default: the answer, if it could be kept. */
  readonly corrected?: (answer: string) => string | undefined;
  /** @throws {Unusable} */
  readonly test: (answer: string) => Promise<readonly Finding[]>;
}

/** Asks until the test of the answer succeeds, or the operator keeps the answer anyway. */
export async function untilGood(
  { questions, seen }: Setup,
  { question, flag, given, fallback, corrected, test }: Question,
): Promise<readonly Finding[]> {
  let suggested = fallback;
  for (let first = given;; first = undefined) {
    const answer = first ?? await questions.ask(question, { fallback: suggested, flag });
    const { findings, canKeep } = await test(answer).then(
      (findings) => ({ findings, canKeep: true }),
      (error) => error instanceof Unusable ? error : Promise.reject(error),
    );
    show(findings.filter(({ found }) => !seen.has(found)));
    for (const { found, level } of findings) if (level === "ok") seen.add(found);
    const failure = findings.find(isFailure);
    if (!failure) return findings;
    if (!questions.canRepeat) {
      const what = `the answer to "${question}" is ${JSON.stringify(visible(answer))}`;
      throw new NotAnswered(`${what}: ${bare(failure).found}; give another one, or ${flag}`);
    }
    if (canKeep && await questions.confirm("Keep this answer anyway?")) return findings;
    suggested = corrected?.(answer) ?? (canKeep ? answer : suggested);
  }
}

/** Prints findings as answers to the question above, without headings. */
export function show(findings: readonly Finding[]): void {
  const lines = findingLines(findings.map(bare), { colours: hasColours() });
  for (const line of lines) if (line.startsWith(" ")) console.log(line);
}

/** Without the names of settings. */
function bare({ found, advice, ...finding }: Finding): Finding {
  return {
    ...finding,
    found: found.replace(/^LLM error: (?:Cannot use [^ ]+: )?/, ""),
    advice: advice?.replace(/ in the configuration|^correct llm\b.*/, ""),
  };
}

/**
 * A part of the configuration as the bot would load it.
 *
 * @throws {Unusable} When it cannot.
 */
export function loaded({ path }: Setup, part: Draft): LoadedConfig {
  const json = JSON.stringify(part);
  try {
    return loadConfig(path, {
      readFile: (file) => file === path ? json : Deno.readTextFileSync(file),
      // The answer is tested, not what the variable says.
      env: (name) => name === "OLLAMA_HOST" ? undefined : Deno.env.get(name),
    });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const { problems } = error;
    throw new Unusable(
      problems.map((found) => ({ about: "the answer", level: "failure", found })),
      !problems.some((problem) => problem.includes(": expected ")),
    );
  }
}

export function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
