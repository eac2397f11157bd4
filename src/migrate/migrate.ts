/**
 * Makes configurations of this program from those of the Python Rosey. The forms are told apart key by
 * key: a key is an old one with another name, an old one without a use, or one of this program's.
 */
import { isObject, type RawSection, type Setting } from "../config/schema.ts";
import { allSettings } from "../config/settings.ts";
import {
  type ConvertContext,
  DROPPED,
  isPlaceholder,
  LeftOut,
  MOVED,
  PROVIDERS,
} from "./old_keys.ts";
import { migrateTriggers } from "./triggers.ts";

export type Draft = Record<string, unknown>;

export interface Migrated {
  readonly config: Draft;
  /** The servers of other providers, which could be `llm.fallbacks`. */
  readonly fallbacks: readonly Draft[];
  /** The old `log_only`: start with `--dry-run`. */
  readonly dryRun: boolean;
}

export interface Migration {
  /** One for each channel. */
  readonly configs: readonly Migrated[];
  /** What became of each old key. */
  readonly report: ReadonlyMap<string, string>;
}

const PLACEHOLDER = "a placeholder of the template: left out";
const NONE = "no counterpart: left out";
const SAME = "the same";

export function migrate(old: RawSection, context: ConvertContext): Migration {
  const report = new Map<string, string>();
  const platforms = (Array.isArray(old.platforms) ? old.platforms : []).map(Object);
  const isUsed = ({ enabled = true, type = "cytube" }) => Boolean(enabled) && type === "cytube";
  const chosen = platforms.flatMap((platform, at) => isUsed(platform) ? [at] : []);
  platforms.forEach((platform, at) => {
    const { enabled = true } = platform;
    if (isUsed(platform)) return;
    report.set(`platforms[${at}]`, enabled ? "not a CyTube channel: left out" : "off: left out");
  });
  const makes = chosen.length > 0 ? chosen : [undefined];
  const configs = makes.map((at) => new Migrator(old, { context, report, at }).run());
  return { configs, report };
}

/** Makes one configuration. */
class Migrator {
  readonly #old: RawSection;
  readonly #context: ConvertContext;
  readonly #report: Map<string, string>;
  readonly #platform: number | undefined;
  readonly #config: Draft = {};
  readonly #fallbacks = new Map<string, Draft>();
  readonly #provider: string;
  #dryRun = false;

  constructor(
    old: RawSection,
    { context, report, at }: {
      readonly context: ConvertContext;
      readonly report: Map<string, string>;
      readonly at: number | undefined;
    },
  ) {
    this.#old = old;
    this.#context = context;
    this.#report = report;
    this.#platform = at;
    const { provider = "ollama" } = Object(old.llm);
    this.#provider = String(provider).trim().toLowerCase();
  }

