/** Checks a configuration, and whether the bot can start with it on this machine. */
import { dirname } from "@std/path";
import type { LoadedConfig } from "../config/load.ts";
import type { Settings } from "../config/settings.ts";
import { type ConfigError, errorMessage, fileProblem } from "../errors.ts";
import type { ServerMistake } from "../llm/make_providers.ts";
import { fileInfo } from "../storage/file_info.ts";
import { checkHeader, UnfitFileError } from "../storage/state_database.ts";
import { type Finding, type Found, report } from "./finding.ts";

/** As in `config.json.dist`. */
const PLACEHOLDERS = ["your_channel", "your_bot"];

export function headingOf({ path }: Pick<LoadedConfig, "path">): string {
  return `configuration ${path}`;
}

/** Why a configuration cannot be used. */
export function unusable(error: ConfigError): Finding[] {
  const { path, problems, warnings } = error;
  const about = headingOf(error);
  return problems.map((problem): Finding => {
    if (warnings.includes(problem)) return { about, ...unneeded(problem) };
    // A file that cannot be read comes with what to do about it.
    const [, found = problem, advice = `correct ${path}; config.schema.json has all settings`] =
      /^(cannot read it: [^;]*); (.*)$/.exec(problem) ?? [];
    return { about, level: "failure", found, advice };
  });
}

function unneeded(found: string): Found {
  return report("warning", found, "correct or remove it");
}

/** What to do about the settings of a model server that are wrong. */
export function correction({ setting }: ServerMistake, path: string): string {
  if (setting === "OLLAMA_HOST") {
    return "correct or unset the variable OLLAMA_HOST, which wins over the file";
  }
  return `correct ${setting}${setting.startsWith("llm") ? ` in ${path}` : ""}`;
}

/** Checks the settings, the files that the bot writes, and the port of the status server. */
export function checkConfiguration(config: LoadedConfig): Finding[] {
  const { settings, warnings } = config;
  const findings = warnings.map(unneeded);
  const { user, llm, channel } = settings;
  for (const name of [channel.name, user.name].filter((name) => PLACEHOLDERS.includes(name))) {
    const advice = "put the name of the channel and that of the account in";
    findings.push(report("failure", `${name} is still the template's placeholder`, advice));
  }
  if (user.password === undefined) {
    findings.push(report("note", `the bot is a guest as ${user.name}: an account is safer`));
  }
  if (!llm.enabled) {
    findings.push(report("note", "llm.enabled is false: the bot logs, and answers nobody"));
  }
  findings.push(...files(settings), ...port(settings));
  return findings.map((finding) => ({ about: headingOf(config), ...finding }));
}

function files({ chatLogFile, mediaLogFile, stateFile }: Settings): Found[] {
  const unfit = memory(stateFile);
  const written = { chat_log_file: chatLogFile, media_log_file: mediaLogFile };
  // Opening a pipe would block.
  const named = unfit.length > 0 ? written : { ...written, state_file: stateFile };
  const unwritable = Object.entries(named).flatMap(([setting, path]): Found[] => {
    const why = path === undefined ? undefined : whyNotWritable(path);
    if (why === undefined) return [];
    const found = `${setting}: cannot write ${path}: ${why}`;
    // The bot runs without its state, but not without a configured log.
    const level = setting === "state_file" ? "warning" : "failure";
    return [{ level, found, advice: "make its folder, or let the bot write there" }];
  });
  return [...unfit, ...unwritable];
}

/** Does not open the database: the bot may be running, or has to recover it first. */
function memory(path: string | undefined): Found[] {
  try {
    if (path !== undefined && fileInfo(path)) checkHeader(Deno.realPathSync(path));
    return [];
  } catch (error) {
    const advice = error instanceof UnfitFileError
      ? error.advice
      : "name another file, or let the bot read and write it";
    return [report("warning", `state_file: cannot use ${path}: ${fileProblem(error)}`, advice)];
  }
}

/** Creates no file that a bot that is starting could find. */
function whyNotWritable(path: string): string | undefined {
  try {
    if (fileInfo(path)) Deno.openSync(path, { append: true }).close();
    else Deno.removeSync(Deno.makeTempFileSync({ dir: dirname(path), prefix: ".rosey-check-" }));
    return undefined;
  } catch (error) {
    return fileProblem(error);
  }
}

function port({ status }: Settings): Found[] {
  if (status.port === undefined) return [];
  try {
    Deno.listen({ hostname: "127.0.0.1", port: status.port }).close();
    return [];
  } catch (error) {
    const found = `status.port: cannot listen on 127.0.0.1:${status.port}: ${errorMessage(error)}`;
    const advice = "nothing, if that is the bot, running already; else choose another port";
    return [report("warning", found, advice)];
  }
}
