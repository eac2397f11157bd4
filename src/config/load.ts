/**
 * From file, environment and flags to settings that the rest of the program can rely on.
 *
 * @module
 */
import { dirname, resolve } from "node:path";
import * as v from "valibot";
import { ConfigError, errorMessage } from "../errors.ts";
import { environment } from "./environment.ts";
import { secretsOf } from "./ollama_host.ts";
import type { Credentials, HostSettings, Settings } from "./settings.ts";
import { schemaProblem, syntaxProblems, unknownKeys } from "./problems.ts";
import {
  configSchema,
  llmSchema,
  type RawConfig,
  secret,
  type SecretSource,
  statusSchema,
} from "./schema.ts";

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
  const env = environment(options.env ?? ((name) => Deno.env.get(name)), readFile);

  const file = parse(path, readFile);
  if (flags.logLevel ?? env("ROSEY_LOG_LEVEL")) {
    file.log_level = flags.logLevel ?? env("ROSEY_LOG_LEVEL");
  }
  if (flags.logFormat) file.log_format = flags.logFormat;
  if (typeof file.log_level === "string") file.log_level = file.log_level.toUpperCase();

  const result = v.safeParse(configSchema, file);
  const problems = result.success ? [] : result.issues.map(schemaProblem);
  const secrets: string[] = [];
  const read = (relative: string, name: string) => {
    try {
      return readFile(resolve(dirname(path), relative));
    } catch (error) {
      problems.push(`${name}: cannot read ${relative}: ${reason(error)}`);
      return "";
    }
  };
  const reveal = (source: SecretSource | undefined, name: string) => {
    const value = typeof source !== "object"
      ? source
      : "env" in source
      ? env(source.env) ?? void problems.push(`${name}: the variable ${source.env} is not set`)
      : read(source.file, name).trim();
    if (value) secrets.push(value);
    return value || undefined;
  };
  const warnings = unknownKeys(file, Object.keys(configSchema.entries));
  if (!result.success) {
    for (const name of ["channel", "user"]) {
      const pair = file[name];
      if (Array.isArray(pair) && v.is(secret, pair[1])) reveal(pair[1], `${name}[1]`);
    }
    throw new ConfigError(path, problems);
  }

  const raw = result.output;
  warnings.push(
    ...unknownKeys(Object(file.llm), Object.keys(llmSchema.entries), "llm."),
    ...unknownKeys(Object(file.status), Object.keys(statusSchema.entries), "status."),
  );
  if (raw.llm.system_prompt && raw.llm.system_prompt_file) {
    warnings.push("llm.system_prompt has no effect beside llm.system_prompt_file");
  }
  const credentials = (value: RawConfig["user"], name: string): Credentials =>
    typeof value === "string"
      ? { name: value }
      : { name: value[0], password: reveal(value[1], `${name}[1]`) };
  // A service may write into its own folder alone.
  const folder = env("STATE_DIRECTORY")?.split(":")[0] ?? dirname(path);
  const absolute = (file: string | undefined) => file && resolve(folder, file);
  const password = env("ROSEY_PASSWORD");
  const user = password
    ? { name: typeof raw.user === "string" ? raw.user : raw.user[0], password }
    : credentials(raw.user, "user");
  const hostFromEnv = env("OLLAMA_HOST");
  const { llm } = raw;
  const apiKey = env("OLLAMA_API_KEY");
  const written = flags.ollamaHost || hostFromEnv || llm.ollama_host;
  const source = flags.ollamaHost
    ? "--ollama-host"
    : hostFromEnv
    ? "OLLAMA_HOST"
    : "llm.ollama_host";
  const hosts = [written].flat().map((host, at): HostSettings => {
    const name = Array.isArray(written) ? `${source}[${at}]` : source;
    if (typeof host === "string") return { url: host, source: name, apiKey };
    return {
      url: host.url,
      source: `${name}.url`,
      model: host.model,
      apiKey: reveal(host.api_key, `${name}.api_key`) ?? apiKey,
      caCertificates: host.ca_file && certificates(host.ca_file, `${name}.ca_file`, read, problems),
    };
  });
  const settings: Settings = {
    domain: raw.domain.replace(/\/+$/, ""),
    channel: credentials(raw.channel, "channel"),
    user,
    logLevel: raw.log_level,
    logFormat: raw.log_format,
    chatLogFile: absolute(raw.chat_log_file),
    mediaLogFile: absolute(raw.media_log_file),
    statusPort: raw.status.port,
    llm: {
      enabled: llm.enabled,
      provider: llm.provider.trim().toLowerCase(),
      model: llm.model.trim(),
      ollamaHosts: hosts,
      openaiApiKey: env("OPENAI_API_KEY") ?? reveal(llm.openai_api_key, "llm.openai_api_key"),
      openaiBaseUrl: llm.openai_base_url,
      caCertificates: llm.ca_file
        ? certificates(llm.ca_file, "llm.ca_file", read, problems)
        : undefined,
      persona: llm.system_prompt_file
        ? read(llm.system_prompt_file, "llm.system_prompt_file")
        : llm.system_prompt,
      triggers: llm.llm_triggers,
      cooldownSeconds: llm.llm_cooldown,
      maxHistoryMessages: llm.max_history_messages,
      responseTimeoutSeconds: llm.response_timeout,
      firstTokenTimeoutSeconds: llm.first_token_timeout,
      loadTimeoutSeconds: llm.load_timeout,
      keepAlive: llm.keep_alive,
      options: llm.options,
      think: llm.think,
      fallbackResponse: llm.fallback_response || undefined,
    },
  };
  if (problems.length > 0) throw new ConfigError(path, problems);
  for (const url of [...hosts.map(({ url }) => url), llm.openai_base_url]) {
    secrets.push(...secretsOf(url));
  }
  for (const name of ["OLLAMA_API_KEY", "OPENAI_API_KEY", "ROSEY_PASSWORD"]) {
    const value = env(name);
    if (value) secrets.push(value);
  }
  return { settings, warnings, secrets };
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
    throw new ConfigError(path, [`cannot read it: ${reason(error)}; ${advice}`], { cause: error });
  }
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  } catch (error) {
    throw new ConfigError(path, syntaxProblems(text), { cause: error });
  }
  throw new ConfigError(path, ["expected an object at the top level"]);
}

/** Deno accepts garbage as a certificate without a word. */
function certificates(
  file: string,
  name: string,
  read: (relative: string, name: string) => string,
  problems: string[],
): string {
  const before = problems.length;
  const text = read(file, name);
  const pem = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/;
  if (problems.length === before && !pem.test(text)) {
    problems.push(`${name}: ${file} holds no PEM certificate`);
  }
  return text;
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

function reason(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "there is no such file";
  if (error instanceof Deno.errors.PermissionDenied) return "permission denied";
  if (error instanceof Deno.errors.IsADirectory) return "it is a folder";
  return errorMessage(error);
}
