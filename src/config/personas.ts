/** Personas: texts of the configuration, or Markdown files with front matter. */
import * as v from "valibot";
import { extractYaml } from "@std/front-matter";
import { errorMessage } from "../errors.ts";
import { type ReadContext, readSettings, type Setting, setting } from "./schema.ts";
import { filled, modelOptions, text } from "./schema_parts.ts";
import { LOAD_OPTIONS, RESERVED } from "./unused_settings.ts";

export interface Persona {
  /** Without front matter; empty: the bot's own default. */
  readonly text: string;
  /** For people who choose one. */
  readonly description?: string;
  /** Replace those of `llm.options` while the persona is in use. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** By name. */
export type Personas = Readonly<Record<string, Persona>>;

/** The persona that the operator wrote as `system_prompt`. */
export const DEFAULT_PERSONA_NAME = "default";
export const NO_PERSONA: Persona = { text: "", options: {} };

const PERSONA = 'a text, or {"file": "path"}';
const PERSONAS = "an object of personas, or the folder with their files";
const NAME = "one line of at most 40 characters";
const DESCRIPTION = "one line of at most 100 characters";
const HELP = "Other personas by name, or the folder with their Markdown files, for !persona.";
const BEGINS_WITH_RULE = /^\uFEFF?---\s*\n/;
/** The server would load its model again, or the bot could not read the answer. */
const NOT_OF_A_PERSONA = [...LOAD_OPTIONS, ...RESERVED];

const folder = filled(PERSONAS);
const personas = v.pipe(
  v.record(
    v.string(),
    v.union([text(PERSONA), v.strictObject({ file: filled(PERSONA) })], PERSONA),
    PERSONAS,
  ),
  v.check(
    (personas) =>
      !Object.keys(personas).some((name) => name.toLowerCase() === DEFAULT_PERSONA_NAME),
    `other names than ${DEFAULT_PERSONA_NAME}, which is that of system_prompt`,
  ),
);

export const personasSetting: Setting<Personas> = {
  // Each form is checked by itself, so that a mistake is reported where it was made.
  ...setting<v.GenericSchema<unknown, v.InferOutput<typeof personas> | string>, Personas>(
    "personas",
    v.optional(v.lazy((value) => typeof value === "string" ? folder : personas), {}),
    { help: HELP, convert: readPersonas },
  ),
  schema: v.optional(
    v.pipe(
      v.union([personas, folder], PERSONAS),
      v.description(HELP),
    ),
    {},
  ),
};

const oneLine = (expected: string, maxLength: number) =>
  v.pipe(filled(expected), v.regex(/^.*$/, expected), v.maxLength(maxLength, expected));

const frontMatter = {
  name: setting("name", v.optional(oneLine(NAME, 40)), { help: "Its name in a folder." }),
  description: setting("description", v.optional(oneLine(DESCRIPTION, 100)), {
    help: "What !persona says of it.",
  }),
  options: setting("options", modelOptions, {
    help: "The model's parameters while it is in use.",
    convert: (options, { path, warnings }) => {
      const unusable = NOT_OF_A_PERSONA.filter((name) => Object.hasOwn(options, name));
      for (const name of unusable) {
        warnings.push(`${path}.${name} has no effect: no persona can change it`);
      }
      const usable = Object.entries(options).filter(([name]) => !unusable.includes(name));
      return Object.fromEntries(usable);
    },
  }),
};

/** Reads a persona's file for the setting at the context's path. */
export function readPersona(file: string, context: ReadContext): Persona {
  const { name: _, ...persona } = readFile(file, context);
  return persona;
}

function readPersonas(
  written: v.InferOutput<typeof personas> | string,
  context: ReadContext,
): Personas {
  if (typeof written === "string") return readFolder(written, context);
  const read = Object.entries(written).map(([name, persona]) => [
    name,
    typeof persona === "string"
      ? { ...NO_PERSONA, text: persona }
      : readPersona(persona.file, { ...context, path: `${context.path}.${name}` }),
  ]);
  return Object.fromEntries(read);
}

/** Every `.md` file is a persona, by the name that it has there or else by that of the file. */
function readFolder(folder: string, context: ReadContext): Personas {
  const { path, problems, sources } = context;
  const before = problems.length;
  const found = new Map<string, Persona>();
  for (const file of sources.list(folder, path).filter((name) => /^[^.].*\.md$/.test(name))) {
    const stem = file.slice(0, -".md".length);
    const { name = stem, ...persona } = readFile(`${folder}/${file}`, {
      ...context,
      path: `${path}.${stem}`,
    });
    if (problems.length > before) continue;
    const taken = [DEFAULT_PERSONA_NAME, ...found.keys()].map((other) => other.toLowerCase());
    if (taken.includes(name.toLowerCase())) {
      problems.push(`${path}.${stem}.name: expected another than ${name}, which is taken`);
    }
    found.set(name, persona);
  }
  if (found.size === 0 && problems.length === before) {
    problems.push(`${path}: ${folder} holds no .md file`);
  }
  return Object.fromEntries(found);
}

function readFile(file: string, context: ReadContext): Persona & { readonly name?: string } {
  const { path, problems, warnings, sources } = context;
  const text = sources.read(file, path);
  if (!BEGINS_WITH_RULE.test(text)) return { ...NO_PERSONA, text };
  try {
    const { attrs, body } = extractYaml(text);
    return { text: body, ...readSettings(frontMatter, attrs ?? {}, context) };
  } catch (error) {
    if (error instanceof TypeError) {
      warnings.push(`${path}: ${file} has no second line --- to end its front matter`);
      return { ...NO_PERSONA, text };
    }
    // The lines below the first quote the file.
    const [reason] = errorMessage(error).split(/:?\n/);
    problems.push(`${path}: cannot read the front matter of ${file}: ${reason}`);
    return NO_PERSONA;
  }
}
