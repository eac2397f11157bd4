/**
 * Makes configurations of this program from those of the Python Rosey. The forms are told apart key by
 * key: a key is an old one, which has a rule, or one of this program's.
 */
import { isObject, type RawSection, type Setting } from "../config/schema.ts";
import { SecretSources } from "../config/secrets.ts";
import { allSettings } from "../config/settings.ts";
import { isPlaceholder, RULES } from "./old_keys.ts";
import { type Draft, EMPTY, type Files, isKey, NONE, notTaken, PLACEHOLDER, SAME } from "./rule.ts";

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
  /** What became of each old key; that of a section may stand for all keys in it. */
  readonly report: ReadonlyMap<string, string>;
}

export function migrate(old: RawSection, files: Files): Migration {
  const report = new Map<string, string>();
  const { platforms = [] } = old;
  const chosen: number[] = [];
  if (!Array.isArray(platforms)) report.set("platforms", notTaken(platforms, "a list"));
  else if (old.platforms && platforms.length === 0) report.set("platforms", EMPTY);
  else {
    platforms.forEach((platform, at) => {
      const { enabled, type = "cytube" } = Object(platform);
      const why = !isObject(platform)
        ? notTaken(platform, "an object")
        : enabled === false
        ? "off: left out"
        : type !== "cytube"
        ? "not a CyTube channel: left out"
        : undefined;
      if (why === undefined) chosen.push(at);
      else report.set(`platforms[${at}]`, why);
    });
  }
  const makes = chosen.length > 0 ? chosen : [undefined];
  return { configs: makes.map((at) => migrateOne(old, at, { files, report })), report };
}

interface At {
  /** The section in the old file, with a dot at its end. */
  readonly path: string;
  /** The same without the number of the platform. */
  readonly key: string;
}

/**
 * Makes one configuration.
 *
 * @param at The number of its platform.
 */
function migrateOne(
  old: RawSection,
  at: number | undefined,
  { files, report }: { readonly files: Files; readonly report: Map<string, string> },
): Migrated {
  const config: Draft = {};
  const fallbacks = new Map<string, Draft>();

  const walk = (section: RawSection, within: At = { path: "", key: "" }) => {
    const names = Object.keys(section).filter(isKey);
    if (names.length === 0 && within.path) report.set(within.path.slice(0, -1), EMPTY);
    for (const name of names) {
      const path = within.path + name;
      const became = take(section, section[name], { path, key: within.key + name });
      if (became !== undefined) report.set(path, became);
    }
  };

  /** Returns what to report; undefined: the keys in the value are reported. */
  const take = (section: RawSection, value: unknown, { path, key: long }: At) => {
    if (isPlaceholder(value)) return PLACEHOLDER;
    const key = RULES.has(long) ? long : long.replace("platforms[].", "");
    const move = (to: string, value: unknown) =>
      place(config, to, value) ?? (to === path ? SAME : `→ ${to}`);
    const tell = (inner: string, became: string) => report.set(path + inner, became);
    const rule = RULES.get(key);
    if (rule) return rule(value, { old, section, files, config, fallbacks, move, place, tell });
    const known = settingAt(key);
    const isOld = [...RULES.keys()].some((old) => old.startsWith(`${key}.`));
    // A section that needs some of its keys is taken as a whole.
    const isSection = known?.settings && place({}, key, {}) === undefined;
    if (isObject(value) && (isSection || isOld)) {
      walk(value, { path: `${path}.`, key: `${key}.` });
    } else if (known) return move(key, withPaths(value, files));
    else return isOld ? notTaken(value, "an object") : NONE;
  };

  const { platforms, llm, ...others } = old;
  if (at !== undefined) {
    walk(Object(platforms)[at], { path: `platforms[${at}].`, key: "platforms[]." });
  }
  walk(others);
  // The bot's name has to be known before the words that call it.
  if (llm !== undefined) walk({ llm });
  return { config, fallbacks: [...fallbacks.values()], dryRun: Object(llm).log_only === true };
}

/** Adapts the paths of files with secrets, personas and certificates. */
function withPaths(value: unknown, files: Files): unknown {
  if (Array.isArray(value)) return value.map((each) => withPaths(each, files));
  if (!isObject(value)) return value;
  const adapted = Object.entries(value).map(([key, each]) => [
    key,
    /^(?:ca_)?file$/.test(key) && typeof each === "string"
      ? files.writable(each)
      : withPaths(each, files),
  ]);
  return Object.fromEntries(adapted);
}

/** Used instead of files and variables: only what the configuration itself holds is checked. */
const SOURCES = {
  env: () => "-",
  readFile: () => "-",
  listFolder: () => ["-.md"],
  problems: [],
};

/** Sets a value that is valid for its setting. Returns what is wrong with one that is not. */
function place(config: Draft, to: string, value: unknown): string | undefined {
  const keys = to.split(".");
  const changed = withValue(config, keys, value);
  // A parameter of `llm.options` is no setting of its own.
  while (settingAt(keys.join(".")) === undefined) keys.pop();
  const path = keys.join(".");
  const name = keys.pop()!;
  const section = keys.reduce<RawSection>((inner, key) => Object(inner[key]), changed);
  const problems: string[] = [];
  const sources = new SecretSources(SOURCES);
  const context = { path, section, sources, problems, warnings: [] };
  settingAt(path)?.read(section[name], { ...context, resolve: (file) => file });
  const [problem] = problems;
  if (problem === undefined) return void Object.assign(config, changed);
  const [, at, expected, found] =
    /^(.*?): expected (.*), found (.*?)(?:; did you mean .*)?$/.exec(problem) ?? [];
  if (at === undefined) return `not taken over: ${problem}`;
  return `not taken over: ${at === path ? "" : `${at}: `}${found} is not ${expected}`;
}

function withValue(section: unknown, [first, ...rest]: readonly string[], value: unknown): Draft {
  const old = Object(section);
  return { ...old, [first!]: rest.length === 0 ? value : withValue(old[first!], rest, value) };
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
