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

/** How often she may speak for one reason. */
export interface OccasionSettings {
  /** Before the same reason counts again. */
  readonly cooldownSeconds: number;
  /** From 0 to 1: how often she speaks when she could. */
  readonly chance: number;
}

/** Reasons to speak without being called; one that is missing is off. */
export interface SpeakOnSettings {
  /** Somebody uses one of these words. */
  readonly keyword?: OccasionSettings & { readonly words: readonly string[] };
  /** Others have said this many lines. */
  readonly messages?: OccasionSettings & { readonly every: number };
  /** Somebody joins. */
  readonly join?: OccasionSettings;
  /** Something else begins to play. */
  readonly media?: OccasionSettings;
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
  /** Of the room's last lines, how many are sent. */
  readonly roomContextLines: number;
  /** A question that waited longer, beside the loading of the model, is not answered any more. */
  readonly staleAfterSeconds: number;
  /** Whether private messages are answered. */
  readonly answerPm: boolean;
  /** People who are never answered, above all other bots. */
  readonly ignoreUsers: readonly string[];
  /** Answers in a row to somebody who is faster than people type, before they are left alone; 0: no limit. */
  readonly loopTurns: number;
  /** Personas that moderators may choose, by name. */
  readonly personas: Readonly<Record<string, string>>;
  /** Other reasons to speak than a call. */
  readonly speakOn: SpeakOnSettings;
  /** Whether the model's links to the web are said. */
  readonly allowLinks: boolean;
  /** Said when no answer can be had; none: silence. */
  readonly fallbackResponse?: string;
}

/** What people may have her do. */
export interface CommandSettings {
  /** Whether commands are listened to. */
  readonly enabled: boolean;
  /** What every command begins with. */
  readonly prefix: string;
  /** The rank from which somebody may use moderators' commands. */
  readonly moderatorRank: number;
  /** Accounts that are moderators whatever their rank. */
  readonly moderators: readonly string[];
  /** Other names for commands; an empty one switches the command off. */
  readonly names: Readonly<Record<string, string | undefined>>;
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
  /** How long to stay out after the first kick. */
  readonly kickPauseSeconds: number;
  /** How much is logged. */
  readonly logLevel: string;
  /** The form of log lines. */
  readonly logFormat: string;
  /** Where chat is written. */
  readonly chatLogFile?: string;
  /** Where played media are written. */
  readonly mediaLogFile?: string;
  /** Of each of these files, before it is rotated; 0: never. */
  readonly logMaxMegabytes: number;
  /** Older ones that are kept of each. */
  readonly logKeep: number;
  /** Where she remembers what survives a restart; none: nothing does. */
  readonly stateFile?: string;
  /** Of the status page, on this machine alone; none: there is no page. */
  readonly statusPort?: number;
  /** What people may have her do. */
  readonly commands: CommandSettings;
  /** The language model. */
  readonly llm: LlmSettings;
}
