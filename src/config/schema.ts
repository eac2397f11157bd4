/**
 * How a setting is described and read. A section maps names of the program (`kickPauseSeconds`) to
 * settings, which know their name in the file (`kick_pause`), type, default and help.
 */
import { toJsonSchema } from "@valibot/to-json-schema";
import * as v from "valibot";
import { schemaProblem, unknownKeys } from "./problems.ts";
import type { SecretSources } from "./secrets.ts";

/** A section as it is in the file. */
export type RawSection = Readonly<Record<string, unknown>>;

/** Where a setting is read, and what its value depends on besides the file. */
export interface ReadContext {
  /** In the file, such as `llm.ca_file`. */
  readonly path: string;
  readonly section: RawSection;
  readonly sources: SecretSources;
  /** Makes the path of a file that the bot writes absolute. */
  readonly resolve: (file: string) => string;
  /** The flag or variable that replaces `llm.ollama_host`; never that of a fallback. */
  readonly hostSource?: string;
  readonly problems: string[];
  readonly warnings: string[];
}

export interface Setting<T> {
  /** In the file. */
  readonly key: string;
  /** Describes the value in the file, with its help. */
  readonly schema: v.GenericSchema;
  /** A reload applies a change of this setting. */
  readonly live: boolean;
  /** Of a section, or of each in a list of them. */
  readonly settings?: SettingTable;
  /** Validates and converts a value. Its result counts only if no problem was added. */
  read(value: unknown, context: ReadContext): T;
}

type SettingTable = Readonly<Record<string, Setting<unknown>>>;

/** The values of some settings, by the program's names. */
export type ValuesOf<S extends SettingTable> = {
  readonly [K in keyof S]: S[K] extends Setting<infer T> ? T : never;
};

interface SettingOptions<Raw, T> {
  /** One sentence for the JSON Schema. */
  readonly help: string;
  readonly live?: boolean;
  /** Converts what is in the file. */
  readonly convert?: (raw: Raw, context: ReadContext) => T;
}

/**
 * A single setting. Messages of the schema complete the sentence "expected …". `NoInfer` keeps
 * TypeScript from inferring T from the surrounding table.
 */
export function setting<S extends v.GenericSchema, T = v.InferOutput<S>>(
  key: string,
  schema: S,
  { help, live = false, convert = (raw) => raw as T }: SettingOptions<v.InferOutput<S>, T>,
): Setting<NoInfer<T>> {
  return {
    key,
    schema: v.pipe(schema, v.description(help)),
    live,
    read(value, context) {
      const result = v.safeParse(schema, value);
      if (result.success) return convert(result.output, context);
      for (const issue of result.issues) {
        context.problems.push(schemaProblem(issue, context.path));
      }
      return result.output as T;
    },
  };
}

/** An object of settings; a missing one has the defaults of all its settings. */
export function section<S extends SettingTable>(
  key: string,
  settings: S,
  help: string,
  { live = false }: { readonly live?: boolean } = {},
): Setting<ValuesOf<S>> {
  return {
    key,
    schema: v.optional(v.pipe(objectSchema(settings), v.description(help)), {}),
    live,
    settings,
    read: (value = {}, context) => readSettings(settings, value, context),
  };
}

/** A section whose absence switches something off. */
export function optionalSection<S extends SettingTable>(
  key: string,
  settings: S,
  help: string,
): Setting<ValuesOf<S> | undefined> {
  const { read, ...whole } = section(key, settings, help);
  return {
    ...whole,
    schema: v.optional(v.pipe(objectSchema(settings), v.description(help))),
    read: (value, context) => value === undefined ? undefined : read(value, context),
  };
}

/**
 * A list of sections.
 *
 * @param defaults What an entry leaves out, as in the file.
 */
