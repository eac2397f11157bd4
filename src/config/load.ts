/**
 * From file, environment and flags to settings that the rest of the program can rely on.
 *
 * @module
 */
import { basename, dirname, resolve } from "node:path";
import * as v from "valibot";
import { duplicateNames } from "../commands/command_names.ts";
import { ConfigError } from "../errors.ts";
import { environment } from "./environment.ts";
import { fileConflicts, type NamedFile } from "./file_conflicts.ts";
import { llmSettings } from "./settings_llm.ts";
import { secretsOf } from "./ollama_host.ts";
import { fileProblem, SecretSources } from "./secrets.ts";
import { schemaProblem, syntaxProblems, unknownKeys } from "./problems.ts";
import { configSchema, type RawConfig, SECTIONS } from "./schema.ts";
import { secret } from "./schema_parts.ts";
import type { Credentials, Settings } from "./settings.ts";

/** What {@linkcode loadConfig} returns. */
export interface LoadedConfig {
  /** What the operator decided. */
  readonly settings: Settings;
  /** Sentences about what was written but has no effect. */
  readonly warnings: readonly string[];
  /** Values that must never be shown. */
  readonly secrets: readonly string[];
}

/** Command-line flags that win over everything else. */
export interface ConfigFlags {
  /** `--log-level`. */
  readonly logLevel?: string;
  /** `--log-format`. */
  readonly logFormat?: string;
  /** `--ollama-host`. */
  readonly ollamaHost?: string;
}

/** Options of {@linkcode loadConfig}. */
export interface LoadOptions {
  /** Default: none. */
  readonly flags?: ConfigFlags;
  /** A variable of the environment; default: the process's. */
  readonly env?: (name: string) => string | undefined;
  /** A file's content; default: from disk. */
  readonly readFile?: (path: string) => string;
}

/**
 * Reads and validates the configuration. Precedence: flag, environment, file, default.
 *
 * @param path The configuration file. Paths within it are relative to its folder.
 * @returns Settings, warnings and the secrets that were found.
 * @throws {ConfigError} With every problem at once.
 */
