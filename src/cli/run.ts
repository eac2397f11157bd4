/**
 * `rosey run`: the bot.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import { runBot } from "../bot.ts";
import { loadConfig, type Settings } from "../config/load.ts";
import { ChannelRefusedError, ConfigError, errorMessage, EXIT } from "../errors.ts";
import { setupLogging } from "../log.ts";
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
  await using _logging = await openLogs(flags.config, settings, secrets);
  for (const warning of warnings) log.warning("{path}: {warning}", { path: flags.config, warning });
  if (settings.user.password === undefined) {
    log.info("Logging in as a guest; anyone can take a guest's name, an account is safer");
  }
  try {
    await runBot(settings, signal);
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof ChannelRefusedError)) throw error;
    log.error("{reason}", { reason: error.message });
    return EXIT.refused;
  }
}

async function openLogs(
  path: string,
  settings: Settings,
  secrets: readonly string[],
): Promise<AsyncDisposable> {
  const { logLevel: level, logFormat: format, chatLogFile, mediaLogFile } = settings;
  try {
    return await setupLogging({ level, format, secrets, chatLogFile, mediaLogFile });
  } catch (cause) {
    const files = [chatLogFile, mediaLogFile].filter((file) => file !== undefined).join(" or ");
    throw new ConfigError(path, [`cannot write ${files}: ${errorMessage(cause)}`], { cause });
  }
}
