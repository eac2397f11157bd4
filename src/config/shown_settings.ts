/** The settings as an operator may see them: without secrets, and with where each value came from. */
import * as v from "valibot";
import { redactor } from "../redact.ts";
import { isPublic } from "./headers.ts";
import type { LoadedConfig } from "./load.ts";
import type { Override } from "./overrides.ts";
import { isObject, type RawSection, type Setting } from "./schema.ts";
import { serversOf } from "./servers.ts";
import { allSettings } from "./settings.ts";

export interface ShownSetting {
  /** In the file, such as `llm.model` or `llm.fallbacks[0].model`. */
  readonly setting: string;
  /** As in the file; undefined: there is none. */
  readonly value: unknown;
  readonly source: Override["source"] | "file" | "default";
  /** Of the flag, the variable, or the file with a secret. */
  readonly name?: string;
}

/** A single value of the file, or the default of one that is missing. */
type Leaf = Pick<ShownSetting, "setting" | "value"> & { readonly isDefault?: boolean };

const MASK = "********";
const SECRET = /(?:api_key|^(?:user|channel)\[1\])$/;
const HEADER = /\.headers\.(.+)$/;

/** Every setting in the order of the schema, then the API keys that are in the environment alone. */
export function shownSettings(
  { settings, written, overrides, secrets }: LoadedConfig,
): ShownSetting[] {
  const redact = redactor(secrets);
  const keys = serversOf(settings.llm).flatMap(({ apiKey, keySource, variable }) =>
    apiKey !== undefined && variable?.name === keySource ? [keySource] : []
  );
  const originOf = (name: string): Partial<ShownSetting> => {
    const found = overrides.findLast(({ setting }) => setting === name);
    return found ? { source: found.source, name: found.name } : {};
  };
  const shown = settingLeaves(allSettings, written, "").map((leaf): ShownSetting => {
    const { setting, value, isDefault } = leaf;
    if (isSecret(setting) && value) return { ...hidden(leaf), ...originOf(setting) };
    const source = isDefault ? "default" : "file";
    return { setting, value: withoutSecrets(value, redact), source, ...originOf(setting) };
  });
  return [
    ...shown,
    ...[...new Set(keys)].map((name): ShownSetting => (
      { setting: name, value: MASK, source: "environment", ...originOf(name) }
    )),
  ];
}

/** A secret may be elsewhere: `{"env": "NAME"}` or `{"file": "path"}`. */
function hidden({ setting, value }: Leaf): ShownSetting {
  const { env, file } = Object(value);
  return env === undefined
    ? { setting, value: MASK, source: "file", name: file }
    : { setting, value: MASK, source: "environment", name: env };
}

function isSecret(setting: string): boolean {
  const header = HEADER.exec(setting)?.[1];
  return SECRET.test(setting) || (header !== undefined && !isPublic(header.toLowerCase()));
}

function withoutSecrets(value: unknown, redact: (text: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutSecrets(item, redact));
  if (typeof value !== "string") return value;
  // The name and password in an address.
  return redact(value.replace(/(?<=:\/\/)\S*@/g, `${MASK}@`));
}

function settingLeaves(
  settings: Readonly<Record<string, Setting<unknown>>>,
  section: RawSection,
  prefix: string,
): Leaf[] {
  return Object.values(settings).flatMap(({ key, schema, settings }) => {
    const setting = prefix + key;
    const value = section[key];
    const fallback: unknown = v.getDefault(schema);
    const inner = value ?? fallback;
    if (settings && isObject(inner)) return settingLeaves(settings, inner, `${setting}.`);
    return value === undefined
      ? [{ setting, value: fallback, isDefault: true }]
      : leavesOf(setting, value);
  });
}

/** A name with its password, an object and a list of objects are several values. */
function leavesOf(setting: string, value: unknown): Leaf[] {
  if (isSecret(setting)) return [{ setting, value }];
  if (Array.isArray(value)) {
    const hasPassword = /^(?:user|channel)$/.test(setting);
    if (hasPassword) return [{ setting, value: value[0] }, ...leavesOf(`${setting}[1]`, value[1])];
    if (!value.some(isObject)) return [{ setting, value }];
    return value.flatMap((item, at) => leavesOf(`${setting}[${at}]`, item));
  }
  const entries = isObject(value)
    ? Object.entries(value).filter(([key]) => !/^[_$]/.test(key))
    : [];
  if (entries.length === 0) return [{ setting, value }];
  return entries.flatMap(([key, inner]) => leavesOf(`${setting}.${key}`, inner));
}
