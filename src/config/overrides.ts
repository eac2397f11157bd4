/** What flags and environment variables set instead of the configuration file. */
import { isObject } from "./schema.ts";
import type { Lookup } from "./secrets.ts";
import { PROVIDER_SETTINGS } from "./settings_providers.ts";

/** What a flag or a variable sets instead of the file. */
export interface Override {
  /** In the file, such as `llm.ollama_host` or `user[1]`; else the variable's name. */
  readonly setting: string;
  readonly value: string;
  /** A credential is a variable that the service manager keeps in a file. */
  readonly source: "flag" | "environment" | "credential";
  /** Of the flag or variable. */
  readonly name: string;
}

/** Command-line flags that override everything else. */
export interface ConfigFlags {
  readonly logLevel?: string;
  readonly logFormat?: string;
  readonly ollamaHost?: string;
}

/** What flags and variables set, the strongest last. */
export function overridesOf(
  env: Lookup,
  flags: ConfigFlags,
  isVariable: (name: string) => boolean,
): Override[] {
  const variables = Object.values(PROVIDER_SETTINGS).flatMap(({ variables }) =>
    Object.entries(variables).map(([key, name]) => [`llm.${key}`, name] as const)
  );
  const ofEnv = [
    ["log_level", "ROSEY_LOG_LEVEL"],
    ["user[1]", "ROSEY_PASSWORD"],
    // Belongs to no setting: servers.ts decides which server gets it.
    ["OLLAMA_API_KEY", "OLLAMA_API_KEY"],
    ...variables,
  ] as const;
  const ofFlags = [
    ["log_level", "--log-level", flags.logLevel],
    ["log_format", "--log-format", flags.logFormat],
    ["llm.ollama_host", "--ollama-host", flags.ollamaHost || undefined],
  ] as const;
  return [
    ...ofEnv.map(([setting, name]) => {
      const source = isVariable(name) ? "environment" as const : "credential" as const;
      return { setting, value: env(name), source, name };
    }),
    ...ofFlags.map(([setting, name, value]) => ({ setting, value, source: "flag" as const, name })),
  ].flatMap(({ value, ...about }) => value === undefined ? [] : [{ ...about, value }]);
}

/** What the file would hold if the overrides were written in it. */
export function withOverrides(
  file: Record<string, unknown>,
  overrides: readonly Override[],
): Record<string, unknown> {
  const { user, llm = {} } = file;
  const given = (setting: string) =>
    overrides.findLast((found) => found.setting === setting)?.value;
  const logLevel = given("log_level") ?? file.log_level;
  const password = given("user[1]");
  const name = Array.isArray(user) ? user[0] : user;
  const ofModel = overrides.filter(({ setting }) => setting.startsWith("llm."))
    .map(({ setting, value }) => [setting.slice("llm.".length), value]);
  return {
    ...file,
    log_level: typeof logLevel === "string" ? logLevel.toUpperCase() : logLevel,
    log_format: given("log_format") ?? file.log_format,
    user: password && typeof name === "string" ? [name, password] : user,
    llm: isObject(llm) ? { ...llm, ...Object.fromEntries(ofModel) } : llm,
  };
}
