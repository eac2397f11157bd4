import * as v from "valibot";
import { type ReadContext, setting } from "./schema.ts";
import { flag, HTTP_URL, limitSeconds, secret, text } from "./schema_parts.ts";

const KEEP_ALIVE = 'a number of seconds, or a duration with its unit such as "5m" or "1h30m"';
const HOST =
  'an http:// or https:// URL, {"url": …, "model", "api_key", "ca_file"}, or a list of these';

/** One Ollama server. */
export interface HostSettings {
  /** As written: not validated yet. */
  readonly url: string;
  /** For messages: `llm.ollama_host[0].url`, `OLLAMA_HOST` or `--ollama-host`. */
  readonly source: string;
  /** Default: `llm.model`. */
  readonly model?: string;
  /** Sent as a bearer token. */
  readonly apiKey?: string;
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
    v.optional(text(HTTP_URL), "https://api.openai.com/v1"),
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
