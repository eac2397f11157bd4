/** What a model server's API has no use for, or does not leave to the operator. */
import { isObject, type ReadContext } from "./schema.ts";
import { OLLAMA, OPENAI } from "./settings_providers.ts";

/** In OpenAI's API. */
export const LIMITS: readonly string[] = ["max_tokens", "max_completion_tokens"];
/** Options of OpenAI-compatible servers that decide about reasoning, beside `llm.think`. */
export const REASONING_OPTIONS: readonly string[] = [
  "reasoning_effort",
  "reasoning",
  "thinking",
  "think",
  "enable_thinking",
  "chat_template_kwargs",
];
/** The bot could not send its question, or not read the answer. */
export const RESERVED: readonly string[] = ["model", "messages", "stream", "n"];
/** Ollama loads its model with these. */
export const LOAD_OPTIONS: readonly string[] = [
  "num_ctx",
  "num_batch",
  "num_gpu",
  "main_gpu",
  "num_thread",
  "num_keep",
];
/** Names of OpenAI's API that Ollama ignores in its options, and its own. */
const OLLAMA_NAMES: Readonly<Record<string, string>> = {
  max_tokens: "num_predict in llm.options",
  max_completion_tokens: "num_predict in llm.options",
  repetition_penalty: "repeat_penalty in llm.options",
  reasoning_effort: "llm.think",
};
const DEFAULTS: Readonly<Record<string, unknown>> = {
  keep_alive: "5m",
  ollama_host: OLLAMA,
  openai_base_url: OPENAI,
  openai_api_key: "",
};

/** Warns of each setting beside `provider` that has no effect on its servers. */
export function warnUnused(provider: string, context: ReadContext): void {
  const { section, sources, warnings } = context;
  const prefix = context.path.replace(/provider$/, "");
  const options = isObject(section.options) ? section.options : {};
  const has = (name: string) => options[name] !== undefined;
  const warn = (key: string, why: string) => warnings.push(`${prefix}${key} has no effect: ${why}`);
  // A variable is often set for other programs.
  const unused = (key: string, variable?: string) => {
    const value = section[key];
    const others: unknown[] = [undefined, DEFAULTS[key], variable && sources.env(variable)];
    if (!others.includes(value)) warn(key, `${prefix}provider is ${provider}`);
  };
  if (provider === "ollama") {
    unused("openai_base_url");
    unused("openai_api_key", "OPENAI_API_KEY");
    for (const [name, own] of Object.entries(OLLAMA_NAMES).filter(([name]) => has(name))) {
      warn(`options.${name}`, `for Ollama it is ${own}`);
    }
  }
  if (provider === "openai") {
    unused("ollama_host", "OLLAMA_HOST");
    unused("keep_alive");
    for (const name of RESERVED.filter(has)) warn(`options.${name}`, "the bot sets it itself");
    for (const name of LOAD_OPTIONS.filter(has)) {
      const advice = "most of these servers ignore it; set it where the server starts";
      warnings.push(`${prefix}options.${name} may have no effect: ${advice}`);
    }
    const [limit, ...others] = [...LIMITS.toReversed(), "num_predict"].filter(has);
    for (const name of others) warn(`options.${name}`, `${limit} counts`);
    const reasoning = REASONING_OPTIONS.find(has);
    if (section.think && reasoning) warn("think", `options.${reasoning} counts`);
  }
}
