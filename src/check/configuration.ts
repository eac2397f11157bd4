/** Checks a configuration, and whether the bot can start with it on this machine. */
import { dirname } from "node:path";
import type { LoadedConfig } from "../config/load.ts";
import type { Settings } from "../config/settings.ts";
import { errorMessage, fileErrorMessage } from "../errors.ts";
import { checkHeader, UnfitFileError } from "../storage/state_database.ts";
import type { Finding } from "./finding.ts";

/** As in `config.json.dist`. */
const PLACEHOLDERS = ["your_channel", "your_bot"];

/** The finding for a file that cannot be used. */
export function unusable(problem: string, path: string): Finding {
  // A file that cannot be read comes with what to do about it.
  const [, found = problem, advice] = /^(cannot read it: [^;]*); (.*)$/.exec(problem) ?? [];
  return {
    about: `configuration ${path}`,
    level: "failure",
    found,
    advice: advice ?? `correct ${path}; config.schema.json has all settings`,
  };
}

/** The finding for a model server whose settings are wrong. */
export function unusableServer(found: string, about: string): Finding {
  const isVariable = found.includes("OLLAMA_HOST");
  return {
    about,
    level: "failure",
    found,
    advice: isVariable
      ? "correct or unset the variable OLLAMA_HOST, which wins over the file"
      : "correct llm there",
  };
}

/** The finding for a watch while the model is off. */
export function nothingToWatch(about: string): Finding {
  const found = "llm.enabled is false: there is no server to watch";
  return { about, level: "failure", found, advice: "set llm.enabled to true" };
}

/** Checks the settings, the files that the bot writes, and the port of the status server. */
export function checkConfiguration({ settings, warnings }: LoadedConfig, about: string): Finding[] {
  const { user, llm, channel } = settings;
  const note = (found: string): Finding => ({ about, level: "note", found });
  const ignored = warnings.map((found): Finding => ({
    about,
    level: "warning",
    found,
    advice: "correct or remove it",
  }));
  const unfilled = [channel.name, user.name]
    .filter((name) => PLACEHOLDERS.includes(name))
    .map((name): Finding => ({
      about,
      level: "failure",
      found: `${name} stands there as in the template`,
      advice: "put the name of the channel and that of the account in",
    }));
  return [
    ...ignored,
    ...unfilled,
    ...user.password === undefined
      ? [note(`the bot is a guest as ${user.name}: an account is safer`)]
      : [],
    ...llm.enabled ? [] : [note("llm.enabled is false: the bot logs, and answers nobody")],
    ...files(settings, about),
    ...port(settings, about),
  ];
}

function files({ chatLogFile, mediaLogFile, stateFile }: Settings, about: string): Finding[] {
  const unfit = memory(stateFile, about);
  const named = {
    chat_log_file: chatLogFile,
    media_log_file: mediaLogFile,
    // Opening a pipe would block.
    state_file: unfit.length === 0 ? stateFile : undefined,
  };
  const unwritable = Object.entries(named).flatMap(([setting, path]): Finding[] => {
    const why = path === undefined ? undefined : whyNotWritable(path);
    return why === undefined ? [] : [{
      about,
      // The bot runs without its state, but not without a configured log.
      level: setting === "state_file" ? "warning" : "failure",
      found: `${setting}: cannot write ${path}: ${why}`,
      advice: "make its folder, or let the bot write there",
    }];
  });
  return [...unfit, ...unwritable];
}

/** Does not open the database: the bot may be running, or has to recover it first. */
function memory(path: string | undefined, about: string): Finding[] {
  try {
    if (path !== undefined && exists(path)) checkHeader(Deno.realPathSync(path));
    return [];
  } catch (error) {
    const found = `state_file: cannot use ${path}: ${errorMessage(error)}`;
    const advice = error instanceof UnfitFileError
      ? error.advice
      : "name another file, or let the bot read and write it";
    return [{ about, level: "warning", found, advice }];
  }
}

/** Creates no file that a bot that is starting could find. */
function whyNotWritable(path: string): string | undefined {
  try {
    if (exists(path)) Deno.openSync(path, { append: true }).close();
    else Deno.removeSync(Deno.makeTempFileSync({ dir: dirname(path), prefix: ".rosey-check-" }));
    return undefined;
  } catch (error) {
    return fileErrorMessage(error);
  }
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

function port({ status }: Settings, about: string): Finding[] {
  if (status.port === undefined) return [];
  try {
    Deno.listen({ hostname: "127.0.0.1", port: status.port }).close();
    return [];
  } catch (error) {
    const found = `status.port: cannot listen on 127.0.0.1:${status.port}: ${errorMessage(error)}`;
    const advice = "nothing, if that is the bot, running already; else choose another port";
    return [{ about, level: "warning", found, advice }];
  }
}
