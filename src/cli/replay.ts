import { EXIT, fileProblem } from "../errors.ts";
import type { ChatLine } from "../cytube/events.ts";
import { jsonText, oneLine } from "../one_line.ts";
import { styled } from "../output.ts";
import { plural } from "../plural.ts";
import { redactor } from "../redact.ts";
import { ChatLog } from "../replay/chat_log.ts";
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
  const log = new ChatLog();
  let read: AsyncGenerator<ChatLine>;
  let first: IteratorResult<ChatLine>;
  try {
    const { readable } = path === "-" ? Deno.stdin : await Deno.open(path);
    read = log.read(readable, signal);
    first = await read.next();
  } catch (error) {
    signal.throwIfAborted();
    console.error(oneLine(`✗ Cannot read ${path}: ${fileProblem(error)}`));
    return EXIT.failure;
  }
  if (first.done) {
    const found = `no line of ${log.skipped} is a chat line`;
    console.error(oneLine(`✗ Cannot replay ${path}: ${found}`));
    console.error(`    → name a file that chat_log_file wrote; its lines are: ${FORM}`);
    return EXIT.failure;
  }
  const { enabled } = settings.llm;
  if (!enabled) console.error("! llm.enabled is false: the bot answers nobody, no model is asked");
  const { join, media } = settings.llm.speakOn;
  if (join || media) {
    console.error("! llm.speak_on.join and .media are left out: the log has neither");
  }
  const asksModel = flags.model && enabled;
  const models = asksModel ? openModels(config) : undefined;
  if (asksModel && !models) return EXIT.config;
  try {
    if (models && !await models.ready(signal)) {
      console.error(oneLine(`✗ Cannot ask the model: ${models.reason}`));
      console.error(`    → ${PROGRAM} check says what to do; without --model no server is needed`);
      return EXIT.failure;
    }
    const redact = redactor(config.secrets);
    const output = flags.json ? new JsonOutput() : new TextOutput(settings.user.name);
    let failed = false;
    const onLine = (line: ReplayedLine) => {
      failed ||= line.outcome === "model failed";
      output.add({ ...line, detail: redact(line.detail) });
    };
    const lines = withFirst(first.value, read);
    const uncalled = await replay(lines, { settings, models, signal, onLine });
    output.end(log, uncalled);
    if (log.skipped > 0) console.error(`! Lines left out: ${log.skipped}, not of the form ${FORM}`);
    return failed ? EXIT.failure : EXIT.ok;
  } finally {
    await models?.close();
  }
}

async function* withFirst<T>(first: T, rest: AsyncIterable<T>): AsyncGenerator<T> {
  yield first;
  yield* rest;
}

/** One object, with each decision on a line of its own. */
class JsonOutput {
  #separator = " ";

  constructor() {
    console.log('{"decisions":[');
  }

  add({ line: { time, user, text, action }, ...rest }: ReplayedLine): void {
    const decision = { time: new Date(time).toISOString(), user, text, action, ...rest };
    console.log(this.#separator + jsonText(decision));
    this.#separator = ",";
  }

  end({ lines, skipped }: ChatLog, uncalled: object): void {
    console.log(`],${jsonText({ lines, skipped, uncalled }).slice(1)}`);
  }
}

class TextOutput {
  readonly #answered = new Map<string, number>();
  readonly #silent = new Map<string, number>();

  constructor(readonly bot: string) {
    console.log(`${bot} would have answered (✓) or not (✗):`);
  }

  add(line: ReplayedLine): void {
    for (const shown of linesOf(line, this.bot)) console.log(shown);
    const { outcome, why } = line;
    if (outcome === "answered") increment(this.#answered, why!);
    else if (outcome !== "merged") increment(this.#silent, outcome);
  }

  /** Such as `812 lines, 40 answers (called 38, keyword 2), 9 without answer (cooldown 9).` */
  end({ lines }: ChatLog): void {
    const answers = plural(sumOf(this.#answered), "answer") + reasonsOf(this.#answered);
    const silent = `${sumOf(this.#silent)} without answer${reasonsOf(this.#silent)}`;
    console.log(`\n${plural(lines, "line")}, ${answers}, ${silent}.`);
  }
}

function increment(counts: Map<string, number>, reason: string): void {
  counts.set(reason, (counts.get(reason) ?? 0) + 1);
}

function sumOf(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}

function reasonsOf(counts: ReadonlyMap<string, number>): string {
  const reasons = Array.from(counts, ([reason, count]) => `${reason} ${count}`);
  return reasons.length > 0 ? ` (${reasons.join(", ")})` : "";
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
