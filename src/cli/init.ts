import { dirname, join, relative, resolve } from "@std/path";
import { loadConfig } from "../config/load.ts";
import { syntaxProblems } from "../config/problems.ts";
import { isObject, withoutDefaults } from "../config/schema.ts";
import { allSettings, jsonSchema } from "../config/settings.ts";
import { ConfigError, EXIT, fileProblem } from "../errors.ts";
import { migrate, type Migrated } from "../migrate/migrate.ts";
import { type Draft, SAME } from "../migrate/rule.ts";
import { oneLine } from "../one_line.ts";
import { fileInfo } from "../storage/file_info.ts";
import { PROGRAM } from "../version.ts";
import { UsageError } from "./arguments.ts";
import { checkAll, isFailure, report } from "./check.ts";
import type { InitFlags } from "./flags.ts";
import { NotAnswered, type Setup } from "./init_answer.ts";
import { askChannel, askSite, askUser } from "./init_channel.ts";
import { askFallback, askModelServer } from "./init_models.ts";
import { Questions } from "./questions.ts";

/**
 * `rosey init`: asks for the few settings that everybody needs, tests each answer and writes the
 * configuration.
 *
 * @throws {UsageError} When an answer is missing and nobody can be asked.
 */
export async function init(flags: InitFlags, signal: AbortSignal): Promise<number> {
  const questions = new Questions({ unattended: flags.yes === true, signal });
  const old = flags.from === undefined ? [undefined] : migrated(flags.from, flags.config);
  let failed = false;
  const taken = new Set<string>();
  for (const one of old) {
    const path = one === undefined || old.length === 1
      ? flags.config
      : besides(flags.config, one.config, taken);
    taken.add(path);
    if (old.length > 1) console.log(`\n${oneLine(path)}`);
    try {
      if (!await initOne(path, one, { flags, questions, signal })) failed = true;
    } catch (error) {
      if (!(error instanceof NotAnswered)) throw error;
      const why = error.message && `: ${error.message}`;
      console.error(oneLine(`rosey init: ${path} was not written${why}`));
      failed = true;
    }
  }
  return failed ? EXIT.failure : EXIT.ok;
}

interface InitOptions {
  readonly flags: InitFlags;
  readonly questions: Questions;
  readonly signal: AbortSignal;
}

/** Makes one configuration, of one channel. Returns whether all checks of it succeed. */
async function initOne(
  path: string,
  old: Migrated | undefined,
  { flags, questions, signal }: InitOptions,
): Promise<boolean> {
  const isReplaced = await mayWrite(path, questions);
  const replaced = isReplaced && old === undefined ? valuesOf(path) : undefined;
  const { config, fallbacks = [], dryRun = false } = old ?? replaced ?? { config: {} };
  const seen = new Set<string>();
  const setup: Setup = { path, draft: { ...config }, flags, questions, seen, signal };
  await askSite(setup);
  await askChannel(setup);
  const channel = await askUser(setup);
  await askModelServer(setup);
  for (const fallback of fallbacks) await askFallback(setup, fallback);
  write(path, setup.draft);
  console.log(`\n${oneLine(`Wrote ${path}: only you can read it.`)}\n`);
  const findings = await checkAll(loadConfig(path), { channel, signal });
  report(findings, {});
  const failed = findings.some(isFailure);
  const command = (name: string) =>
    `${PROGRAM}${name}${path === "config.json" ? "" : ` --config ${path}`}`;
  console.log(oneLine(
    failed
      ? `Do what is said above, then: ${command(" check")}`
      : `Start the bot: ${command("")}${dryRun ? " --dry-run" : ""}`,
  ));
  return !failed;
}

/**
 * Asks before a file is replaced. Returns whether there is one.
 *
 * @throws {NotAnswered} When it may not be replaced.
 */
async function mayWrite(path: string, questions: Questions): Promise<boolean> {
  if (!fileInfo(path)) return false;
  if (Deno.statSync(path).isDirectory) throw new ConfigError(path, ["it is a folder"]);
  const found = oneLine(`${path} exists`);
  if (questions.unattended) {
    throw new UsageError(`${found}: name another file with --config, or remove it`);
  }
  if (!await questions.confirm(`${found}. Replace it?`)) throw new NotAnswered();
  return true;
}

