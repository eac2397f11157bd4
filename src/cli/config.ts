import { loadConfig } from "../config/load.ts";
import { jsonSchema } from "../config/settings.ts";
import { type ShownSetting, shownSettings } from "../config/shown_settings.ts";
import { EXIT } from "../errors.ts";
import { jsonText, oneLine } from "../one_line.ts";
import { hasColours } from "../output.ts";
import type { ConfigCommandFlags } from "./flags.ts";
import { tableLines, terminalWidth } from "./terminal.ts";

/**
 * `rosey config`: prints the settings, or with `schema` their JSON Schema.
 *
 * @throws {ConfigError} When the configuration cannot be used.
 */
export function config(flags: ConfigCommandFlags, what: string | undefined): Promise<number> {
  if (what === "schema") {
    console.log(JSON.stringify(jsonSchema(), null, 2));
    return Promise.resolve(EXIT.ok);
  }
  const loaded = loadConfig(flags.config, { flags });
  const settings = shownSettings(loaded);
  if (flags.json) {
    const withNull = settings.map(({ value = null, ...rest }) => ({ ...rest, value }));
    console.log(jsonText({ file: flags.config, settings: withNull, warnings: loaded.warnings }));
    return Promise.resolve(EXIT.ok);
  }
  for (const warning of loaded.warnings) console.error(oneLine(`! ${flags.config}: ${warning}`));
  const rows = settings.map((shown) => [shown.setting, sourceText(shown), valueText(shown)]);
  const options = { colours: hasColours(), width: terminalWidth() };
  for (const line of tableLines([["SETTING", "FROM", "VALUE"], ...rows], options)) {
    console.log(line);
  }
  return Promise.resolve(EXIT.ok);
}

function sourceText({ source, name }: ShownSetting): string {
  return name === undefined ? source : `${source} ${name}`;
}

function valueText({ value = "-" }: ShownSetting): string {
  return typeof value === "string" && value !== "" ? value : JSON.stringify(value);
}
