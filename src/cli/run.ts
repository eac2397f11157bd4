import { getLogger } from "@logtape/logtape";
import { type BotControl, runBot } from "../bot.ts";
import { changesBetween } from "../config/settings.ts";
import { loadConfig, type LoadedConfig } from "../config/load.ts";
import {
  ChannelRefusedError,
  ConfigError,
  errorMessage,
  EXIT,
  fileErrorMessage,
} from "../errors.ts";
import { setupLogging } from "../log.ts";
import type { Rotation } from "../storage/log_file.ts";
import { StatusServer } from "../ops/status_server.ts";
import { SystemdService } from "../ops/systemd.ts";
import { type Redact, redactor } from "../redact.ts";
import { type BotReport, redactedReport } from "../report.ts";
import { StateFile } from "../storage/key_value_store.ts";
import { Transcript } from "../storage/transcript.ts";
import { BUILD } from "../version.ts";
import type { RunFlags } from "./commands.ts";
import { onReload } from "./signals.ts";

const log = getLogger(["rosey", "bot"]);

/**
 * `rosey run`: runs the bot until it is stopped.
 *
 * @throws {ConfigError} When the configuration cannot be used.
 */
export async function run(flags: RunFlags, signal: AbortSignal): Promise<number> {
  const config = loadConfig(flags.config, { flags });
  const { settings, secrets } = config;
  const { logLevel: level, logFormat: format } = settings;
  await using _logging = await setupLogging({ level, format, secrets });
  const rotation = { maxBytes: settings.logMaxMegabytes * 1e6, keep: settings.logKeep };
  using chatLog = open(settings.chatLogFile, { rotation, path: flags.config });
  using mediaLog = open(settings.mediaLogFile, { rotation, path: flags.config });
  using state = settings.stateFile === undefined ? undefined : StateFile.open(settings.stateFile);
  warn(flags.config, config);
  if (settings.user.password === undefined) {
    log.info("Logging in as a guest; anyone can take a guest's name, an account is safer");
  }
  const onStop = () => log.info("Stopping: {reason}", { reason: errorMessage(signal.reason) });
  signal.addEventListener("abort", onStop, { once: true });
  await using stack = new AsyncDisposableStack();
  const onStart = (control: BotControl) => {
    const reloader = new Reloader(flags, config, control);
    const report = () => redactedReport(control.report(), reloader.redact);
    const status = statusServer(settings.status.port, report);
    if (status) stack.use(status);
    const service = SystemdService.open(report);
    if (service) {
      stack.use(service);
      signal.addEventListener("abort", () => service.stopping(), { once: true });
    }
    const reload = () => reloader.reload();
    stack.use(onReload(() => service ? service.reloading(reload) : reload()));
  };
  try {
    await runBot(settings, signal, { chatLog, mediaLog, state, onStart });
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof ChannelRefusedError)) throw error;
    log.error("{reason}", { reason: error.message });
    return EXIT.refused;
  }
}

function open(
  file: string | undefined,
  { rotation, path }: { rotation: Rotation; path: string },
): Transcript | undefined {
  if (file === undefined) return undefined;
  try {
    return new Transcript(file, rotation);
  } catch (cause) {
    throw new ConfigError(path, [`cannot write ${file}: ${fileErrorMessage(cause)}`], { cause });
  }
}

/** The bot runs without its status page if the port is in use. */
function statusServer(
  port: number | undefined,
  report: () => BotReport,
): StatusServer | undefined {
  if (port === undefined) return undefined;
  try {
    const server = new StatusServer({ port, report, build: BUILD });
    log.info("Status page: {url}", { url: server.url });
    return server;
  } catch (error) {
    log.error("No status page: port {port} of 127.0.0.1 cannot be used: {error}", { port, error });
    return undefined;
  }
}

function warn(path: string, { warnings }: LoadedConfig): void {
  for (const warning of warnings) log.warning("{path}: {warning}", { path, warning });
}

/** Reads the configuration again, and applies the settings that need no restart. */
class Reloader {
  readonly #flags: RunFlags;
  readonly #control: BotControl;
  #current: LoadedConfig;
  /** Removes the secrets of the current configuration and of all before. */
  redact: Redact;

  constructor(flags: RunFlags, config: LoadedConfig, control: BotControl) {
    this.#flags = flags;
    this.#current = config;
    this.redact = redactor(config.secrets);
    this.#control = control;
  }

  async reload(): Promise<void> {
    const path = this.#flags.config;
    const before = this.#current;
    try {
      await this.#use(loadConfig(path, { flags: this.#flags }));
    } catch (error) {
      const problems = error instanceof ConfigError ? error.problems : [];
      for (const problem of problems) {
        log.error("Cannot reload {path}, the old settings stay: {problem}", { path, problem });
      }
      if (problems.length === 0) {
        log.error("Cannot reload {path}, the old settings stay: {error}", { path, error });
      }
      // Some of the new settings may be applied already.
      if (!(error instanceof ConfigError)) this.#control.updateSettings(before.settings);
    }
  }

  async #use(after: LoadedConfig): Promise<void> {
    const path = this.#flags.config;
    const before = this.#current;
    const { live, restart } = changesBetween(before.settings, after.settings);
    const { llm, commands, logLevel } = after.settings;
    const settings = { ...before.settings, llm, commands, logLevel };
    // Text with the old secrets may still arrive.
    const secrets = [...new Set([...before.secrets, ...after.secrets])];
    this.redact = redactor(secrets);
    // Before anything can log the new secrets.
    await setupLogging({ level: logLevel, format: settings.logFormat, secrets });
    this.#control.updateSettings(settings);
    this.#current = { ...after, settings, secrets };
    warn(path, after);
    log.info("Reloaded {path}: {changes}", {
      path,
      changes: live.join(", ") || "nothing to change",
    });
    if (restart.length > 0) {
      log.warning("{names}: takes effect with the next start", { names: restart.join(", ") });
    }
  }
}
