/** The keys of the Python Rosey's configurations that have another name or no use here. */

/** What becomes of a value: another value, or undefined with a reason. */
export type Convert = (value: unknown, context: ConvertContext) => unknown;

export interface ConvertContext {
  /** A path of the old file, as seen from the new one; undefined if there is no such file. */
  readonly readable: (path: string) => string | undefined;
  /** The same for a file that need not exist. */
  readonly writable: (path: string) => string;
}

/** A value that is left out, and why. */
export class LeftOut {
  constructor(readonly reason: string) {}
}

const BUS = "the bot is one program and needs no message bus";
const DATABASE = "it is another database; state_file keeps what survives a restart";
const PLUGINS = "there are no plugins";

/** Sections and values without a counterpart, with the reason. */
export const DROPPED: Readonly<Record<string, string>> = {
  "version": "this configuration has none",
  "response_timeout": "it was a limit of the socket; llm.response_timeout is something else",
  "restart_delay": "the bot reconnects by itself, with growing pauses",
  "shell": "there is no shell; moderators use commands in the channel, such as !status",
  "db": DATABASE,
  "database": DATABASE,
  "nats": BUS,
  "nats_url": BUS,
  "plugins": PLUGINS,
  "plugin_dir": PLUGINS,
};

interface Move {
  readonly to: string;
  readonly convert?: Convert;
}

const LEVELS: Readonly<Record<string, string>> = {
  WARNING: "WARN",
  CRITICAL: "ERROR",
  FATAL: "ERROR",
  NOTSET: "DEBUG",
};

/** Values of the old templates that somebody should have replaced. */
export function isPlaceholder(value: unknown): boolean {
  const [first] = [value].flat();
  return typeof first === "string" &&
    /^(?:sk-|https?:\/\/)?(?:your[_-]|YOUR_|Your[A-Z])/.test(first);
}

const asLevel: Convert = (level) => {
  const name = String(level).toUpperCase();
  return LEVELS[name] ?? name;
};
const asUrl: Convert = (domain) =>
  typeof domain === "string" && !domain.includes("://") ? `https://${domain}` : domain;
const asWritten: Convert = (path, { writable }) =>
  typeof path === "string" && path !== "" ? writable(path) : new LeftOut("it is empty");
const asPersona: Convert = (path, { readable }) =>
  typeof path === "string" && readable(path) ||
  new LeftOut(`there is no file ${path}; the bot has a persona of its own`);

/** Where the values of old keys go. */
export const MOVED: Readonly<Record<string, Move>> = {
  "domain": { to: "domain", convert: asUrl },
  "log_level": { to: "log_level", convert: asLevel },
  "chat_log_file": { to: "chat_log_file", convert: asWritten },
  "media_log_file": { to: "media_log_file", convert: asWritten },
  "state_file": { to: "state_file", convert: asWritten },
  "logging.level": { to: "log_level", convert: asLevel },
  "logging.chat_log_file": { to: "chat_log_file", convert: asWritten },
  "logging.media_log_file": { to: "media_log_file", convert: asWritten },
  "cytube.channel": { to: "channel" },
  "cytube.username": { to: "user" },
  "llm.system_prompt_file": { to: "llm.system_prompt_file", convert: asPersona },
  "llm.ca_file": { to: "llm.ca_file", convert: asWritten },
  "llm.max_context_messages": { to: "llm.max_history_messages" },
};

/** Sections of the old `llm`, one for each provider. */
export const PROVIDERS: Readonly<
  Record<string, {
    /** `llm.provider` here. */
    readonly provider: string;
    /** Its limit of tokens, in `llm.options`. */
    readonly limit: string;
    readonly keys: Readonly<Record<string, string>>;
    /** What its servers need and the old configuration did not name. */
    readonly fixed?: Readonly<Record<string, unknown>>;
  }>
> = {
  ollama: {
    provider: "ollama",
    limit: "num_predict",
    keys: { base_url: "ollama_host", model: "model" },
  },
  openai: {
    provider: "openai",
    limit: "max_tokens",
    keys: { api_key: "openai_api_key", model: "model", base_url: "openai_base_url" },
  },
  openrouter: {
    provider: "openai",
    limit: "max_tokens",
    keys: {
      api_key: "openai_api_key",
      model: "model",
      site_url: "headers.HTTP-Referer",
      site_name: "headers.X-Title",
    },
    fixed: { openai_base_url: "https://openrouter.ai/api/v1" },
  },
};
