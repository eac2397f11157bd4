/** Makes providers from settings. A mistake in the section `llm` leaves the model off. */
import { getLogger } from "@logtape/logtape";
import { type Endpoint, parseHost } from "../config/ollama_host.ts";
import { type HostSettings, type LlmSettings, PROVIDER_SETTINGS } from "../config/settings.ts";
import { errorMessage } from "../errors.ts";
import type { HttpProviderOptions } from "./http_provider.ts";
import { OllamaProvider } from "./ollama.ts";
import { OpenAiProvider } from "./openai.ts";
import type { Provider } from "./provider.ts";

const log = getLogger(["rosey", "llm"]);

interface ProviderKind {
  readonly make: (options: HttpProviderOptions, llm: LlmSettings) => Provider;
  readonly canPull: boolean;
  /** Headers with the API key; their values are redacted everywhere. */
  readonly credentials: (key: string) => Readonly<Record<string, string>>;
  /** Other headers of every request, such as an API's version. */
  readonly headers?: Readonly<Record<string, string>>;
  /** For the correction of an address without scheme and port; null: none. */
  readonly barePort: number | null;
}

const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

/** By their names in `llm.provider`, as in {@linkcode PROVIDER_SETTINGS}. */
const PROVIDERS: Readonly<Record<keyof typeof PROVIDER_SETTINGS, ProviderKind>> = {
  ollama: {
    make: (options, { keepAlive, options: parameters, think }) =>
      new OllamaProvider({ ...options, keepAlive, options: parameters, think }),
    canPull: true,
    credentials: bearer,
    barePort: 11434,
  },
  openai: {
    make: (options) => new OpenAiProvider(options),
    canPull: false,
    credentials: bearer,
    barePort: null,
  },
};

/** A connection that was idle for longer may be dead without a reset. */
const POOL_IDLE_MS = 5000;

/** Returns a provider per usable server, in the order of the settings. Logs why there are not more. */
export function makeProviders(llm: LlmSettings): Provider[] {
  if (!llm.enabled) {
    log.info("LLM disabled: llm.enabled is false");
    return [];
  }
  const { providers, mistakes } = providersOf(llm);
  const instead = providers.length > 0 ? "the others are used" : "the bot runs without a model";
  for (const reason of mistakes) log.error("{reason}; {instead}", { reason, instead });
  return providers;
}

export function providersOf(
  llm: LlmSettings,
): { readonly providers: Provider[]; readonly mistakes: readonly string[] } {
  const { provider: name } = llm;
  if (!isKnown(name)) {
    const known = `(known are ${Object.keys(PROVIDERS).join(" and ")})`;
    return { providers: [], mistakes: [`Unknown LLM provider: ${name || '""'} ${known}`] };
  }
  const providers: Provider[] = [];
  const mistakes: string[] = [];
  for (const host of PROVIDER_SETTINGS[name].hosts(llm)) {
    try {
      providers.push(PROVIDERS[name].make(optionsFor(llm, host, PROVIDERS[name]), llm));
    } catch (error) {
      mistakes.push(`LLM error: ${errorMessage(error)}`);
    }
  }
  return { providers, mistakes };
}

/** Whether servers of the configured kind pull models; true for an unknown kind. */
export function canPull({ provider }: LlmSettings): boolean {
  return !isKnown(provider) || PROVIDERS[provider].canPull;
}

function isKnown(name: string): name is keyof typeof PROVIDERS {
  return Object.hasOwn(PROVIDERS, name);
}

function optionsFor(
  llm: LlmSettings,
  host: HostSettings,
  { credentials, headers, barePort }: ProviderKind,
): HttpProviderOptions {
  const { url, source, apiKey, model = llm.model, caCertificates = llm.caCertificates } = host;
  if (!apiKey && host.missingKey) throw new Error(`no API key: ${host.missingKey}`);
  let endpoint: Endpoint;
  try {
    endpoint = parseHost(url, barePort);
  } catch (error) {
    throw new Error(`Cannot use ${source}: ${errorMessage(error)}`, { cause: error });
  }
  if (model === "") throw new Error("no model: set llm.model, e.g. llama3.2:3b");
  // An invalid header would make fetch fail with the key in its message.
  if (apiKey !== undefined && !/^[\x21-\x7e]+$/.test(apiKey)) {
    throw new Error("the API key holds blanks or characters that no header can carry");
  }
  const connect = () =>
    Deno.createHttpClient({
      // With HTTP/2, all requests share one connection and hang together if its path is dead.
      http1: true,
      http2: false,
      poolIdleTimeout: POOL_IDLE_MS,
      ...(caCertificates ? { caCerts: [caCertificates] } : {}),
    });
  return {
    server: { ...endpoint, model, headers, ...(apiKey && { credentials: credentials(apiKey) }) },
    connect,
    responseTimeoutMs: llm.responseTimeoutSeconds * 1000,
    firstTokenTimeoutMs: (llm.firstTokenTimeoutSeconds ?? llm.responseTimeoutSeconds) * 1000,
    loadTimeoutMs: llm.loadTimeoutSeconds * 1000,
  };
}