  run(): Migrated {
    const { platforms, llm, ...others } = this.#old;
    if (this.#platform !== undefined && Array.isArray(platforms)) {
      const path = `platforms[${this.#platform}].`;
      const { type, name, enabled, ...platform } = Object(platforms[this.#platform]);
      const named = Object.entries({ type, name, enabled });
      for (const [key, value] of named) {
        if (value !== undefined) this.#tell(path + key, "not needed");
      }
      this.#walk(platform, { path, key: "" });
    }
    // The bot's name has to be known before the words that call it.
    this.#walk(others, { path: "", key: "" });
    if (llm !== undefined) this.#walk(Object(llm), { path: "llm.", key: "llm." });
    const fallbacks = [...this.#fallbacks.values()];
    return { config: this.#config, fallbacks, dryRun: this.#dryRun };
  }

  /**
   * @param path In the old file, with a dot at its end.
   * @param key The same without the number of the platform.
   */
  #walk(section: RawSection, { path, key }: { path: string; key: string }): void {
    for (const [name, value] of Object.entries(section)) {
      if (/^[_$]/.test(name)) continue;
      this.#take({ path: path + name, key: key + name, value });
    }
  }

  #take(at: { path: string; key: string; value: unknown }): void {
    const { path, key, value } = at;
    const provider = /^llm\.([^.]+)$/.exec(key)?.[1] ?? "";
    const known = settingAt(key);
    if (Object.hasOwn(DROPPED, key)) {
      this.#tell(path, `left out: ${DROPPED[key]}`);
    } else if (isPlaceholder(value)) {
      this.#tell(path, PLACEHOLDER);
    } else if (Object.hasOwn(MOVED, key)) {
      this.#move(path, MOVED[key]!.to, MOVED[key]!.convert?.(value, this.#context) ?? value);
    } else if (Object.hasOwn(PROVIDERS, provider) && isObject(value)) {
      this.#takeProvider(provider, value);
    } else if (this.#takeOddKey(path, key, value)) {
      return;
    } else if (known?.settings && isObject(value)) {
      this.#walk(value, { path: `${path}.`, key: `${key}.` });
    } else if (known) {
      const isFolder = key === "llm.personas" && typeof value === "string";
      this.#move(path, key, isFolder ? this.#context.writable(value) : this.#withPaths(value));
    } else if (isObject(value) && Object.keys(MOVED).some((old) => old.startsWith(`${key}.`))) {
      this.#walk(value, { path: `${path}.`, key: `${key}.` });
    } else {
      this.#tell(path, NONE);
    }
  }

  /** Keys whose value depends on another one. */
  #takeOddKey(path: string, key: string, value: unknown): boolean {
    const { provider, limit } = PROVIDERS[this.#provider] ?? PROVIDERS.openai!;
    switch (key) {
      case "cytube.host":
      case "cytube.secure": {
        const { host, secure = true } = Object(this.#old.cytube);
        this.#move(path, "domain", `${secure ? "https" : "http"}://${host}`);
        return true;
      }
      case "llm.provider":
        if (value === provider) return false;
        this.#set(this.#config, key, PROVIDERS[this.#provider] ? provider : value);
        this.#tell(path, PROVIDERS[this.#provider] ? `→ ${provider}` : SAME);
        return true;
      case "llm.temperature":
        this.#move(path, "llm.options.temperature", value);
        return true;
      case "llm.max_tokens":
        this.#move(path, `llm.options.${limit}`, value);
        return true;
      case "llm.log_only":
        this.#dryRun = value === true;
        this.#tell(path, value === true ? "start the bot with --dry-run" : "not needed");
        return true;
      case "llm.triggers": {
        const [name] = [this.#config.user].flat();
        migrateTriggers(Object(value), {
          bot: typeof name === "string" ? name : undefined,
          set: (to, made) => this.#set(this.#config, to, made),
          tell: (inner, became) => this.#tell(`${path}.${inner}`, became),
        });
        return true;
      }
      default:
        return false;
    }
  }

  /** The section of one provider: the one in use, or a fallback. */
  #takeProvider(name: string, section: RawSection): void {
    const { provider, limit, keys, fixed } = PROVIDERS[name]!;
    const isMain = name === this.#provider;
    const { base_url, api_key } = section;
    const isUsable = name === "ollama" ? base_url : api_key && !isPlaceholder(api_key);
    if (!isMain && !isUsable) {
      const missing = name === "ollama" ? "address" : "API key";
      return this.#tell(`llm.${name}`, `not in use and without ${missing}: left out`);
    }
    const target: Draft = isMain ? Object(this.#config.llm) : { provider };
    Object.assign(target, fixed);
    for (const [key, value] of Object.entries(section)) {
      if (/^[_$]/.test(key)) continue;
      const to = keys[key];
      const path = `llm.${name}.${key}`;
      if (to === undefined) this.#tell(path, NONE);
      else if (isPlaceholder(value)) this.#tell(path, PLACEHOLDER);
      else {
        this.#set(target, to, value);
        this.#tell(path, isMain ? `→ llm.${to}` : `→ llm.fallbacks[].${to}, if you want it`);
      }
    }
    if (isMain) {
      this.#config.llm = target;
      return;
    }
    const { temperature, max_tokens } = Object(this.#old.llm);
    if (temperature !== undefined) this.#set(target, "options.temperature", temperature);
    if (max_tokens !== undefined) this.#set(target, `options.${limit}`, max_tokens);
    this.#fallbacks.set(name, target);
  }

  #move(path: string, to: string, value: unknown): void {
    if (value instanceof LeftOut) return this.#tell(path, `left out: ${value.reason}`);
    this.#set(this.#config, to, value);
    this.#tell(path, to === path ? SAME : `→ ${to}`);
  }

  #set(target: Draft, key: string, value: unknown): void {
    const [first, ...rest] = key.split(".");
    if (rest.length === 0) {
      target[first!] = value;
      return;
    }
    const inner = { ...Object(target[first!]) };
    this.#set(inner, rest.join("."), value);
    target[first!] = inner;
  }

  #tell(path: string, became: string): void {
    this.#report.set(path, became);
  }

  /** Adapts the paths of files with secrets, personas and certificates. */
  #withPaths(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((each) => this.#withPaths(each));
    if (!isObject(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, each]) => [
        key,
        /^(?:ca_)?file$/.test(key) && typeof each === "string"
          ? this.#context.writable(each)
          : this.#withPaths(each),
      ]),
    );
  }
}

/** The setting of this name in the file, such as `llm.model`. */
function settingAt(key: string): Setting<unknown> | undefined {
  let settings: Readonly<Record<string, Setting<unknown>>> | undefined = allSettings;
  let found: Setting<unknown> | undefined;
  for (const part of key.split(".")) {
    found = Object.values(settings ?? {}).find(({ key }) => key === part);
    settings = found?.settings;
  }
  return found;
}
