/**
 * Every setting of the configuration file, once: its type, default and meaning. The messages are what
 * an operator reads after "expected".
 *
 * @module
 */
import * as v from "valibot";
import { toJsonSchema } from "@valibot/to-json-schema";
import { LOG_FORMATS, LOG_LEVELS } from "./log_choices.ts";

const text = (expected = "a text") => v.string(expected);
const filled = (expected: string) => v.pipe(v.string(expected), v.trim(), v.nonEmpty(expected));
const flag = () => v.boolean("true or false");

/** Timers hold at most 2^31 milliseconds. */
const MAX_SECONDS = 2_000_000;
const SECONDS = `a number of seconds from 0 to ${MAX_SECONDS}`;

function seconds() {
  return v.pipe(v.number(SECONDS), v.minValue(0, SECONDS), v.maxValue(MAX_SECONDS, SECONDS));
}

const LIMIT_SECONDS = `a number of seconds above 0, up to ${MAX_SECONDS}`;

function limitSeconds() {
  return v.pipe(
    v.number(LIMIT_SECONDS),
    v.gtValue(0, LIMIT_SECONDS),
    v.maxValue(MAX_SECONDS, LIMIT_SECONDS),
  );
}

const SECRET = 'a text, {"env": "NAME"} or {"file": "path"}';

/** A secret: itself, or where to find it. */
export const secret = v.union([
  text(),
  v.strictObject({ env: filled(SECRET) }),
  v.strictObject({ file: filled(SECRET) }),
], SECRET);

/** A secret as it stands in the file: itself, or where to find it. */
export type SecretSource = v.InferOutput<typeof secret>;

/** The names that the server allows. Source: `/^[\w-]{1,30}$/` and `/^[\w-]{1,20}$/` in CyTube. */
function nameWithPassword(what: string, maxLength: number) {
  const expected = `${what} (1 to ${maxLength} of a-z A-Z 0-9 _ -), or [name, password]`;
  const name = v.pipe(
    v.string(expected),
    v.regex(new RegExp(`^[A-Za-z0-9_-]{1,${maxLength}}$`), expected),
  );
  return v.union([name, v.strictTuple([name, secret], expected)], expected);
}

const HTTP_URL = "an http:// or https:// URL";
const httpUrl = () => v.pipe(v.string(HTTP_URL), v.regex(/^https?:\/\/[^\s/]+\S*$/i, HTTP_URL));

const COUNT = "a whole number from 0 to 1000";
const count = () =>
  v.pipe(
    v.number(COUNT),
    v.integer(COUNT),
    v.minValue(0, COUNT),
    v.maxValue(1000, COUNT),
  );

const KEEP_ALIVE = 'a number of seconds, or a duration with its unit such as "5m" or "1h30m"';

const HOST =
  'an http:// or https:// URL, {"url": …, "model", "api_key", "ca_file"}, or a list of these';

const host = v.union([
  text(HOST),
  v.strictObject({
    url: v.pipe(text(HTTP_URL), v.description("Where this server is.")),
    model: v.optional(v.pipe(text(), v.description("Instead of llm.model."))),
    api_key: v.optional(v.pipe(secret, v.description("Sent to this server alone, as a bearer."))),
    ca_file: v.optional(v.pipe(text("a path"), v.description("Instead of llm.ca_file."))),
  }, HOST),
], HOST);

const PORT = "a port from 1 to 65535";

/** The `status` section. */
export const statusSchema = v.object({
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

/** The `llm` section. */
export const llmSchema = v.object({
  enabled: v.optional(v.pipe(flag(), v.description("Answer with a language model.")), false),
  provider: v.optional(
    v.pipe(
      text("ollama or openai"),
      v.description(
        "What kind of server the model runs on: ollama, or openai for any that speaks it.",
      ),
      v.metadata({ examples: ["ollama", "openai"] }),
    ),
    "ollama",
  ),
  model: v.optional(v.pipe(text(), v.description("The model's name, e.g. llama3.2:3b.")), ""),
  ollama_host: v.optional(
    v.pipe(
      v.union([host, v.pipe(v.array(host, HOST), v.minLength(1, HOST))], HOST),
      v.description("Where Ollama runs: a URL; of a list the first that is well is used."),
      v.metadata({ examples: ["http://localhost:11434", "https://ollama.example.com"] }),
    ),
    "http://localhost:11434",
  ),
  openai_api_key: v.optional(
    v.pipe(secret, v.description("Key for an OpenAI-compatible server.")),
    "",
  ),
  openai_base_url: v.optional(
    v.pipe(text(HTTP_URL), v.description("Where the OpenAI-compatible server is, with its /v1.")),
    "https://api.openai.com/v1",
  ),
  ca_file: v.optional(
    v.pipe(
      text("a path"),
      v.description("PEM file of a private authority that signed the server."),
    ),
  ),
  system_prompt: v.optional(
    v.pipe(text(), v.description("Who the bot is; {bot} and {channel} are replaced.")),
  ),
  system_prompt_file: v.optional(
    v.pipe(
      text("a path"),
      v.description("A Markdown file with the persona, instead of system_prompt."),
    ),
  ),
  llm_triggers: v.optional(
    v.pipe(
      v.array(filled("a word or phrase"), "a list of words"),
      v.description("Words that call the bot; an empty list means her own name."),
    ),
    [],
  ),
  llm_cooldown: v.optional(
    v.pipe(seconds(), v.description("Seconds before the same person is answered again.")),
    10,
  ),
  max_history_messages: v.optional(
    v.pipe(
      count(),
      v.description("How many earlier messages of a person's conversation are sent."),
    ),
    10,
  ),
  response_timeout: v.optional(
    v.pipe(limitSeconds(), v.description("Seconds for a whole answer of a loaded model.")),
    30,
  ),
  first_token_timeout: v.optional(
    v.pipe(
      limitSeconds(),
      v.description("Seconds until an answer begins; none: as long as the whole may take."),
    ),
  ),
  load_timeout: v.optional(
    v.pipe(limitSeconds(), v.description("Seconds for loading the model.")),
    300,
  ),
  keep_alive: v.optional(
    v.pipe(
      v.union([
        v.number(KEEP_ALIVE),
        v.pipe(
          v.string(KEEP_ALIVE),
          v.regex(/^-?(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+$/, KEEP_ALIVE),
        ),
      ], KEEP_ALIVE),
      v.description("How long Ollama keeps the model in memory after an answer; -1 for ever."),
    ),
    "5m",
  ),
  options: v.optional(
    v.pipe(
      v.record(v.string(), v.unknown(), "an object of model parameters"),
      v.description("Ollama's model parameters, e.g. num_ctx and temperature."),
    ),
    {},
  ),
  think: v.optional(
    v.pipe(
      v.union([flag(), v.picklist(["low", "medium", "high"])], "true, false, low, medium or high"),
      v.description("Let a thinking model think; its thoughts are never shown."),
    ),
    false,
  ),
  allow_links: v.optional(
    v.pipe(
      flag(),
      v.description("Let the model's links to the web through; else each becomes [link]."),
    ),
    false,
  ),
  fallback_response: v.optional(
    v.pipe(text(), v.description("Said when no answer can be had; none: silence.")),
  ),
}, "an object");

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
  status: v.optional(
    v.pipe(statusSchema, v.description("A page, metrics and health checks for the operator.")),
    {},
  ),
  llm: v.optional(v.pipe(llmSchema, v.description("The language model.")), {}),
}, "an object");

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
