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
  const { usable, mistakes } = providersOf(serversOf(llm));
  const instead = usable.length > 0 ? "the others are used" : "the bot runs without a model";
  for (const { message: reason } of mistakes) log.error("{reason}; {instead}", { reason, instead });
  return usable.map(({ provider }) => provider);
}

export interface UsableServer {
  readonly provider: Provider;
  readonly settings: ServerSettings;
}

/** Why a server cannot be used. */
export class ServerMistake extends Error {
  /** @param setting What to correct: `llm.model`, `OLLAMA_HOST` or `--ollama-host`. */
  constructor(message: string, readonly setting: string) {
    super(message);
  }
}

/** A mistake that several servers share is listed once. */
export function providersOf(
  servers: readonly ServerSettings[],
): { readonly usable: UsableServer[]; readonly mistakes: readonly ServerMistake[] } {
  const usable: UsableServer[] = [];
  const mistakes: ServerMistake[] = [];
  for (const settings of servers) {
    try {
      usable.push({ provider: makeProvider(settings), settings });
    } catch (error) {
      const mistake = error instanceof ServerMistake
        ? error
        : new ServerMistake(`LLM error: ${errorMessage(error)}`, settings.section);
      if (!mistakes.some(({ message }) => message === mistake.message)) mistakes.push(mistake);
    }
  }
  return { usable, mistakes };
}

function makeProvider(server: ServerSettings): Provider {
  const { provider: name, section } = server;
  if (isKnown(name)) return PROVIDERS[name].make(optionsFor(server, PROVIDERS[name]), server);
  const known = `(known are ${Object.keys(PROVIDERS).join(" and ")})`;
  const where = section === "llm" ? "" : ` in ${section}`;
  const reason = `Unknown LLM provider: ${name || '""'} ${known}${where}`;
  throw new ServerMistake(reason, `${section}.provider`);
}

/** Whether a server of this kind pulls models; true for an unknown kind. */
export function canPull({ provider }: ServerSettings): boolean {
  return !isKnown(provider) || PROVIDERS[provider].canPull;
}

function optionsFor(server: ServerSettings, kind: ProviderKind): HttpProviderOptions {
  const { section, source, model, apiKey, keySource, missingKey, caCertificates } = server;
  const { authorization } = server.headers;
  const mistake = (reason: string, setting: string) =>
    new ServerMistake(`LLM error: ${reason}`, setting);
  if (!apiKey && !authorization && missingKey) {
    throw mistake(`no API key: ${missingKey}`, `${section}.openai_api_key`);
  }
  let endpoint: Endpoint;
  try {
    endpoint = parseHost(server.url, kind.barePort);
  } catch (error) {
    throw mistake(`Cannot use ${source}: ${errorMessage(error)}`, source);
  }
  if (model === "") {
    throw mistake(`no model: set ${section}.model, e.g. llama3.2:3b`, `${section}.model`);
  }
  // An invalid header would make fetch fail with the key in its message.
  if (apiKey !== undefined && !/^[\x21-\x7e]+$/.test(apiKey)) {
    throw mistake("the API key holds blanks or characters that no header can carry", keySource);
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
