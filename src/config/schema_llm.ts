/**
 * Every setting of the `llm` section, once: its type, default and meaning.
 *
 * @module
 */
import * as v from "valibot";
import {
  count,
  filled,
  flag,
  HTTP_URL,
  limitSeconds,
  seconds,
  secret,
  text,
} from "./schema_parts.ts";
import { speakOnSchema } from "./schema_speak_on.ts";

const KEEP_ALIVE = 'a number of seconds, or a duration with its unit such as "5m" or "1h30m"';

/** The persona that the operator wrote as `system_prompt`. */
export const DEFAULT_PERSONA_NAME = "default";
const PERSONA = 'a text, or {"file": "path"}';

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
    v.pipe(
      text(),
      v.description("Who the bot is; {bot}, {channel}, {now} and {media} are replaced."),
    ),
  ),
  system_prompt_file: v.optional(
    v.pipe(
      text("a path"),
      v.description("A Markdown file with the persona, instead of system_prompt."),
    ),
  ),
  personas: v.optional(
    v.pipe(
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
      v.description("Other personas by name, which moderators may choose with !persona."),
    ),
    {},
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
  room_context_lines: v.optional(
    v.pipe(
      count(),
      v.description("How many of the room's last lines are sent, with who said them."),
    ),
    15,
  ),
  stale_after: v.optional(
    v.pipe(
      limitSeconds(),
      v.description("Seconds that a question waits at the most, beside the loading of the model."),
    ),
    60,
  ),
  answer_pm: v.optional(
    v.pipe(flag(), v.description("Answer private messages, privately and without being called.")),
    true,
  ),
  ignore_users: v.optional(
    v.pipe(
      v.array(filled("a user name"), "a list of user names"),
      v.description("People who are never answered, above all other bots."),
    ),
    [],
  ),
  loop_turns: v.optional(
    v.pipe(
      count(),
      v.description(
        "Answers in a row to somebody who is faster than people type, before they are taken for a " +
          "bot and left alone for ten minutes; 0: nobody is.",
      ),
    ),
    3,
  ),
  speak_on: v.optional(
    v.pipe(speakOnSchema, v.description("Other reasons to speak than being called.")),
    {},
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
