/** Settings that belong to one provider; a new provider adds its settings here. */
import * as v from "valibot";
import { type ReadContext, setting, type ValuesOf } from "./schema.ts";
import { headers, type HeaderSettings, readHeaders } from "./headers.ts";
import { secretsOf } from "./ollama_host.ts";
import { HTTP_URL, secret, text } from "./schema_parts.ts";

export const OLLAMA = "http://localhost:11434";
export const OPENAI = "https://api.openai.com/v1";
const HOST = 'an http:// or https:// URL, {"url": …, "model", "api_key", "ca_file", "headers"}, ' +
  "or a list of these";

/** Where one model server is. What is missing is that of its entry. */
export interface HostSettings {
  /** As written: not validated yet. */
  readonly url: string;
  /** For messages: `llm.ollama_host[0].url`, `OLLAMA_HOST` or `--ollama-host`. */
  readonly source: string;
  readonly model?: string;
  readonly apiKey?: string;
  /** Where its API key is set, for messages. */
  readonly keySource: string;
  /** May have the API key; not every server is meant to get it. */
  readonly variable?: { readonly name: string; readonly key: string | undefined };
  /** What to do about a missing API key; undefined if the server may want none. */
  readonly missingKey?: string;
  /** PEM certificates of a private authority. */
  readonly caCertificates?: string;
  readonly headers?: HeaderSettings;
}

const host = v.union([
  text(HOST),
  v.strictObject({
    url: v.pipe(text(HTTP_URL), v.description("Where this server is.")),
    model: v.optional(v.pipe(text(), v.description("Instead of llm.model."))),
    api_key: v.optional(v.pipe(secret, v.description("Sent to this server alone, as a bearer."))),
    ca_file: v.optional(v.pipe(text("a path"), v.description("Instead of llm.ca_file."))),
    headers: v.optional(v.pipe(headers, v.description("Instead of llm.headers."))),
  }, HOST),
], HOST);
const hosts = v.union([host, v.pipe(v.array(host, HOST), v.minLength(1, HOST))], HOST);

function hostSettings(
  value: v.InferOutput<typeof hosts>,
  context: ReadContext,
): HostSettings[] {
  const { sources, hostSource = context.path } = context;
  const name = "OLLAMA_API_KEY";
  const variable = { name, key: sources.resolve(sources.env(name), name) };
  return [value].flat().map((host, at): HostSettings => {
    const source = Array.isArray(value) ? `${hostSource}[${at}]` : hostSource;
    const isText = typeof host === "string";
    const { url, model, api_key, ca_file, headers } = isText ? { url: host } : host;
    sources.secrets.push(...secretsOf(url));
    const keySource = `${source}.api_key`;
    const apiKey = sources.resolve(api_key, keySource);
    return {
      url,
      source: isText ? source : `${source}.url`,
      model,
      apiKey,
      keySource,
      ...(apiKey === undefined && { variable }),
      caCertificates: ca_file && sources.certificates(ca_file, `${source}.ca_file`),
      headers: headers && readHeaders(headers, context, `${source}.headers`),
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
        v.metadata({ examples: [OLLAMA, "https://ollama.example.com"] }),
      ),
      OLLAMA,
    ),
    {
      help: "Where Ollama runs: a URL, an object with a URL, or a list of these, of which " +
        "the first healthy one is used. Also `--ollama-host` and OLLAMA_HOST.",
      convert: hostSettings,
    },
  ),
  openaiApiKey: setting("openai_api_key", v.optional(secret, ""), {
    help: "The API key for an OpenAI-compatible server. Also OPENAI_API_KEY.",
    convert: (source, { sources, path }) => sources.resolve(source, path),
  }),
  openaiBaseUrl: setting("openai_base_url", v.optional(text(HTTP_URL), OPENAI), {
    help:
      "Where the OpenAI-compatible server is, such as `http://host:port/v1`: LM Studio, vLLM, " +
      "llama.cpp and others.",
    convert: (url, { sources }) => {
      sources.secrets.push(...secretsOf(url));
      return url;
    },
  }),
};

/** Where one kind of model server is configured. */
interface ProviderSettings {
  /** @param section Of the entry: `llm`, or `llm.fallbacks[0]`. */
  readonly hosts: (
    entry: ValuesOf<typeof providerSettings>,
    section: string,
  ) => readonly HostSettings[];
  /** Settings of the main entry that environment variables replace. */
  readonly variables: Readonly<Record<string, string>>;
}

/** By their names in `llm.provider`. */
export const PROVIDER_SETTINGS = {
  ollama: {
    hosts: ({ ollamaHosts }) => ollamaHosts,
    variables: { ollama_host: "OLLAMA_HOST" },
  },
  openai: {
    hosts: ({ openaiBaseUrl: url, openaiApiKey: apiKey }, section) => {
      const setting = `${section}.openai_api_key`;
      const [keySource, advice] = section === "llm"
        ? ["OPENAI_API_KEY", `set ${setting} or OPENAI_API_KEY`]
        : [setting, `set ${setting}, e.g. to {"env": "OPENAI_API_KEY"}`];
      // Local servers often want no key.
      const missingKey = url.startsWith(OPENAI) ? advice : undefined;
      return [{ url, source: `${section}.openai_base_url`, apiKey, keySource, missingKey }];
    },
    variables: { openai_api_key: "OPENAI_API_KEY" },
  },
} as const satisfies Record<string, ProviderSettings>;