export function loadConfig(path: string, options: LoadOptions = {}): LoadedConfig {
  const { flags = {}, readFile = Deno.readTextFileSync } = options;
  const read: NamedFile[] = [{ setting: "the configuration", path: resolve(path) }];
  const env = environment(options.env ?? ((name) => Deno.env.get(name)), (file) => {
    read.push({ setting: `the credential ${basename(file)}`, path: resolve(file) });
    return readFile(file);
  });

  const file = parse(path, readFile);
  if (flags.logLevel ?? env("ROSEY_LOG_LEVEL")) {
    file.log_level = flags.logLevel ?? env("ROSEY_LOG_LEVEL");
  }
  if (flags.logFormat) file.log_format = flags.logFormat;
  if (typeof file.log_level === "string") file.log_level = file.log_level.toUpperCase();

  const result = v.safeParse(configSchema, file);
  const problems = result.success ? [] : result.issues.map(schemaProblem);
  const secretSources = new SecretSources({
    env,
    problems,
    readFile: (relative, setting) => {
      const file = resolve(dirname(path), relative);
      read.push({ setting, path: file });
      return readFile(file);
    },
  });
  const warnings = unknownKeys(file, Object.keys(configSchema.entries));
  for (const [prefix, { entries }] of SECTIONS) {
    warnings.push(...unknownKeys(section(file, prefix), Object.keys(entries), `${prefix}.`));
  }
  if (!result.success) {
    for (const name of ["channel", "user"]) {
      const pair = file[name];
      if (Array.isArray(pair) && v.is(secret, pair[1])) {
        secretSources.resolve(pair[1], `${name}[1]`);
      }
    }
    // A name that is missing may be there with a slip in it.
    throw new ConfigError(path, [...problems, ...warnings]);
  }

  const raw = result.output;
  if (raw.llm.system_prompt && raw.llm.system_prompt_file) {
    warnings.push("llm.system_prompt has no effect beside llm.system_prompt_file");
  }
  const credentials = (value: RawConfig["user"], name: string): Credentials =>
    typeof value === "string"
      ? { name: value }
      : { name: value[0], password: secretSources.resolve(value[1], `${name}[1]`) };
  // A service may write into its own folder alone.
  const folder = env("STATE_DIRECTORY")?.split(":")[0] ?? dirname(path);
  const absolute = (file: string | undefined) => file ? resolve(folder, file) : undefined;
  const password = env("ROSEY_PASSWORD");
  const settings: Settings = {
    domain: raw.domain.replace(/\/+$/, ""),
    channel: credentials(raw.channel, "channel"),
    user: password
      ? { name: typeof raw.user === "string" ? raw.user : raw.user[0], password }
      : credentials(raw.user, "user"),
    kickPauseSeconds: raw.kick_pause,
    logLevel: raw.log_level,
    logFormat: raw.log_format,
    chatLogFile: absolute(raw.chat_log_file),
    mediaLogFile: absolute(raw.media_log_file),
    logMaxMegabytes: raw.log_max_mb,
    logKeep: raw.log_keep,
    stateFile: absolute(raw.state_file),
    statusPort: raw.status.port,
    commands: {
      enabled: raw.commands.enabled,
      prefix: raw.commands.prefix,
      moderatorRank: raw.commands.moderator_rank,
      moderators: raw.commands.moderators,
      names: raw.commands.names,
    },
    llm: llmSettings(raw.llm, { secretSources, ollamaHost: flags.ollamaHost }),
  };
  problems.push(...fileConflicts(settings, read));
  problems.push(...duplicateNames(raw.commands.names));
  if (problems.length > 0) throw new ConfigError(path, problems);
  warnings.push(...unsentPasswords(settings.llm));
  const { ollamaHosts, openaiBaseUrl } = settings.llm;
  const addresses = [...ollamaHosts.map(({ url }) => url), openaiBaseUrl];
  const secrets = [
    ...secretSources.secrets,
    ...addresses.flatMap(secretsOf),
    ...["OLLAMA_API_KEY", "OPENAI_API_KEY", "ROSEY_PASSWORD"].flatMap((name) => env(name) || []),
  ];
  return { settings, warnings, secrets };
}

/** One header carries either. */
function unsentPasswords(
  { ollamaHosts, openaiBaseUrl, openaiApiKey }: Settings["llm"],
): string[] {
  const openai = { url: openaiBaseUrl, source: "llm.openai_base_url", apiKey: openaiApiKey };
  return [...ollamaHosts, openai]
    .filter(({ url, apiKey }) => apiKey && URL.parse(url)?.password)
    .map(({ source }) => `${source}: its name:password@ is not sent, as there is an API key`);
}

/** What was written there; nothing if it is no section. */
function section(file: Record<string, unknown>, path: string): object {
  return path.split(".").reduce<Record<string, unknown>>((at, key) => {
    const value = at[key];
    return typeof value === "object" && !Array.isArray(value) ? Object(value) : {};
  }, file);
}

function parse(path: string, readFile: (path: string) => string): Record<string, unknown> {
  let text: string;
  try {
    text = readFile(path).replace(/^\uFEFF/, "");
  } catch (error) {
    const advice = error instanceof Deno.errors.PermissionDenied
      ? "let the user that she runs as read it; a service gets its secrets as credentials"
      : error instanceof Deno.errors.NotFound
      ? `copy ${example()} to ${path} and fill it in`
      : "name another file with --config";
    throw new ConfigError(path, [`cannot read it: ${fileProblem(error)}; ${advice}`], {
      cause: error,
    });
  }
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  } catch (error) {
    throw new ConfigError(path, syntaxProblems(text), { cause: error });
  }
  throw new ConfigError(path, ["expected an object at the top level"]);
}

/** The installer puts it near the program. */
function example(): string {
  const name = "config.json.dist";
  const installed = resolve(dirname(Deno.execPath()), "../share/rosey", name);
  try {
    return Deno.statSync(installed).isFile ? installed : name;
  } catch {
    return name;
  }
}
