/**
 * From file, environment and flags to settings that the rest of the program can rely on.
 *
 * @module
 */
import { dirname, resolve } from "node:path";
import * as v from "valibot";
import { ConfigError, errorMessage } from "../errors.ts";
import { secretsOf } from "./ollama_host.ts";
import { schemaProblem, syntaxProblems, unknownKeys } from "./problems.ts";
import { configSchema, llmSchema, type RawConfig, secret, type SecretSource } from "./schema.ts";

/** A name, and the password that goes with it. */
export interface Credentials {
  /** As it is written. */
  readonly name: string;
  /** None: there is no password. */
  readonly password?: string;
}

/** One server. */
export interface HostSettings {
  /** As it was written: not validated yet. */
  readonly url: string;
  /** Where it was found, for messages: `llm.ollama_host`, `OLLAMA_HOST` or a flag. */
  readonly source: string;
  /** None: that of the settings. */
  readonly model?: string;
  /** Sent as a bearer token. */
  readonly apiKey?: string;
  /** PEM certificates of a private authority; none: those of the settings. */
  readonly caCertificates?: string;
}

/** How and where the model is asked. */
export interface LlmSettings {
  /** Whether a model is asked at all. */
  readonly enabled: boolean;
  /** `ollama` or `openai`, in lower case; anything else is a mistake. */
  readonly provider: string;
  /** As the server knows it; empty where none was given. */
  readonly model: string;
  /** Where Ollama runs, the most wanted first. */
  readonly ollamaHosts: readonly HostSettings[];
  /** Sent as a bearer token. */
  readonly openaiApiKey?: string;
  /** As it was written, with its `/v1`. */
  readonly openaiBaseUrl: string;
  /** PEM certificates of a private authority. */
  readonly caCertificates?: string;
  /** Who the bot is; none: the default persona. */
  readonly persona?: string;
  /** Words that call the bot; none: her own name. */
  readonly triggers: readonly string[];
  /** Before the same person is answered again. */
  readonly cooldownSeconds: number;
  /** Earlier messages of a person's conversation that are sent. */
  readonly maxHistoryMessages: number;
  /** For a whole answer of a loaded model. */
  readonly responseTimeoutSeconds: number;
  /** Until an answer begins; none: as long as the whole may take. */
  readonly firstTokenTimeoutSeconds?: number;
  /** For loading the model. */
  readonly loadTimeoutSeconds: number;
  /** Seconds, or a Go duration such as `5m`. */
  readonly keepAlive: string | number;
  /** Ollama's model parameters. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Whether, or how much, a thinking model thinks. */
  readonly think: boolean | "low" | "medium" | "high";
  /** Said when no answer can be had; none: silence. */
  readonly fallbackResponse?: string;
}

/** Everything the operator decided. Paths are absolute, secrets are resolved. */
export interface Settings {
  /** The CyTube site, without trailing slash. */
  readonly domain: string;
  /** The channel to join. */
  readonly channel: Credentials;
  /** Without a password: a guest. */
  readonly user: Credentials;
  /** How much is logged. */
  readonly logLevel: string;
  /** The form of log lines. */
  readonly logFormat: string;
  /** Where chat is written. */
  readonly chatLogFile?: string;
  /** Where played media are written. */
  readonly mediaLogFile?: string;
  /** The language model. */
  readonly llm: LlmSettings;
}

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
  const readEnv = options.env ?? Deno.env.get;
  const env = (name: string) => readEnv(name) || undefined;

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
  warnings.push(...unknownKeys(Object(file.llm), Object.keys(llmSchema.entries), "llm."));
  if (raw.llm.system_prompt && raw.llm.system_prompt_file) {
    warnings.push("llm.system_prompt has no effect beside llm.system_prompt_file");
  }
  const credentials = (value: RawConfig["user"], name: string): Credentials =>
    typeof value === "string"
      ? { name: value }
      : { name: value[0], password: reveal(value[1], `${name}[1]`) };
  const absolute = (file: string | undefined) => file && resolve(dirname(path), file);
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
    throw new ConfigError(path, [
      `cannot read it: ${reason(error)}; copy config.json.dist to ${path} and fill it in`,
    ], { cause: error });
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

function reason(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "there is no such file";
  if (error instanceof Deno.errors.PermissionDenied) return "permission denied";
  return errorMessage(error);
}
