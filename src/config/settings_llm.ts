/**
 * The `llm` section as the rest of the program takes it.
 *
 * @module
 */
import type { SecretSources } from "./secrets.ts";
import type { RawConfig } from "./schema.ts";
import type { HostSettings, LlmSettings, OccasionSettings, SpeakOnSettings } from "./settings.ts";

/** Options of {@linkcode llmSettings}. */
export interface LlmOptions {
  /** Where files, variables and secrets are found. */
  readonly secretSources: SecretSources;
  /** `--ollama-host`. */
  readonly ollamaHost?: string;
}

/**
 * Completes the section.
 *
 * @param raw What was written, after validation.
 * @param options What else counts. Problems are noted there.
 * @returns The settings.
 */
export function llmSettings(raw: RawConfig["llm"], options: LlmOptions): LlmSettings {
  const { secretSources } = options;
  const { env } = secretSources;
  return {
    enabled: raw.enabled,
    provider: raw.provider.trim().toLowerCase(),
    model: raw.model.trim(),
    ollamaHosts: hostSettings(raw.ollama_host, options),
    openaiApiKey: env("OPENAI_API_KEY") ??
      secretSources.resolve(raw.openai_api_key, "llm.openai_api_key"),
    openaiBaseUrl: raw.openai_base_url,
    caCertificates: raw.ca_file
      ? secretSources.certificates(raw.ca_file, "llm.ca_file")
      : undefined,
    persona: raw.system_prompt_file
      ? secretSources.read(raw.system_prompt_file, "llm.system_prompt_file")
      : raw.system_prompt,
    personas: Object.fromEntries(
      Object.entries(raw.personas).map(([name, persona]) => [
        name,
        typeof persona === "string"
          ? persona
          : secretSources.read(persona.file, `llm.personas.${name}`),
      ]),
    ),
    triggers: raw.llm_triggers,
    cooldownSeconds: raw.llm_cooldown,
    maxHistoryMessages: raw.max_history_messages,
    roomContextLines: raw.room_context_lines,
    staleAfterSeconds: raw.stale_after,
    answerPm: raw.answer_pm,
    ignoreUsers: raw.ignore_users,
    loopTurns: raw.loop_turns,
    speakOn: speakOnSettings(raw.speak_on),
    responseTimeoutSeconds: raw.response_timeout,
    firstTokenTimeoutSeconds: raw.first_token_timeout,
    loadTimeoutSeconds: raw.load_timeout,
    keepAlive: raw.keep_alive,
    options: raw.options,
    think: raw.think,
    allowLinks: raw.allow_links,
    fallbackResponse: raw.fallback_response || undefined,
  };
}

/** Precedence: flag, environment, file. */
function hostSettings(
  inFile: RawConfig["llm"]["ollama_host"],
  { secretSources, ollamaHost }: LlmOptions,
): HostSettings[] {
  const inEnvironment = secretSources.env("OLLAMA_HOST");
  const apiKey = secretSources.env("OLLAMA_API_KEY");
  const written = ollamaHost || inEnvironment || inFile;
  const source = ollamaHost ? "--ollama-host" : inEnvironment ? "OLLAMA_HOST" : "llm.ollama_host";
  return [written].flat().map((host, at): HostSettings => {
    const name = Array.isArray(written) ? `${source}[${at}]` : source;
    if (typeof host === "string") return { url: host, source: name, apiKey };
    return {
      url: host.url,
      source: `${name}.url`,
      model: host.model,
      apiKey: secretSources.resolve(host.api_key, `${name}.api_key`) ?? apiKey,
      caCertificates: host.ca_file && secretSources.certificates(host.ca_file, `${name}.ca_file`),
    };
  });
}

type RawSpeakOn = RawConfig["llm"]["speak_on"];

function speakOnSettings({ keyword, messages, join, media }: RawSpeakOn): SpeakOnSettings {
  return {
    ...keyword && { keyword: { words: keyword.words, ...occasion(keyword) } },
    ...messages && { messages: { every: messages.every, ...occasion(messages) } },
    ...join && { join: occasion(join) },
    ...media && { media: occasion(media) },
  };
}

function occasion({ cooldown, chance }: { cooldown: number; chance: number }): OccasionSettings {
  return { cooldownSeconds: cooldown, chance };
}
