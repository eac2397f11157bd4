import type { LoadedConfig } from "../config/load.ts";
import { EXIT, fileProblem } from "../errors.ts";
import { jsonText, oneLine } from "../one_line.ts";
import { styled } from "../output.ts";
import { redactor } from "../redact.ts";
import { parseLogLine } from "../replay/chat_log.ts";
import { replay, type ReplayedLine } from "../replay/replay.ts";
import { PROGRAM } from "../version.ts";
import { type RunOptions, UsageError } from "./arguments.ts";
import type { ReplayFlags } from "./flags.ts";
import { loadAndWarn, openModels } from "./open_models.ts";

const FORM = "2026-01-31T20:15:03.000Z <name> text";
const REASON_WIDTH = 20;

/** `rosey replay`: shows what the bot would have answered in a chat log. */
export async function replayLog(flags: ReplayFlags, options: RunOptions): Promise<number> {
  const { signal } = options;
  const config = loadAndWarn(flags);
  const { settings } = config;
  const path = options.argument ?? settings.chatLogFile;
  if (path === undefined) {
    throw new UsageError(`name a chat log: chat_log_file is not set in ${oneLine(flags.config)}`);
  }
  let text: string;
  try {
    text = path === "-"
      ? await new Response(Deno.stdin.readable).text()
      : Deno.readTextFileSync(path);
  } catch (error) {
    console.error(oneLine(`✗ Cannot read ${path}: ${fileProblem(error)}`));
    return EXIT.failure;
  }
  const written = text.split(/\r?\n/).filter((line) => line.trim() !== "");
  const lines = written.map(parseLogLine).filter((line) => line !== undefined);
  const skipped = written.length - lines.length;
  if (lines.length === 0) {
    console.error(oneLine(`✗ Cannot replay ${path}: no line of ${written.length} is a chat line`));
    console.error(`    → name a file that chat_log_file wrote; its lines are: ${FORM}`);
    return EXIT.failure;
  }
  for (const note of notesOn(config, skipped)) console.error(note);
  const models = flags.model ? openModels(config) : undefined;
  if (flags.model && !models) return EXIT.config;
  try {
    if (models && !await models.ready(signal)) {
      console.error(oneLine(`✗ Cannot ask the model: ${models.reason}`));
      console.error(`    → ${PROGRAM} check says what to do; without --model no server is needed`);
      return EXIT.failure;
    }
    const redact = redactor(config.secrets);
    const decided: ReplayedLine[] = [];
    const onLine = (replayed: ReplayedLine) => {
      const line = { ...replayed, detail: redact(replayed.detail) };
      decided.push(line);
      if (!flags.json) {
        for (const shown of linesOf(line, settings.user.name)) console.log(shown);
      }
    };
    const uncalled = await replay(lines, { settings, models, signal, onLine });
    if (flags.json) {
      const decisions = decided.map(({ line: { time, user, text }, ...rest }) => {
        return { time: new Date(time).toISOString(), user, text, ...rest };
      });
      console.log(jsonText({ lines: lines.length, skipped, decisions, uncalled }));
    } else console.log(summary(lines.length, decided));
    return decided.some(({ outcome }) => outcome === "model failed") ? EXIT.failure : EXIT.ok;
  } finally {
    await models?.close();
  }
}

/** What a chat log cannot show. */
function notesOn({ settings: { llm } }: LoadedConfig, skipped: number): string[] {
  const { join, media } = llm.speakOn;
  return [
    ...skipped > 0 ? [`! Lines left out: ${skipped}, not of the form ${FORM}`] : [],
    ...join || media ? ["! llm.speak_on.join and .media are left out: the log has neither"] : [],
    ...llm.enabled ? [] : ["! llm.enabled is false: the bot answers nobody"],
  ];
}

function linesOf({ line, why, outcome, detail, answer }: ReplayedLine, bot: string): string[] {
  const time = new Date(line.time).toISOString().slice(0, 19).replace("T", " ");
  const isReply = outcome === "answered" || outcome === "merged";
  const reason = outcome === "answered" ? why! : outcome;
  const said = `${line.action ? "* " : ""}${line.user}${line.action ? "" : ":"} ${line.text}`;
  const more = isReply || !detail ? "" : ` (${detail})`;
  const head = `${isReply ? "✓" : "✗"} ${reason.padEnd(REASON_WIDTH)}`;
  const indent = " ".repeat(time.length + head.length + 2);
  return [
    `${time} ${styled(isReply ? "green" : "yellow", head)} ${oneLine(said + more)}`,
    ...answer.map((text) => oneLine(`${indent}→ ${bot}: ${text}`)),
  ];
}

/** Such as `812 lines, 40 answers (called 38, keyword 2), 9 without answer (cooldown 9).` */
function summary(lines: number, decided: readonly ReplayedLine[]): string {
  const answered = decided.filter(({ outcome }) => outcome === "answered");
  const silent = decided.filter(({ outcome }) => outcome !== "answered" && outcome !== "merged");
  const parts = [
    `${lines} lines`,
    `${answered.length} answers${counted(answered.map(({ why }) => why!))}`,
    `${silent.length} without answer${counted(silent.map(({ outcome }) => outcome))}`,
  ];
  return `\n${parts.join(", ")}.`;
}

function counted(reasons: readonly string[]): string {
  const counts = Map.groupBy(reasons, (reason) => reason);
  const parts = Array.from(counts, ([reason, { length }]) => `${reason} ${length}`);
  return parts.length > 0 ? ` (${parts.join(", ")})` : "";
}
