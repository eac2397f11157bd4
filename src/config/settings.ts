/**
 * What the operator decided, as the rest of the program takes it: complete, with secrets resolved.
 *
 * @module
 */

/** A name, and the password that goes with it. */
export interface Credentials {
  /** As it is written. */
  readonly name: string;
  /** None: there is no password. */
  readonly password?: string;
}

/** One server. */
export interface HostSettings {
  /** As it was written: not validated yet. */
  readonly url: string;
  /** Where it was found, for messages: `llm.ollama_host`, `OLLAMA_HOST` or a flag. */
  readonly source: string;
  /** None: that of the settings. */
  readonly model?: string;
  /** Sent as a bearer token. */
  readonly apiKey?: string;
  /** PEM certificates of a private authority; none: those of the settings. */
  readonly caCertificates?: string;
}

/** How and where the model is asked. */
export interface ModelSettings {
  /** Whether a model is asked at all. */
  readonly enabled: boolean;
  /** `ollama` or `openai`, in lower case; anything else is a mistake. */
  readonly provider: string;
  /** As the server knows it; empty where none was given. */
  readonly model: string;
  /** Where Ollama runs, the most wanted first. */
  readonly ollamaHosts: readonly HostSettings[];
  /** Sent as a bearer token. */
  readonly openaiApiKey?: string;
  /** As it was written, with its `/v1`. */
  readonly openaiBaseUrl: string;
  /** PEM certificates of a private authority. */
  readonly caCertificates?: string;
  /** For a whole answer of a loaded model. */
  readonly responseTimeoutSeconds: number;
  /** Until an answer begins; none: as long as the whole may take. */
  readonly firstTokenTimeoutSeconds?: number;
  /** For loading the model. */
  readonly loadTimeoutSeconds: number;
  /** Seconds, or a Go duration such as `5m`. */
  readonly keepAlive: string | number;
  /** Ollama's model parameters. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Whether, or how much, a thinking model thinks. */
  readonly think: boolean | "low" | "medium" | "high";
}

/** How she talks. */
export interface TalkSettings {
  /** Who the bot is; none: the default persona. */
  readonly persona?: string;
  /** Words that call the bot; none: her own name. */
  readonly triggers: readonly string[];
  /** Before the same person is answered again. */
  readonly cooldownSeconds: number;
  /** Earlier messages of a person's conversation that are sent. */
  readonly maxHistoryMessages: number;
  /** Whether the model's links to the web are said. */
  readonly allowLinks: boolean;
  /** Said when no answer can be had; none: silence. */
  readonly fallbackResponse?: string;
}

/** The `llm` section. */
export interface LlmSettings extends ModelSettings, TalkSettings {}

/** Everything the operator decided. Paths are absolute, secrets are resolved. */
export interface Settings {
  /** The CyTube site, without trailing slash. */
  readonly domain: string;
  /** The channel to join. */
  readonly channel: Credentials;
  /** Without a password: a guest. */
  readonly user: Credentials;
  /** How much is logged. */
  readonly logLevel: string;
  /** The form of log lines. */
  readonly logFormat: string;
  /** Where chat is written. */
  readonly chatLogFile?: string;
  /** Where played media are written. */
  readonly mediaLogFile?: string;
  /** Of the status page, on this machine alone; none: there is no page. */
  readonly statusPort?: number;
  /** The language model. */
  readonly llm: LlmSettings;
}