/** The values that are suggested: those of a file that is replaced. */
function valuesOf(path: string): Migrated | undefined {
  try {
    const [first, ...others] = migrated(path, path);
    if (others.length > 0) {
      const count = `it is for ${others.length + 1} channels, and the first is suggested`;
      console.log(`  ! ${count}: ${PROGRAM} init --from makes a file for each`);
    }
    return first;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    console.log(oneLine(`  ! nothing of it is suggested: ${error.problems[0]}`));
    return undefined;
  }
}

/** Reads an old configuration, and reports what becomes of its keys. */
function migrated(from: string, path: string): readonly Migrated[] {
  let old: unknown;
  let text = "";
  try {
    text = Deno.readTextFileSync(from).replace(/^\uFEFF/, "");
    old = JSON.parse(text);
  } catch (cause) {
    const isSyntax = cause instanceof SyntaxError;
    const problems = isSyntax ? syntaxProblems(text) : [`cannot read it: ${fileProblem(cause)}`];
    throw new ConfigError(from, problems, { cause });
  }
  if (!isObject(old)) throw new ConfigError(from, ["expected an object at the top level"]);
  const writable = (file: string) => {
    const moved = relative(resolve(dirname(path)), resolve(dirname(from), file));
    return file.startsWith("/") ? file : moved;
  };
  const readable = (file: string) =>
    fileInfo(resolve(dirname(from), file)) ? writable(file) : undefined;
  const { configs, report } = migrate(old, { readable, writable });
  // Of a file that is replaced, only what changes is reported.
  const told = [...report].filter(([, became]) => from !== path || became !== SAME);
  if (told.length === 0) return configs;
  console.log(oneLine(`What becomes of ${from}:`));
  const width = Math.min(56, Math.max(...told.map(([{ length }]) => length)));
  for (const [key, became] of told) console.log(oneLine(`  ${key.padEnd(width)}  ${became}`));
  if (configs.length === 1) console.log("");
  return configs;
}

/** `config-lounge.json` beside `config.json`; of a second lounge `config-lounge-2.json`. */
function besides(path: string, { channel }: Draft, taken: ReadonlySet<string>): string {
  const name = String([channel].flat()[0] ?? "channel").replace(/[^\w-]/g, "_");
  const numbered = (number: number) =>
    path.replace(/(?:\.json)?$/, `-${name}${number === 1 ? "" : `-${number}`}.json`);
  for (let number = 1;; number++) if (!taken.has(numbered(number))) return numbered(number);
}

/** The schema of the installed program, or a copy beside the configuration. */
function schemaBeside(path: string): string {
  const installed = resolve(dirname(Deno.execPath()), "../share/rosey/config.schema.json");
  if (fileInfo(installed)) return installed;
  const beside = join(dirname(path), "config.schema.json");
  if (!fileInfo(beside)) {
    Deno.writeTextFileSync(beside, `${JSON.stringify(jsonSchema(), null, 2)}\n`);
  }
  return "./config.schema.json";
}

/** Writes what differs from the defaults. Replaces the file as a whole; only its owner may read it. */
function write(path: string, draft: Draft): void {
  let temporary: string | undefined;
  try {
    Deno.mkdirSync(dirname(path), { recursive: true });
    // A symbolic link stays: the file that it names is replaced.
    const file = fileInfo(path) ? Deno.realPathSync(path) : path;
    const dir = dirname(file);
    const config = { $schema: schemaBeside(path), ...withoutDefaults(allSettings, draft) };
    // Such a file has mode 0600.
    temporary = Deno.makeTempFileSync({ dir, prefix: ".rosey-init-" });
    Deno.writeTextFileSync(temporary, `${JSON.stringify(config, null, 2)}\n`);
    Deno.renameSync(temporary, file);
  } catch (cause) {
    // It holds secrets.
    if (temporary !== undefined && fileInfo(temporary)) Deno.removeSync(temporary);
    throw new ConfigError(path, [`cannot write it: ${fileProblem(cause)}`], { cause });
  }
}
