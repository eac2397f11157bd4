import { getLogger } from "@logtape/logtape";
import { type BotControl, runBot } from "../bot.ts";
import { changesBetween } from "../config/settings.ts";
import { loadConfig, type LoadedConfig } from "../config/load.ts";
import { ChannelRefusedError, ConfigError, errorMessage, EXIT, fileProblem } from "../errors.ts";
import { setupLogging } from "../log.ts";
import { StatusServer } from "../ops/status_server.ts";
import { SystemdService } from "../ops/systemd.ts";
import { redactor } from "../redact.ts";
import { type BotReport, redactedReport } from "../report.ts";
import { StateFile } from "../storage/key_value_store.ts";
import { Transcript } from "../storage/transcript.ts";
import { BUILD } from "../version.ts";
import type { RunFlags } from "./flags.ts";
import { onReload } from "./reload_signal.ts";

const log = getLogger(["rosey", "bot"]);

/**
 * `rosey run`: runs the bot until it is stopped.
 *
 * @throws {ConfigError} When the configuration cannot be used.
 */
export async function run(flags: RunFlags, signal: AbortSignal): Promise<number> {
  let config = loadConfig(flags.config, { flags });
  const { settings, secrets } = config;
  const { logLevel: level, logFormat: format } = settings;
  await using _logging = await setupLogging({ level, format, secrets });
  const rotation = { maxBytes: settings.logMaxMegabytes * 1e6, keep: settings.logKeep };
  const open = (file: string | undefined) => {
    try {
      return file === undefined ? undefined : new Transcript(file, rotation);
    } catch (cause) {
      const problem = `cannot write ${file}: ${fileProblem(cause)}`;
      throw new ConfigError(flags.config, [problem], { cause });
    }
  };
  using chatLog = open(settings.chatLogFile);
  using mediaLog = open(settings.mediaLogFile);
  using state = settings.stateFile === undefined ? undefined : StateFile.open(settings.stateFile);
  warn(flags.config, config);
  if (settings.user.password === undefined) {
    log.info("Logging in as a guest; anyone can take a guest's name, an account is safer");
  }
  const onStop = () => log.info("Stopping: {reason}", { reason: errorMessage(signal.reason) });
  signal.addEventListener("abort", onStop, { once: true });
  await using stack = new AsyncDisposableStack();
  const onStart = (control: BotControl) => {
    let redact = redactor(secrets);
    const report = () => redactedReport(control.report(), redact);
    const status = statusServer(settings.status.port, report);
    if (status) stack.use(status);
    const service = SystemdService.open(report);
    if (service) {
      stack.use(service);
      signal.addEventListener("abort", () => service.stopping(), { once: true });
    }
    const reload = async () => {
      config = await reloaded(config, {
        flags,
        control,
        onSecrets: (secrets) => redact = redactor(secrets),
      });
    };
    stack.use(onReload(() => service ? service.reloading(reload) : reload()));
  };
  try {
    const { dryRun } = flags;
    await runBot(settings, signal, { chatLog, mediaLog, state, onStart, dryRun });
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof ChannelRefusedError)) throw error;
    log.error("{reason}", { reason: error.message });
    return EXIT.refused;
  }
}

/** The bot runs without its status page if the port is in use. */
function statusServer(port: number | undefined, report: () => BotReport): StatusServer | undefined {
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

interface ReloadOptions {
  readonly flags: RunFlags;
  readonly control: Pick<BotControl, "updateSettings">;
  /** Called with the old and new secrets before any new setting is applied. */
  readonly onSecrets: (secrets: readonly string[]) => void;
}

/** Reads the configuration again, and applies the settings that need no restart. */
export async function reloaded(
  before: LoadedConfig,
  { flags, control, onSecrets }: ReloadOptions,
): Promise<LoadedConfig> {
  const path = flags.config;
  let { secrets } = before;
  try {
    const after = loadConfig(path, { flags });
    const { live, restart } = changesBetween(before.settings, after.settings);
    const { llm, commands, logLevel } = after.settings;
    const settings = { ...before.settings, llm, commands, logLevel };
    // Text with the old secrets may still arrive.
    secrets = [...new Set([...before.secrets, ...after.secrets])];
    // Before anything can show the new secrets.
    onSecrets(secrets);
    await setupLogging({ level: logLevel, format: settings.logFormat, secrets });
    control.updateSettings(settings);
    warn(path, after);
    const changes = live.join(", ") || "nothing to change";
    log.info("Reloaded {path}: {changes}", { path, changes });
    if (restart.length > 0) {
      log.warning("{names}: takes effect with the next start", { names: restart.join(", ") });
    }
    return { ...after, settings, secrets };
  } catch (error) {
    if (error instanceof ConfigError) {
      for (const problem of error.problems) {
        log.error("Cannot reload {path}, the old settings stay: {problem}", { path, problem });
      }
    } else {
      log.error("Cannot reload {path}, the old settings stay: {error}", { path, error });
      // Some of the new settings may be applied already.
      control.updateSettings(before.settings);
    }
    return { ...before, secrets };
  }
}
