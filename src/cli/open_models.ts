import { correction } from "../check/configuration.ts";
import { loadConfig, type LoadedConfig } from "../config/load.ts";
import { type ServerSettings, serversOf } from "../config/servers.ts";
import type { LlmSettings } from "../config/settings.ts";
import { providersOf, type UsableServer } from "../llm/make_providers.ts";
import { ModelPool } from "../llm/model_pool.ts";
import { oneLine } from "../one_line.ts";
import type { PullFlags } from "./flags.ts";

/** Loads the configuration, and prints what has no effect in it. */
export function loadAndWarn(flags: PullFlags): LoadedConfig {
  const config = loadConfig(flags.config, { flags });
  for (const warning of config.warnings) console.error(oneLine(`! ${config.path}: ${warning}`));
  return config;
}

/** The servers that can be used. Prints why others cannot. */
export function usableServers(
  servers: readonly ServerSettings[],
  path: string,
): { readonly usable: readonly UsableServer[]; readonly hasMistakes: boolean } {
  const { usable, mistakes } = providersOf(servers);
  for (const mistake of mistakes) {
    console.error(oneLine(`✗ ${mistake.message}`));
    console.error(oneLine(`    → ${correction(mistake, path)}`));
  }
  return { usable, hasMistakes: mistakes.length > 0 };
}

/**
 * Uses the configured model servers, also with `llm.enabled: false`.
 *
 * @returns Undefined if no server can be used.
 */
export function openModels({ path, settings }: LoadedConfig): ModelPool | undefined {
  const models = new ModelPool({
    setup: (llm: LlmSettings) =>
      usableServers(serversOf(llm), path).usable.map(({ provider }) => provider),
  });
  models.use(settings.llm);
  return models.monitors.length > 0 ? models : undefined;
}
