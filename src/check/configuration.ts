/** Checks a configuration, and whether the bot can start with it on this machine. */
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import type { LoadedConfig } from "../config/load.ts";
import type { Settings } from "../config/settings.ts";
import { errorMessage, fileErrorMessage } from "../errors.ts";
import { checkHeader, UnfitFileError } from "../storage/state_database.ts";
import type { Finding } from "./finding.ts";

type Found = Omit<Finding, "about">;

/** As in `config.json.dist`. */
const PLACEHOLDERS = ["your_channel", "your_bot"];

export function unusable(problem: string, path: string): Finding {
  // A file that cannot be read comes with what to do about it.
  const [, found = problem, advice = `correct ${path}; config.schema.json has all settings`] =
    /^(cannot read it: [^;]*); (.*)$/.exec(problem) ?? [];
  return { about: `configuration ${path}`, level: "failure", found, advice };
}

/** The finding for a model server whose settings are wrong. */
export function unusableServer(found: string, about: string): Finding {
  const advice = found.includes("OLLAMA_HOST")
    ? "correct or unset the variable OLLAMA_HOST, which wins over the file"
    : "correct llm there";
  return { about, level: "failure", found, advice };
}

/** Checks the settings, the files that the bot writes, and the port of the status server. */
export function checkConfiguration({ settings, warnings }: LoadedConfig, about: string): Finding[] {
  const findings = warnings.map((found) => warning(found, "correct or remove it"));
  const { user, llm, channel } = settings;
  for (const name of [channel.name, user.name].filter((name) => PLACEHOLDERS.includes(name))) {
    const advice = "put the name of the channel and that of the account in";
    findings.push({
      level: "failure",
      found: `${name} is still the template's placeholder`,
      advice,
    });
  }
  if (user.password === undefined) {
    findings.push(note(`the bot is a guest as ${user.name}: an account is safer`));
  }
  if (!llm.enabled) findings.push(note("llm.enabled is false: the bot logs, and answers nobody"));
  findings.push(...files(settings), ...port(settings));
  return findings.map((finding) => ({ about, ...finding }));
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
    if (path !== undefined && existsSync(path)) checkHeader(Deno.realPathSync(path));
    return [];
  } catch (error) {
    const advice = error instanceof UnfitFileError
      ? error.advice
      : "name another file, or let the bot read and write it";
    return [warning(`state_file: cannot use ${path}: ${errorMessage(error)}`, advice)];
  }
}

/** Creates no file that a bot that is starting could find. */
function whyNotWritable(path: string): string | undefined {
  try {
    if (existsSync(path)) Deno.openSync(path, { append: true }).close();
    else Deno.removeSync(Deno.makeTempFileSync({ dir: dirname(path), prefix: ".rosey-check-" }));
    return undefined;
  } catch (error) {
    return fileErrorMessage(error);
  }
}

function port({ status }: Settings): Found[] {
  if (status.port === undefined) return [];
  try {
    Deno.listen({ hostname: "127.0.0.1", port: status.port }).close();
    return [];
  } catch (error) {
    const found = `status.port: cannot listen on 127.0.0.1:${status.port}: ${errorMessage(error)}`;
    return [
      warning(found, "nothing, if that is the bot, running already; else choose another port"),
    ];
  }
}

function note(found: string): Found {
  return { level: "note", found };
}

function warning(found: string, advice: string): Found {
  return { level: "warning", found, advice };
}
