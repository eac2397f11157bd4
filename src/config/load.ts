import { basename, dirname, resolve } from "@std/path";
import { CommandNames, duplicateNames } from "../commands/command_names.ts";
import { ConfigError, fileProblem } from "../errors.ts";
import { PROGRAM } from "../version.ts";
import { fileConflicts, type NamedFile } from "./file_conflicts.ts";
import { type ConfigFlags, type Override, overridesOf, withOverrides } from "./overrides.ts";
import { NOT_A_SETTING, syntaxProblems } from "./problems.ts";
import { isObject, readSettings } from "./schema.ts";
import { type Lookup, SecretSources, withCredentials } from "./secrets.ts";
import { credentialWarnings, serversOf } from "./servers.ts";
import { allSettings, type Settings } from "./settings.ts";

export interface LoadedConfig {
  /** The path of the file. */
  readonly path: string;
  readonly settings: Settings;
  /** Sentences about what was written but has no effect. */
  readonly warnings: readonly string[];
  /** Values that must never be shown. */
  readonly secrets: readonly string[];
  /** The file with the overrides written in it, secrets included. */
  readonly written: Readonly<Record<string, unknown>>;
  readonly overrides: readonly Override[];
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
  const variable = options.env ?? ((name) => Deno.env.get(name));
  const env = withCredentials(variable, (file) => {
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
  const overrides = overridesOf(env, flags, (name) => Boolean(variable(name)));
  const written = withOverrides(parse(path, readFile), overrides);
  const settings = readSettings(allSettings, written, {
    path: "",
    section: {},
    sources,
    resolve: (file) => resolve(folder, file),
    hostSource: overrides.findLast(({ setting }) => setting === "llm.ollama_host")?.name,
    problems,
    warnings,
  });
  // An unknown key may be a misspelled one that is missing.
  const unknown = warnings.filter((warning) => warning.includes(NOT_A_SETTING));
  if (problems.length > 0) {
    throw new ConfigError(path, [...problems, ...unknown], { warnings: unknown });
  }
  problems.push(...fileConflicts(settings, read), ...duplicateNames(settings.commands.names));
  if (problems.length > 0) throw new ConfigError(path, problems);
  return {
    path,
    settings,
    warnings: [
      ...warnings,
      ...commandTriggers(settings),
      ...settings.llm.enabled ? credentialWarnings(serversOf(settings.llm)) : [],
    ],
    secrets: [...new Set(sources.secrets)],
    written,
    overrides,
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

function parse(path: string, readFile: (path: string) => string): Record<string, unknown> {
  let text: string;
  try {
    text = readFile(path).replace(/^\uFEFF/, "");
  } catch (error) {
    const advice = error instanceof Deno.errors.PermissionDenied
      ? "let the bot's user read it; a service gets its secrets as credentials"
      : error instanceof Deno.errors.NotFound
      ? `${PROGRAM} init${path === "config.json" ? "" : ` --config ${path}`} makes it`
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
