/**
 * What an operator changed between two readings of the configuration.
 *
 * @module
 */
import type { LlmSettings, Settings } from "./settings.ts";

/** Names of settings, as the file has them. */
export interface Changes {
  /** They can take effect at once. */
  readonly live: readonly string[];
  /** They take effect with the next start. */
  readonly restart: readonly string[];
}

const TOP: Record<Exclude<keyof Settings, "llm">, string> = {
  domain: "domain",
  channel: "channel",
  user: "user",
  kickPauseSeconds: "kick_pause",
  logLevel: "log_level",
  logFormat: "log_format",
  chatLogFile: "chat_log_file",
  mediaLogFile: "media_log_file",
  logMaxMegabytes: "log_max_mb",
  logKeep: "log_keep",
  stateFile: "state_file",
  statusPort: "status.port",
  commands: "commands",
};

const LLM: Record<keyof LlmSettings, string> = {
  enabled: "enabled",
  provider: "provider",
  model: "model",
  ollamaHosts: "ollama_host",
  openaiApiKey: "openai_api_key",
  openaiBaseUrl: "openai_base_url",
  caCertificates: "ca_file",
  persona: "system_prompt",
  triggers: "llm_triggers",
  cooldownSeconds: "llm_cooldown",
  maxHistoryMessages: "max_history_messages",
  roomContextLines: "room_context_lines",
  staleAfterSeconds: "stale_after",
  answerPm: "answer_pm",
  ignoreUsers: "ignore_users",
  loopTurns: "loop_turns",
  personas: "personas",
  speakOn: "speak_on",
  responseTimeoutSeconds: "response_timeout",
  firstTokenTimeoutSeconds: "first_token_timeout",
  loadTimeoutSeconds: "load_timeout",
  keepAlive: "keep_alive",
  options: "options",
  think: "think",
  allowLinks: "allow_links",
  fallbackResponse: "fallback_response",
};

/** Those of {@linkcode TOP} that do not need another start. */
const LIVE: readonly string[] = [TOP.logLevel, TOP.commands];

/**
 * Compares two readings.
 *
 * @param before What is in force.
 * @param after What was read just now.
 * @returns What differs.
 */
export function changesBetween(before: Settings, after: Settings): Changes {
  const top = differing(TOP, before, after);
  const llm = differing(LLM, before.llm, after.llm).map((name) => `llm.${name}`);
  return {
    live: [...top.filter((name) => LIVE.includes(name)), ...llm],
    restart: top.filter((name) => !LIVE.includes(name)),
  };
}

function differing<T extends object>(
  names: Readonly<Partial<Record<keyof T, string>>>,
  before: T,
  after: T,
): string[] {
  const keys = Object.keys(names) as (keyof T)[];
  return keys
    .filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]))
    .map((key) => names[key]!);
}
