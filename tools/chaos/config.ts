/** The bot's configuration in a run, with secrets that must not be seen. */
import type { StartOptions } from "../../tests/e2e/rosey.ts";
import { BOT } from "../soak/channel.ts";
import { MODEL, type ModelServer } from "./model_server.ts";

export interface Servers {
  readonly ollama: ModelServer;
  readonly openai: ModelServer;
}

export interface ConfigOptions extends Servers {
  /** Which server answers while both are whole. */
  readonly first: keyof Servers;
  readonly caPath: string;
  readonly folder: string;
  readonly statusPort: number;
}

const OLLAMA_PASSWORD = "pw-Zk4vTq81";
const OPENAI_KEY = "sk-chaos-9fQ2LmXw77";
const GATEWAY = "gw-61bR0pYe";

/** Parts of the configuration, also in the forms in which requests have them. */
export const SECRETS = [
  BOT.password,
  OLLAMA_PASSWORD,
  btoa(`rosey:${OLLAMA_PASSWORD}`),
  OPENAI_KEY,
  GATEWAY,
];

/** Short limits: a run has many faults that reach them. */
const LIMITS = { response_timeout: 3, probe_timeout: 2, load_timeout: 10, stale_after: 20 };

export function configOf(options: ConfigOptions): StartOptions {
  const { ollama, openai, first, caPath, folder, statusPort } = options;
  const servers = {
    ollama: {
      provider: "ollama",
      model: MODEL,
      ollama_host: ollama.url.replace("://", `://rosey:${OLLAMA_PASSWORD}@`),
    },
    openai: {
      provider: "openai",
      model: MODEL,
      openai_base_url: `${openai.url}/v1`,
      openai_api_key: OPENAI_KEY,
      headers: { "X-Gateway": GATEWAY },
      ca_file: caPath,
    },
  };
  const second = first === "ollama" ? "openai" : "ollama";
  return {
    llm: {
      ...servers[first],
      fallbacks: [servers[second]],
      ...LIMITS,
      room_context_lines: 15,
      max_sentences: 20,
      max_lines: 3,
      max_replies_per_minute: 0,
    },
    config: {
      user: [BOT.name, BOT.password],
      status: { port: statusPort },
      log_level: "DEBUG",
      // As short as the limits of a site allow.
      kick_pause: 2,
      chat_log_file: `${folder}/chat.log`,
      log_max_mb: 1,
      log_keep: 1,
      state_file: `${folder}/state.db`,
    },
  };
}

/** A mistake of the operator. */
export function invalid(options: StartOptions): StartOptions {
  return { ...options, config: { ...options.config, kick_pause: "soon" } };
}
