import * as v from "valibot";
import { headers, readHeaders } from "./headers.ts";
import { type RawSection, sectionList, setting, type ValuesOf } from "./schema.ts";
import { flag, limitSeconds, modelOptions, text } from "./schema_parts.ts";
import { PROVIDER_SETTINGS, providerSettings } from "./settings_providers.ts";
import { warnUnused } from "./unused_settings.ts";

const PROVIDERS = Object.keys(PROVIDER_SETTINGS);
/** Source: https://pkg.go.dev/time#ParseDuration; the Greek letter is another one than the sign. */
const GO_DURATION = /^[-+]?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|\u00b5s|\u03bcs|ms|s|m|h))+)$/;
const THINK = "true, false, low, medium, high or max";
const KEEP_ALIVE = 'a number of seconds, or a duration with its unit such as "5m" or "1h30m"';

/** Settings of a model server: the main one in `llm`, others in `llm.fallbacks`. */
const serverSettings = {
  provider: setting(
    "provider",
    v.optional(
      v.pipe(text(PROVIDERS.join(" or ")), v.metadata({ examples: PROVIDERS })),
      "ollama",
    ),
    {
      help: "The API of the model server: `ollama`, or `openai` for any OpenAI-compatible server.",
      convert: (written, context) => {
        const provider = written.trim().toLowerCase();
        warnUnused(provider, context);
        return provider;
      },
    },
  ),
  model: setting("model", v.optional(text(), ""), {
    help: "The model's name, such as `llama3.2:3b`. Required when `llm.enabled` is true.",
    convert: (model) => model.trim(),
  }),
  ...providerSettings,
  caCertificates: setting("ca_file", v.optional(text("a path")), {
    help: "A PEM file with the private certificate authority that signed the server's certificate.",
    convert: (file, { sources, path }) => file ? sources.certificates(file, path) : undefined,
  }),
  headers: setting("headers", v.optional(headers, {}), {
    help: "More headers of every request, for example for Cloudflare Access. The values " +
      "are secrets.",
    convert: (written, context) => readHeaders(written, context, context.path),
  }),
  responseTimeoutSeconds: setting("response_timeout", v.optional(limitSeconds(), 30), {
    help: "Seconds for a whole answer of a loaded model.",
  }),
  firstTokenTimeoutSeconds: setting("first_token_timeout", v.optional(limitSeconds()), {
    help: "Seconds until an answer begins. Without it, `llm.response_timeout` applies.",
  }),
  loadTimeoutSeconds: setting("load_timeout", v.optional(limitSeconds(), 300), {
    help: "Seconds for loading the model.",
  }),
  probeTimeoutSeconds: setting("probe_timeout", v.optional(limitSeconds(), 5), {
    help: "Seconds until a server tells its state; grows up to 30 while the server is slow.",
  }),
  keepAlive: setting(
    "keep_alive",
    v.optional(
      v.union([
        v.number(KEEP_ALIVE),
        v.pipe(
          v.string(KEEP_ALIVE),
          v.regex(GO_DURATION, KEEP_ALIVE),
        ),
      ], KEEP_ALIVE),
      "5m",
    ),
    { help: "How long Ollama keeps the model in memory after an answer; -1 for ever." },
  ),
  options: setting("options", modelOptions, {
    help: 'The model\'s parameters, such as `{"num_ctx": 8192, "temperature": 0.7}`. ' +
      "Ollama's names also work on OpenAI-compatible servers.",
  }),
  think: setting(
    "think",
    v.optional(
      v.union([flag(), v.picklist(["low", "medium", "high", "max"])], THINK),
      false,
    ),
    { help: "Let a reasoning model think, and how much. Its reasoning is never shown." },
  ),
};

/** The settings of one entry: `llm` itself, or one of `llm.fallbacks`. */
export type ServerEntry = ValuesOf<typeof serverSettings>;

/** Settings of the `llm` section that define the model servers; changing one reconnects. */
export const modelSettings = {
  enabled: setting("enabled", v.optional(flag(), false), {
    help: "Answer with a language model. Without it, the bot runs its commands only.",
  }),
  ...serverSettings,
  fallbacks: sectionList(
    "fallbacks",
    serverSettings,
    "Other servers, of any kind, tried in order while those of `llm` are away.",
    inherited,
  ),
};

/**
 * What an entry has of `llm`: the limits, and the model if both are of one kind. The key, the headers and
 * the model's options of one server are not meant for another.
 */
function inherited(entry: RawSection, llm: RawSection): RawSection {
  const named = PROVIDERS.find((name) => Object.keys(entry).some((key) => key.startsWith(name)));
  const provider = entry.provider ?? named ?? llm.provider;
  const isSameKind = kindOf(provider) === kindOf(llm.provider);
  const values = Object.values(serverSettings)
    .filter(({ key }) => key.endsWith("_timeout") || (key === "model" && isSameKind))
    // A mistake is reported where it is written.
    .filter(({ key, schema }) => v.is(schema, llm[key]))
    .map(({ key }) => [key, llm[key]]);
  return { provider, ...Object.fromEntries(values) };
}

function kindOf(provider: unknown = "ollama"): string {
  return String(provider).trim().toLowerCase();
}
