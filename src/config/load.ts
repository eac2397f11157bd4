import { basename, dirname, resolve } from "node:path";
import { CommandNames, duplicateNames } from "../commands/command_names.ts";
import { ConfigError } from "../errors.ts";
import { fileConflicts, type NamedFile } from "./file_conflicts.ts";
import { NOT_A_SETTING, syntaxProblems } from "./problems.ts";
import { isObject, readSettings } from "./schema.ts";
import { fileProblem, type Lookup, SecretSources, withCredentials } from "./secrets.ts";
import { credentialWarnings, serversOf } from "./servers.ts";
import { allSettings, PROVIDER_SETTINGS, type Settings } from "./settings.ts";

export interface LoadedConfig {
  readonly settings: Settings;
  /** Sentences about what was written but has no effect. */
  readonly warnings: readonly string[];
  /** Values that must never be shown. */
  readonly secrets: readonly string[];
}

/** Command-line flags that override everything else. */
export interface ConfigFlags {
  readonly logLevel?: string;
  readonly logFormat?: string;
  readonly ollamaHost?: string;
}

export interface LoadOptions {
  readonly flags?: ConfigFlags;
  /** Reads an environment variable; default: of the process. */
  readonly env?: Lookup;
  /** Reads a file; default: from disk. */
  readonly readFile?: (path: string) => string;
  /** Lists a folder; default: on disk. */
  readonly listFolder?: (path: string) => readonly string[];
}

/**
 * Reads and validates the configuration. Precedence: flag, environment, file, default.
 *
 * @param path Paths in the file are relative to its folder.
 * @throws {ConfigError} With every problem at once.
 */
export function loadConfig(path: string, options: LoadOptions = {}): LoadedConfig {
  const { flags = {}, readFile = Deno.readTextFileSync, listFolder = namesIn } = options;
  const read: NamedFile[] = [{ setting: "the configuration", path: resolve(path) }];
  const env = withCredentials(options.env ?? ((name) => Deno.env.get(name)), (file) => {
    read.push({ setting: `the credential ${basename(file)}`, path: resolve(file) });
    return readFile(file);
  });
  const problems: string[] = [];
  const warnings: string[] = [];
  const sources = new SecretSources({
    env,
    problems,
    readFile: (relative, setting) => {
      const file = resolve(dirname(path), relative);
      read.push({ setting, path: file });
      return readFile(file);
    },
    listFolder: (relative) => listFolder(resolve(dirname(path), relative)),
  });
  // A service may only write to its own folder.
  const folder = env("STATE_DIRECTORY")?.split(":")[0] ?? dirname(path);
  const settings = readSettings(allSettings, withOverrides(parse(path, readFile), env, flags), {
    path: "",
    section: {},
    sources,
    resolve: (file) => resolve(folder, file),
    hostSource: flags.ollamaHost ? "--ollama-host" : env("OLLAMA_HOST") ? "OLLAMA_HOST" : undefined,
    problems,
    warnings,
  });
  // An unknown key may be a misspelled one that is missing.
  const unknown = warnings.filter((warning) => warning.includes(NOT_A_SETTING));
  if (problems.length > 0) throw new ConfigError(path, [...problems, ...unknown]);
  problems.push(...fileConflicts(settings, read), ...duplicateNames(settings.commands.names));
  if (problems.length > 0) throw new ConfigError(path, problems);
  return {
    settings,
    warnings: [
      ...warnings,
      ...commandTriggers(settings),
      ...credentialWarnings(serversOf(settings.llm)),
    ],
    secrets: [...new Set(sources.secrets)],
  };
}

function namesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).toSorted();
}

/** Warns of each trigger that is a command, such as `!help`. */
function commandTriggers({ commands, llm }: Settings): string[] {
  const names = new CommandNames(commands);
  return llm.triggers.filter((trigger) => names.parse(trigger)).map((trigger) =>
    `llm.llm_triggers: "${trigger}" has no effect: it is a command, see commands.names`
  );
}

/** What the file would hold if the flags and the environment were written in it. */
function withOverrides(
  file: Record<string, unknown>,
  env: Lookup,
  flags: ConfigFlags,
): Record<string, unknown> {
  const { user, llm = {} } = file;
  const logLevel = flags.logLevel ?? env("ROSEY_LOG_LEVEL") ?? file.log_level;
  const password = env("ROSEY_PASSWORD");
  const name = Array.isArray(user) ? user[0] : user;
  const overrides = Object.values(PROVIDER_SETTINGS)
    .flatMap(({ variables }) => Object.entries(variables))
    .map(([key, variable]) => [key, env(variable)] as const)
    .filter(([, value]) => value !== undefined);
  return {
    ...file,
    log_level: typeof logLevel === "string" ? logLevel.toUpperCase() : logLevel,
    log_format: flags.logFormat ?? file.log_format,
    user: password && typeof name === "string" ? [name, password] : user,
    llm: isObject(llm)
      ? {
        ...llm,
        ...Object.fromEntries(overrides),
        ...(flags.ollamaHost && { ollama_host: flags.ollamaHost }),
      }
      : llm,
  };
}

function parse(path: string, readFile: (path: string) => string): Record<string, unknown> {
  let text: string;
  try {
    text = readFile(path).replace(/^\uFEFF/, "");
  } catch (error) {
    const advice = error instanceof Deno.errors.PermissionDenied
      ? "let the bot's user read it; a service gets its secrets as credentials"
      : error instanceof Deno.errors.NotFound
      ? `rosey init${path === "config.json" ? "" : ` --config ${path}`} makes it`
      : "name another file with --config";
    throw new ConfigError(path, [`cannot read it: ${fileProblem(error)}; ${advice}`], {
      cause: error,
    });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ConfigError(path, syntaxProblems(text), { cause: error });
  }
  if (!isObject(value)) throw new ConfigError(path, ["expected an object at the top level"]);
  return value;
}
