import type { LoadedConfig } from "../config/load.ts";
import { serversOf } from "../config/servers.ts";
import type { LlmSettings } from "../config/settings.ts";
import { providersOf } from "../llm/make_providers.ts";
import { ModelPool } from "../llm/model_pool.ts";
import { oneLine } from "../one_line.ts";

/**
 * Uses the configured model servers, also with `llm.enabled: false`. Prints each mistake.
 *
 * @param path The configuration file.
 * @returns Undefined if no server can be used.
 */
export function openModels({ settings: { llm } }: LoadedConfig, path: string) {
  const models = new ModelPool({
    setup: (llm: LlmSettings) => {
      const { providers, mistakes } = providersOf(serversOf(llm));
      for (const mistake of new Set(mistakes)) console.error(oneLine(`✗ ${mistake}`));
      if (mistakes.length > 0) console.error(oneLine(`    → correct llm in ${path}`));
      return providers;
    },
  });
  models.use(llm);
  return models.monitors.length > 0 ? models : undefined;
}
