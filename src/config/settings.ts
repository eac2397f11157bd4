/** Every setting of the configuration file, and the types of what the program gets. */
import * as v from "valibot";
import { LOG_FORMATS, LOG_LEVELS } from "./log_choices.ts";
import { secretsOf } from "./ollama_host.ts";
import {
  differences,
  jsonSchemaOf,
  type ReadContext,
  section,
  setting,
  type ValuesOf,
} from "./schema.ts";
import { flag, httpUrl, integer, limitSeconds, number, secret, text } from "./schema_parts.ts";
import { commandSettings } from "./settings_commands.ts";
import { modelSettings } from "./settings_llm.ts";
import { PROVIDER_SETTINGS } from "./settings_providers.ts";
import { talkSettings } from "./settings_talk.ts";
import type { speakOnSettings } from "./settings_speak_on.ts";

export interface Credentials {
  readonly name: string;
  /** None: a channel without password, a guest. */
  readonly password?: string;
}

/** CyTube allows these names. Source: `/^[\w-]{1,30}$/` and `/^[\w-]{1,20}$/` in CyTube. */
function nameWithPassword(what: string, maxLength: number) {
  const expected = `${what} (1 to ${maxLength} of a-z A-Z 0-9 _ -), or [name, password]`;
  const name = v.pipe(
    v.string(expected),
    v.regex(new RegExp(`^[A-Za-z0-9_-]{1,${maxLength}}$`), expected),
  );
  return v.union([name, v.strictTuple([name, secret], expected)], expected);
}

function credentials(
  value: v.InferOutput<ReturnType<typeof nameWithPassword>>,
  { sources, path }: ReadContext,
): Credentials {
  if (typeof value === "string") return { name: value };
  return { name: value[0], password: sources.resolve(value[1], `${path}[1]`) };
}

/** An empty path switches the file off. */
const writtenFile = (key: string, help: string) =>
  setting(key, v.optional(text("a path")), {
    help,
    convert: (file, { resolve }) => file ? resolve(file) : undefined,
  });

const LIVE = { live: true };

/** The whole file. Paths become absolute, secrets are resolved. */
export const allSettings = {
  domain: setting("domain", v.optional(httpUrl(), "https://cytu.be"), {
    help: "The address of the CyTube site.",
    convert(url, { sources }) {
      sources.secrets.push(...secretsOf(url));
      return url.replace(/\/+$/, "");
    },
  }),
  channel: setting("channel", nameWithPassword("the channel's name", 30), {
    help: "The channel to join: its name, or `[name, password]` for a channel with a password.",
    convert: credentials,
  }),
  user: setting("user", nameWithPassword("a user name", 20), {
    help: "The bot's name: `[name, password]` for a registered account, a name alone for " +
      "a guest. The variable ROSEY_PASSWORD takes the place of the password. Anyone " +
      "can take a guest's name.",
    convert: credentials,
  }),
  afk: setting("afk", v.optional(flag(), true), {
    help: "Be marked as away ten seconds after the bot's last line, so that it counts for" +
      " no voteskip.",
  }),
  kickPauseSeconds: setting("kick_pause", v.optional(limitSeconds(), 300), {
    help: "Seconds to stay out after a kick; doubled after each kick, up to an hour.",
  }),
  logLevel: setting(
    "log_level",
    v.optional(v.picklist(LOG_LEVELS, LOG_LEVELS.join(", ")), "INFO"),
    { help: "How much is logged. Also `--log-level` and ROSEY_LOG_LEVEL.", ...LIVE },
  ),
  logFormat: setting(
    "log_format",
    v.optional(v.picklist(LOG_FORMATS, LOG_FORMATS.join(", ")), "auto"),
    {
      help: "The form of log lines; `auto` chooses that of the journal under systemd, " +
        "otherwise that of a terminal. Also `--log-format`.",
    },
  ),
  chatLogFile: writtenFile(
    "chat_log_file",
    "The file to which chat is written; a new one is readable by its owner alone.",
  ),
  mediaLogFile: writtenFile(
    "media_log_file",
    "The file to which played media is written; a new one is readable by its owner alone.",
  ),
  logMaxMegabytes: setting(
    "log_max_mb",
    v.optional(number(0, 1_000_000, "a number of megabytes from 0 to 1000000"), 10),
    { help: "The size in megabytes at which each of these two files is rotated; 0: never." },
  ),
  logKeep: setting("log_keep", v.optional(integer(1, 1000), 5), {
    help: "How many rotated files are kept of each: chat.log.1, chat.log.2 and so on.",
  }),
  stateFile: writtenFile(
    "state_file",
    "The database for what survives a restart. Without it, a restart forgets everything.",
  ),
  status: section("status", {
    port: setting("port", v.optional(integer(1, 65_535, "a port from 1 to 65535")), {
      help: "The port of the status page, /metrics, /healthz, /readyz and /status.json, on " +
        "127.0.0.1 only.",
    }),
  }, "A page, metrics and health checks for the operator."),
  commands: section("commands", commandSettings, "The chat commands, such as !help.", LIVE),
  llm: section("llm", { ...modelSettings, ...talkSettings }, "The language model.", LIVE),
};

export type Settings = ValuesOf<typeof allSettings>;
/** When and how the bot talks. */
export type TalkSettings = ValuesOf<typeof talkSettings>;
export type LlmSettings = Settings["llm"];
export type CommandSettings = Settings["commands"];
/** Reasons to speak without being called; a missing one is off. */
export type SpeakOnSettings = ValuesOf<typeof speakOnSettings>;
/** How often the bot may speak for one reason. */
export type OccasionSettings = NonNullable<SpeakOnSettings["join"]>;
export { modelSettings, PROVIDER_SETTINGS };

/**
 * The names in the file of settings that differ.
 *
 * @returns Those that a reload applies, and those that need a restart.
 */
export function changesBetween(
  before: Settings,
  after: Settings,
): Readonly<Record<"live" | "restart", readonly string[]>> {
  const sections = Object.values(allSettings).filter(({ live }) => live).map(({ key }) => key);
  const isLive = (name: string) => sections.includes(name.split(".")[0]!);
  const names = differences(allSettings, before, after);
  return { live: names.filter(isLive), restart: names.filter((name) => !isLive(name)) };
}

/** The JSON Schema (draft-07) of the file. Keys that begin with `_` are comments. */
export function jsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = jsonSchemaOf(allSettings);
  const open = { patternProperties: { "^_": {} }, additionalProperties: false };
  const llm = { ...Object(schema.properties?.llm), ...open };
  const entry = Object.assign(llm.properties.fallbacks.items, open);
  // What an entry leaves out may be that of `llm`.
  for (const property of Object.values(entry.properties)) delete Object(property).default;
  return {
    $schema,
    title: "Rosey's configuration",
    ...schema,
    properties: { $schema: { type: "string" }, ...schema.properties, llm },
    ...open,
  };
}
