/**
 * `rosey run`: the bot.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import { runBot } from "../bot.ts";
import { loadConfig } from "../config/load.ts";
import { ChannelRefusedError, ConfigError, errorMessage, EXIT } from "../errors.ts";
import { setupLogging } from "../log.ts";
import { Transcript } from "../transcript.ts";
import type { RunFlags } from "./program.ts";

const log = getLogger(["rosey", "bot"]);

/**
 * Runs the bot until it is stopped.
 *
 * @param flags The command's flags.
 * @param signal Stops it.
 * @returns The exit code.
 * @throws {ConfigError} When it cannot begin.
 */
export async function run(flags: RunFlags, signal: AbortSignal): Promise<number> {
  const { settings, warnings, secrets } = loadConfig(flags.config, { flags });
  const { logLevel: level, logFormat: format } = settings;
  await using _logging = await setupLogging({ level, format, secrets });
  using chatLog = open(settings.chatLogFile, flags.config);
  using mediaLog = open(settings.mediaLogFile, flags.config);
  for (const warning of warnings) log.warning("{path}: {warning}", { path: flags.config, warning });
  if (settings.user.password === undefined) {
    log.info("Logging in as a guest; anyone can take a guest's name, an account is safer");
  }
  try {
    await runBot(settings, signal, { chatLog, mediaLog });
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof ChannelRefusedError)) throw error;
    log.error("{reason}", { reason: error.message });
    return EXIT.refused;
  }
}

function open(file: string | undefined, path: string): Transcript | undefined {
  if (file === undefined) return undefined;
  try {
    return new Transcript(file);
  } catch (cause) {
    throw new ConfigError(path, [`cannot write ${file}: ${errorMessage(cause)}`], { cause });
  }
}
