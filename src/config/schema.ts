/**
 * Every setting of the configuration file, once: its type, default and meaning. The messages are what
 * an operator reads after "expected".
 *
 * @module
 */
import * as v from "valibot";
import { toJsonSchema } from "@valibot/to-json-schema";
import { LOG_FORMATS, LOG_LEVELS } from "./log_choices.ts";
import { commandsSchema } from "./schema_commands.ts";
import { llmSchema } from "./schema_llm.ts";
import { httpUrl, limitSeconds, secret, text } from "./schema_parts.ts";
import { speakOnSchema } from "./schema_speak_on.ts";

/** The names that the server allows. Source: `/^[\w-]{1,30}$/` and `/^[\w-]{1,20}$/` in CyTube. */
function nameWithPassword(what: string, maxLength: number) {
  const expected = `${what} (1 to ${maxLength} of a-z A-Z 0-9 _ -), or [name, password]`;
  const name = v.pipe(
    v.string(expected),
    v.regex(new RegExp(`^[A-Za-z0-9_-]{1,${maxLength}}$`), expected),
  );
  return v.union([name, v.strictTuple([name, secret], expected)], expected);
}

const PORT = "a port from 1 to 65535";

/** The `status` section. */
const statusSchema = v.object({
  port: v.optional(
    v.pipe(
      v.number(PORT),
      v.integer(PORT),
      v.minValue(1, PORT),
      v.maxValue(65_535, PORT),
      v.description("Where the page, /metrics, /healthz and /readyz are, on 127.0.0.1 alone."),
    ),
  ),
}, "an object");

const MEGABYTES = "a number of megabytes from 0 to 1000000";
const KEPT = "a whole number from 1 to 1000";

/** The whole file. */
export const configSchema = v.object({
  domain: v.optional(
    v.pipe(httpUrl(), v.description("The CyTube site.")),
    "https://cytu.be",
  ),
  channel: v.pipe(
    nameWithPassword("the channel's name", 30),
    v.description("The channel to join, with its password if it has one."),
  ),
  user: v.pipe(
    nameWithPassword("a user name", 20),
    v.description("The bot's name; with a password a registered account, without one a guest."),
  ),
  kick_pause: v.optional(
    v.pipe(
      limitSeconds(),
      v.description("Seconds to stay out after a kick; doubled each time, up to an hour."),
    ),
    300,
  ),
  log_level: v.optional(
    v.pipe(v.picklist(LOG_LEVELS, LOG_LEVELS.join(", ")), v.description("How much is logged.")),
    "INFO",
  ),
  log_format: v.optional(
    v.pipe(
      v.picklist(LOG_FORMATS, LOG_FORMATS.join(", ")),
      v.description("auto: the journal's form under systemd, else a terminal's."),
    ),
    "auto",
  ),
  chat_log_file: v.optional(v.pipe(text("a path"), v.description("Where chat is written."))),
  media_log_file: v.optional(
    v.pipe(text("a path"), v.description("Where played media is written.")),
  ),
  log_max_mb: v.optional(
    v.pipe(
      v.number(MEGABYTES),
      v.minValue(0, MEGABYTES),
      v.maxValue(1_000_000, MEGABYTES),
      v.description("How large these files become before they are rotated; 0: never."),
    ),
    10,
  ),
  log_keep: v.optional(
    v.pipe(
      v.number(KEPT),
      v.integer(KEPT),
      v.minValue(1, KEPT),
      v.maxValue(1000, KEPT),
      v.description("How many older ones are kept of each: chat.log.1, chat.log.2 and so on."),
    ),
    5,
  ),
  state_file: v.optional(
    v.pipe(text("a path"), v.description("Where she remembers what survives a restart.")),
  ),
  status: v.optional(
    v.pipe(statusSchema, v.description("A page, metrics and health checks for the operator.")),
    {},
  ),
  commands: v.optional(
    v.pipe(commandsSchema, v.description("The chat commands, such as !help.")),
    {},
  ),
  llm: v.optional(v.pipe(llmSchema, v.description("The language model.")), {}),
}, "an object");

/** Sections whose keys are looked at, by their place. */
export const SECTIONS = [
  ["llm", llmSchema],
  ["llm.speak_on", speakOnSchema],
  ["status", statusSchema],
  ["commands", commandsSchema],
] as const;

/** The file's content after validation, with the file's own names. */
export type RawConfig = v.InferOutput<typeof configSchema>;

/**
 * The same as a JSON Schema, for editors.
 *
 * @returns A draft-07 schema; keys that begin with `_` are comments.
 */
export function jsonSchema(): Record<string, unknown> {
  const schema = toJsonSchema(configSchema, { typeMode: "input", errorMode: "ignore" });
  const open = { patternProperties: { "^_": {} }, additionalProperties: false };
  const { $schema, ...rest } = schema;
  const properties: Record<string, unknown> = schema.properties ?? {};
  const llm = { ...Object(properties.llm), ...open };
  return {
    $schema,
    title: "Rosey's configuration",
    ...rest,
    properties: { $schema: { type: "string" }, ...properties, llm },
    ...open,
  };
}
