import * as v from "valibot";
import { type ReadContext, section, setting, type ValuesOf } from "./schema.ts";
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
import { speakOnSettings } from "./settings_speak_on.ts";

/** The persona that the operator wrote as `system_prompt`. */
export const DEFAULT_PERSONA_NAME = "default";

const OPENAI = "https://api.openai.com/v1";
const KEEP_ALIVE = 'a number of seconds, or a duration with its unit such as "5m" or "1h30m"';
const PERSONA = 'a text, or {"file": "path"}';
const HOST =
  'an http:// or https:// URL, {"url": …, "model", "api_key", "ca_file"}, or a list of these';

/** One model server. */
export interface HostSettings {
  /** As written: not validated yet. */
  readonly url: string;
  /** For messages: `llm.ollama_host[0].url`, `OLLAMA_HOST` or `--ollama-host`. */
  readonly source: string;
  /** Default: `llm.model`. */
  readonly model?: string;
  readonly apiKey?: string;
  /** What to do about a missing API key; undefined if the server may want none. */
  readonly missingKey?: string;
  /** PEM certificates of a private authority; default: those of `llm.ca_file`. */
  readonly caCertificates?: string;
}

const host = v.union([
  text(HOST),
  v.strictObject({
    url: v.pipe(text(HTTP_URL), v.description("Where this server is.")),
    model: v.optional(v.pipe(text(), v.description("Instead of llm.model."))),
    api_key: v.optional(v.pipe(secret, v.description("Sent to this server alone, as a bearer."))),
    ca_file: v.optional(v.pipe(text("a path"), v.description("Instead of llm.ca_file."))),
  }, HOST),
], HOST);
const hosts = v.union([host, v.pipe(v.array(host, HOST), v.minLength(1, HOST))], HOST);

function hostSettings(
  value: v.InferOutput<typeof hosts>,
  { sources, hostSource }: ReadContext,
): HostSettings[] {
  const apiKey = sources.env("OLLAMA_API_KEY");
  return [value].flat().map((host, at): HostSettings => {
    const source = Array.isArray(value) ? `${hostSource}[${at}]` : hostSource;
    if (typeof host === "string") return { url: host, source, apiKey };
    return {
      url: host.url,
      source: `${source}.url`,
      model: host.model,
      apiKey: sources.resolve(host.api_key, `${source}.api_key`) ?? apiKey,
      caCertificates: host.ca_file && sources.certificates(host.ca_file, `${source}.ca_file`),
    };
  });
}

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
  enabled: setting("enabled", v.optional(flag(), false), "Answer with a language model."),
  provider: setting(
    "provider",
    v.optional(
      v.pipe(text("ollama or openai"), v.metadata({ examples: ["ollama", "openai"] })),
      "ollama",
    ),
    "What kind of server the model runs on: ollama, or openai for any that speaks it.",
    { convert: (provider) => provider.trim().toLowerCase() },
  ),
  model: setting("model", v.optional(text(), ""), "The model's name, e.g. llama3.2:3b.", {
    convert: (model) => model.trim(),
  }),
  ollamaHosts: setting(
    "ollama_host",
    v.optional(
      v.pipe(
        hosts,
        v.metadata({ examples: ["http://localhost:11434", "https://ollama.example.com"] }),
      ),
      "http://localhost:11434",
    ),
    "Where Ollama runs: a URL; of a list the first that is well is used.",
    { convert: hostSettings },
  ),
  openaiApiKey: setting(
    "openai_api_key",
    v.optional(secret, ""),
    "Key for an OpenAI-compatible server.",
    { convert: (source, { sources, path }) => sources.resolve(source, path) },
  ),
  openaiBaseUrl: setting(
    "openai_base_url",
    v.optional(text(HTTP_URL), OPENAI),
    "Where the OpenAI-compatible server is, with its /v1.",
  ),
  caCertificates: setting(
    "ca_file",
    v.optional(text("a path")),
    "PEM file of a private authority that signed the server.",
    { convert: (file, { sources, path }) => file ? sources.certificates(file, path) : undefined },
  ),
  responseTimeoutSeconds: setting(
    "response_timeout",
    v.optional(limitSeconds(), 30),
    "Seconds for a whole answer of a loaded model.",
  ),
  firstTokenTimeoutSeconds: setting(
    "first_token_timeout",
    v.optional(limitSeconds()),
    "Seconds until an answer begins; none: as long as the whole may take.",
  ),
  loadTimeoutSeconds: setting(
    "load_timeout",
    v.optional(limitSeconds(), 300),
    "Seconds for loading the model.",
  ),
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
    "How long Ollama keeps the model in memory after an answer; -1 for ever.",
  ),
  options: setting(
    "options",
    v.optional(v.record(v.string(), v.unknown(), "an object of model parameters"), {}),
    "Ollama's model parameters, e.g. num_ctx and temperature.",
  ),
  think: setting(
    "think",
    v.optional(
      v.union([flag(), v.picklist(["low", "medium", "high"])], "true, false, low, medium or high"),
      false,
    ),
    "Let a thinking model think; its thoughts are never shown.",
  ),
};

