/** Makes providers from settings. A mistake in the section `llm` leaves the model off. */
import { getLogger } from "@logtape/logtape";
import { type Endpoint, parseHost } from "../config/ollama_host.ts";
import { isPublic } from "../config/headers.ts";
import { isKnown, type ServerSettings, serversOf } from "../config/servers.ts";
import type { LlmSettings, PROVIDER_SETTINGS } from "../config/settings.ts";
import { errorMessage } from "../errors.ts";
import type { Server } from "./http.ts";
import type { HttpProviderOptions } from "./http_provider.ts";
import { OllamaProvider } from "./ollama.ts";
import { OpenAiProvider } from "./openai.ts";
import type { Provider } from "./provider.ts";

const log = getLogger(["rosey", "llm"]);

interface ProviderKind {
  readonly make: (options: HttpProviderOptions, server: ServerSettings) => Provider;
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
    make: (options, { options: parameters, think }) =>
      new OpenAiProvider({ ...options, options: parameters, think }),
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
  const { providers, mistakes } = providersOf(serversOf(llm));
  const instead = providers.length > 0 ? "the others are used" : "the bot runs without a model";
  for (const reason of mistakes) log.error("{reason}; {instead}", { reason, instead });
  return providers;
}

export function providersOf(
  servers: readonly ServerSettings[],
): { readonly providers: Provider[]; readonly mistakes: readonly string[] } {
  const providers: Provider[] = [];
  const mistakes: string[] = [];
  for (const server of servers) {
    const { provider: name, section } = server;
    if (!isKnown(name)) {
      const known = `(known are ${Object.keys(PROVIDERS).join(" and ")})`;
      const where = section === "llm" ? "" : ` in ${section}`;
      mistakes.push(`Unknown LLM provider: ${name || '""'} ${known}${where}`);
      continue;
    }
    try {
      const kind = PROVIDERS[name];
      providers.push(kind.make(optionsFor(server, kind), server));
    } catch (error) {
      mistakes.push(`LLM error: ${errorMessage(error)}`);
    }
  }
  return { providers, mistakes };
}

/** Whether a server of this kind pulls models; true for an unknown kind. */
export function canPull({ provider }: ServerSettings): boolean {
  return !isKnown(provider) || PROVIDERS[provider].canPull;
}

function optionsFor(server: ServerSettings, kind: ProviderKind): HttpProviderOptions {
  const { section, source, model, apiKey, keySource, missingKey, caCertificates } = server;
  const { authorization } = server.headers;
  if (!apiKey && !authorization && missingKey) throw new Error(`no API key: ${missingKey}`);
  let endpoint: Endpoint;
  try {
    endpoint = parseHost(server.url, kind.barePort);
  } catch (error) {
    throw new Error(`Cannot use ${source}: ${errorMessage(error)}`, { cause: error });
  }
  if (model === "") throw new Error(`no model: set ${section}.model, e.g. llama3.2:3b`);
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
    server: { ...endpoint, model, ...headersOf(server, kind, endpoint), keySource, section },
    connect,
    responseTimeoutMs: server.responseTimeoutSeconds * 1000,
    firstTokenTimeoutMs: (server.firstTokenTimeoutSeconds ?? server.responseTimeoutSeconds) * 1000,
    loadTimeoutMs: server.loadTimeoutSeconds * 1000,
    probeTimeoutMs: server.probeTimeoutSeconds * 1000,
  };
}

/** The operator's headers replace the bot's own, also the one with the API key. */
function headersOf(
  { apiKey, headers: written }: ServerSettings,
  { credentials, headers }: ProviderKind,
  { authorization }: Endpoint,
): Pick<Server, "headers" | "credentials"> {
  const all = Object.entries(written);
  return {
    headers: { ...headers, ...Object.fromEntries(all.filter(([name]) => isPublic(name))) },
    credentials: {
      ...(apiKey ? credentials(apiKey) : authorization && { authorization }),
      ...Object.fromEntries(all.filter(([name]) => !isPublic(name))),
    },
  };
}
