/** Settings that belong to one provider; a new provider adds its settings here. */
import * as v from "valibot";
import { type ReadContext, setting, type ValuesOf } from "./schema.ts";
import { HTTP_URL, secret, text } from "./schema_parts.ts";

const OPENAI = "https://api.openai.com/v1";
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

/** Settings of the `llm` section. */
export const providerSettings = {
  ollamaHosts: setting(
    "ollama_host",
    v.optional(
      v.pipe(
        hosts,
        v.metadata({ examples: ["http://localhost:11434", "https://ollama.example.com"] }),
      ),
      "http://localhost:11434",
    ),
    {
      help: "Where Ollama runs: a URL; of a list the first healthy one is used.",
      convert: hostSettings,
    },
  ),
  openaiApiKey: setting("openai_api_key", v.optional(secret, ""), {
    help: "Key for an OpenAI-compatible server.",
    convert: (source, { sources, path }) => sources.resolve(source, path),
  }),
  openaiBaseUrl: setting("openai_base_url", v.optional(text(HTTP_URL), OPENAI), {
    help: "Where the OpenAI-compatible server is, with its /v1.",
  }),
};

/** Where one kind of model server is configured. */
interface ProviderSettings {
  readonly hosts: (llm: ValuesOf<typeof providerSettings>) => readonly HostSettings[];
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