type ModelSettings = ValuesOf<typeof modelSettings>;

/** Where one kind of model server is configured. */
interface ProviderSettings {
  readonly hosts: (llm: ModelSettings) => readonly HostSettings[];
  /** The environment variable with the API key. */
  readonly keyVariable: string;
  /** Settings that environment variables replace. */
  readonly variables: Readonly<Record<string, string>>;
}

/** By their names in `llm.provider`. */
export const PROVIDER_SETTINGS = {
  ollama: {
    hosts: ({ ollamaHosts }) => ollamaHosts,
    keyVariable: "OLLAMA_API_KEY",
    variables: { ollama_host: "OLLAMA_HOST" },
  },
  openai: {
    hosts: ({ openaiBaseUrl: url, openaiApiKey: apiKey }) => [{
      url,
      source: "llm.openai_base_url",
      apiKey,
      // Local servers often want no key.
      missingKey: url.startsWith(OPENAI) ? "set llm.openai_api_key or OPENAI_API_KEY" : undefined,
    }],
    keyVariable: "OPENAI_API_KEY",
    variables: { openai_api_key: "OPENAI_API_KEY" },
  },
} as const satisfies Record<string, ProviderSettings>;

/** The other settings of the `llm` section. */
export const talkSettings = {
  persona: setting(
    "system_prompt",
    v.optional(text()),
    "Who the bot is; {bot}, {channel}, {now} and {media} are replaced.",
    {
      convert: (text, { sources, section }) => {
        const file = section.system_prompt_file;
        return typeof file === "string" && file
          ? sources.read(file, "llm.system_prompt_file")
          : text;
      },
    },
  ),
  personaFile: setting(
    "system_prompt_file",
    v.optional(text("a path")),
    "A Markdown file with the persona, instead of system_prompt.",
    {
      convert: (file, { section, warnings }) => {
        if (file && section.system_prompt) {
          warnings.push("llm.system_prompt has no effect beside llm.system_prompt_file");
        }
        return file;
      },
    },
  ),
  personas: setting(
    "personas",
    v.optional(personas, {}),
    "Other personas by name, which moderators may choose with !persona.",
    {
      convert: (personas, { sources, path }): Readonly<Record<string, string>> =>
        Object.fromEntries(
          Object.entries(personas).map(([name, persona]) => [
            name,
            typeof persona === "string" ? persona : sources.read(persona.file, `${path}.${name}`),
          ]),
        ),
    },
  ),
  triggers: setting(
    "llm_triggers",
    v.optional(v.array(filled("a word or phrase"), "a list of words"), []),
    "Words that call the bot; an empty list means its own name.",
  ),
  cooldownSeconds: setting(
    "llm_cooldown",
    v.optional(seconds(), 10),
    "Seconds before the same person is answered again.",
  ),
  maxHistoryMessages: setting(
    "max_history_messages",
    v.optional(count(), 10),
    "How many earlier messages of a person's conversation are sent.",
  ),
  roomContextLines: setting(
    "room_context_lines",
    v.optional(count(), 15),
    "How many of the room's last lines are sent, with who said them.",
  ),
  staleAfterSeconds: setting(
    "stale_after",
    v.optional(limitSeconds(), 60),
    "Seconds that a question waits at the most, beside the loading of the model.",
  ),
  answerPm: setting(
    "answer_pm",
    v.optional(flag(), true),
    "Answer private messages, privately and without being called.",
  ),
  ignoreUsers: setting(
    "ignore_users",
    v.optional(v.array(filled("a user name"), "a list of user names"), []),
    "People who are never answered, above all other bots.",
  ),
  loopTurns: setting(
    "loop_turns",
    v.optional(count(), 3),
    "Answers in a row to somebody who is faster than people type, before they are taken for a " +
      "bot and left alone for ten minutes; 0: nobody is.",
  ),
  speakOn: section("speak_on", speakOnSettings, "Other reasons to speak than being called."),
  allowLinks: setting(
    "allow_links",
    v.optional(flag(), false),
    "Let the model's links to the web through; else each becomes [link].",
  ),
  fallbackResponse: setting(
    "fallback_response",
    v.optional(text()),
    "Said when no answer can be had; none: silence.",
    { convert: (text) => text || undefined },
  ),
};
