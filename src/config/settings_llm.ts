import * as v from "valibot";
import { section, setting } from "./schema.ts";
import { count, filled, flag, limitSeconds, seconds, text } from "./schema_parts.ts";
import { PROVIDER_SETTINGS, providerSettings } from "./settings_providers.ts";
import { speakOnSettings } from "./settings_speak_on.ts";

/** The persona that the operator wrote as `system_prompt`. */
export const DEFAULT_PERSONA_NAME = "default";

const KEEP_ALIVE = 'a number of seconds, or a duration with its unit such as "5m" or "1h30m"';
const PERSONA = 'a text, or {"file": "path"}';

const personas = v.pipe(
  v.record(
    v.string(),
    v.union([text(PERSONA), v.strictObject({ file: filled(PERSONA) })], PERSONA),
    "an object of personas",
  ),
  v.check(
    (personas) =>
      !Object.keys(personas).some((name) => name.toLowerCase() === DEFAULT_PERSONA_NAME),
    `other names than ${DEFAULT_PERSONA_NAME}, which is that of system_prompt`,
  ),
);

/** Settings of the `llm` section that make a model server: a change of one connects anew. */
export const modelSettings = {
  enabled: setting("enabled", v.optional(flag(), false), { help: "Answer with a language model." }),
  provider: setting(
    "provider",
    v.optional(
      v.pipe(text("ollama or openai"), v.metadata({ examples: Object.keys(PROVIDER_SETTINGS) })),
      "ollama",
    ),
    {
      help: "What kind of server the model runs on: ollama, or openai for any that speaks it.",
      convert: (provider) => provider.trim().toLowerCase(),
    },
  ),
  model: setting("model", v.optional(text(), ""), {
    help: "The model's name, e.g. llama3.2:3b.",

    convert: (model) => model.trim(),
  }),
  ...providerSettings,
  caCertificates: setting("ca_file", v.optional(text("a path")), {
    help: "PEM file of a private authority that signed the server.",
    convert: (file, { sources, path }) => file ? sources.certificates(file, path) : undefined,
  }),
  responseTimeoutSeconds: setting("response_timeout", v.optional(limitSeconds(), 30), {
    help: "Seconds for a whole answer of a loaded model.",
  }),
  firstTokenTimeoutSeconds: setting("first_token_timeout", v.optional(limitSeconds()), {
    help: "Seconds until an answer begins; none: as long as the whole may take.",
  }),
  loadTimeoutSeconds: setting("load_timeout", v.optional(limitSeconds(), 300), {
    help: "Seconds for loading the model.",
  }),
  keepAlive: setting(
    "keep_alive",
    v.optional(
      v.union([
        v.number(KEEP_ALIVE),
        v.pipe(
          v.string(KEEP_ALIVE),
          v.regex(/^-?(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+$/, KEEP_ALIVE),
        ),
      ], KEEP_ALIVE),
      "5m",
    ),
    { help: "How long Ollama keeps the model in memory after an answer; -1 for ever." },
  ),
  options: setting(
    "options",
    v.optional(v.record(v.string(), v.unknown(), "an object of model parameters"), {}),
    { help: "Ollama's model parameters, e.g. num_ctx and temperature." },
  ),
  think: setting(
    "think",
    v.optional(
      v.union([flag(), v.picklist(["low", "medium", "high"])], "true, false, low, medium or high"),
      false,
    ),
    { help: "Let a thinking model think; its thoughts are never shown." },
  ),
};

/** The other settings of the `llm` section. */
export const talkSettings = {
  persona: setting("system_prompt", v.optional(text()), {
    help: "Who the bot is; {bot}, {channel}, {now} and {media} are replaced.",

    convert: (text, { sources, section }) => {
      const file = section.system_prompt_file;
      return typeof file === "string" && file ? sources.read(file, "llm.system_prompt_file") : text;
    },
  }),
  personaFile: setting("system_prompt_file", v.optional(text("a path")), {
    help: "A Markdown file with the persona, instead of system_prompt.",

    convert: (file, { section, warnings }) => {
      if (file && section.system_prompt) {
        warnings.push("llm.system_prompt has no effect beside llm.system_prompt_file");
      }
      return file;
    },
  }),
  personas: setting("personas", v.optional(personas, {}), {
    help: "Other personas by name, which moderators may choose with !persona.",

    convert: (personas, { sources, path }): Readonly<Record<string, string>> =>
      Object.fromEntries(
        Object.entries(personas).map(([name, persona]) => [
          name,
          typeof persona === "string" ? persona : sources.read(persona.file, `${path}.${name}`),
        ]),
      ),
  }),
  triggers: setting(
    "llm_triggers",
    v.optional(v.array(filled("a word or phrase"), "a list of words"), []),
    { help: "Words that call the bot; an empty list means its own name." },
  ),
  cooldownSeconds: setting("llm_cooldown", v.optional(seconds(), 10), {
    help: "Seconds before the same person is answered again.",
  }),
  maxHistoryMessages: setting("max_history_messages", v.optional(count(), 10), {
    help: "How many earlier messages of a person's conversation are sent.",
  }),
  roomContextLines: setting("room_context_lines", v.optional(count(), 15), {
    help: "How many of the room's last lines are sent, with who said them.",
  }),
  staleAfterSeconds: setting("stale_after", v.optional(limitSeconds(), 60), {
    help: "Seconds that a question waits at the most, beside the loading of the model.",
  }),
  answerPm: setting("answer_pm", v.optional(flag(), true), {
    help: "Answer private messages, privately and without being called.",
  }),
  ignoreUsers: setting(
    "ignore_users",
    v.optional(v.array(filled("a user name"), "a list of user names"), []),
    { help: "People who are never answered, above all other bots." },
  ),
  loopTurns: setting("loop_turns", v.optional(count(), 3), {
    help:
      "Answers in a row to somebody who is faster than people type, before they are taken for a " +
      "bot and left alone for ten minutes; 0: nobody is.",
  }),
  speakOn: section("speak_on", speakOnSettings, "Other reasons to speak than being called."),
  allowLinks: setting("allow_links", v.optional(flag(), false), {
    help: "Let the model's links to the web through; else each becomes [link].",
  }),
  fallbackResponse: setting("fallback_response", v.optional(text()), {
    help: "Said when no answer can be had; none: silence.",
    convert: (text) => text || undefined,
  }),
};