export function sectionList<S extends SettingTable>(
  key: string,
  settings: S,
  help: string,
  defaults: (entry: RawSection, section: RawSection) => RawSection,
): Setting<readonly ValuesOf<S>[]> {
  const expected = "a list of objects";
  const list = v.array(anyObject, expected);
  return {
    ...setting(key, v.optional(list, []), {
      help,
      convert: (entries, context) =>
        entries.map((entry, at) =>
          readSettings(settings, { ...defaults(entry, context.section), ...entry }, {
            ...context,
            path: `${context.path}[${at}]`,
            hostSource: undefined,
          })
        ),
    }),
    schema: v.optional(v.pipe(v.array(objectSchema(settings), expected), v.description(help)), []),
  };
}

/** A list of sections, or a single one, which becomes a list. A missing one is an empty list. */
export function oneOrMoreSections<S extends SettingTable>(
  key: string,
  settings: S,
  help: string,
): Setting<readonly ValuesOf<S>[]> {
  const entry = objectSchema(settings);
  const expected = "an object, or a list of objects";
  return {
    key,
    live: false,
    settings,
    schema: v.optional(v.pipe(v.union([entry, v.array(entry)], expected), v.description(help))),
    read: (value = [], context) => {
      const read = (entry: unknown, path: string) =>
        readSettings(settings, entry, { ...context, path });
      return Array.isArray(value)
        ? value.map((entry, at) => read(entry, `${context.path}[${at}]`))
        : [read(value, context.path)];
    },
  };
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Valibot's own record takes a list for one. */
const anyObject = v.custom<RawSection>(isObject, "an object");

/** Reads all settings of a section. Adds every problem, and a warning for each unknown key. */
export function readSettings<S extends SettingTable>(
  settings: S,
  value: unknown,
  context: ReadContext,
): ValuesOf<S> {
  const result = v.safeParse(anyObject, value);
  if (!result.success) {
    context.problems.push(...result.issues.map((issue) => schemaProblem(issue, context.path)));
    return {} as ValuesOf<S>;
  }
  const raw = result.output;
  const prefix = context.path && `${context.path}.`;
  const known = Object.values(settings).map(({ key }) => key);
  context.warnings.push(...unknownKeys(raw, known, prefix));
  const values = Object.entries(settings).map(([name, { key, read }]) => [
    name,
    read(raw[key], { ...context, path: prefix + key, section: raw }),
  ]);
  return Object.fromEntries(values);
}

/** The names in the file, such as `llm.model`, of settings that have different values. */
export function differences(settings: SettingTable, before: object, after: object): string[] {
  const values = new Map(Object.entries(after));
  return Object.entries(before).flatMap(([name, value]) => {
    const other: unknown = values.get(name);
    const { key, settings: inner } = settings[name]!;
    if (JSON.stringify(value) === JSON.stringify(other)) return [];
    if (!inner || !value || !other || Array.isArray(value)) return [key];
    return differences(inner, value, other).map((name) => `${key}.${name}`);
  });
}

/** What is in a section of the file, without the values that are the defaults. */
export function withoutDefaults(
  settings: SettingTable,
  section: RawSection,
): Record<string, unknown> {
  const rest = Object.entries(section).flatMap(([key, value]) => {
    const known = Object.values(settings).find((setting) => setting.key === key);
    if (known === undefined) return [[key, value]];
    const inner = known.settings && isObject(value)
      ? withoutDefaults(known.settings, value)
      : value;
    const isDefault = JSON.stringify(inner) === JSON.stringify(v.getDefault(known.schema));
    return isDefault ? [] : [[key, inner]];
  });
  return Object.fromEntries(rest);
}

/** The JSON Schema of some settings, for editors. */
export function jsonSchemaOf(settings: SettingTable): ReturnType<typeof toJsonSchema> {
  return toJsonSchema(objectSchema(settings), { typeMode: "input", errorMode: "ignore" });
}

function objectSchema(settings: SettingTable) {
  const entries = Object.values(settings).map(({ key, schema }) => [key, schema] as const);
  return v.object(Object.fromEntries(entries));
}
