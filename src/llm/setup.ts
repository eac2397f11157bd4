/**
 * From settings to a provider, or to a reason why there is none: a mistake in the `llm` section leaves
 * the model off and the bot running.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import type { HostSettings, LlmSettings } from "../config/settings.ts";
import { type Endpoint, parseHost } from "../config/ollama_host.ts";
import { errorMessage } from "../errors.ts";
import type { HttpProviderOptions } from "./http_provider.ts";
import { OllamaProvider } from "./ollama.ts";
import { OpenAiProvider } from "./openai.ts";
import type { Provider } from "./provider.ts";

const log = getLogger(["rosey", "llm"]);

const OPENAI = "https://api.openai.com/v1";
/**
 * A connection that was idle for longer may be dead without anybody knowing, and the question that is
 * sent over it lost. A question follows the look at its server within this.
 */
const POOL_IDLE_MS = 5000;

/**
 * Makes the providers that the settings ask for.
 *
 * @param llm The settings.
 * @returns One for each server that can be used, in the order of the settings; none when the model is
 *   off, and the log says why.
 */
export function setupLlm(llm: LlmSettings): Provider[] {
  if (!llm.enabled) {
    log.info("LLM disabled: llm.enabled is false");
    return [];
  }
  const { providers, mistakes } = providersOf(llm);
  const instead = providers.length > 0 ? "the others are used" : "the bot runs without a model";
  for (const reason of mistakes) log.error("{reason}; {instead}", { reason, instead });
  return providers;
}

/** Providers, and why there are not more of them. */
export interface Setup {
  /** One for each server that can be used, in the order of the settings. */
  readonly providers: Provider[];
  /** What is wrong with the others. */
  readonly mistakes: readonly string[];
}

/**
 * Makes the providers of settings that want a model.
 *
 * @param llm The settings.
 * @returns What could be made, and what could not.
 */
export function providersOf(llm: LlmSettings): Setup {
  const providers: Provider[] = [];
  const servers = llm.provider === "ollama" ? llm.ollamaHosts : [null];
  const mistakes = servers.flatMap((host) => {
    try {
      providers.push(providerFor(llm, host));
      return [];
    } catch (error) {
      return [errorMessage(error)];
    }
  });
  return { providers, mistakes };
}

function providerFor(llm: LlmSettings, host: HostSettings | null): Provider {
  const limits = {
    responseTimeoutMs: llm.responseTimeoutSeconds * 1000,
    firstTokenTimeoutMs: (llm.firstTokenTimeoutSeconds ?? llm.responseTimeoutSeconds) * 1000,
  };
  if (host) {
    const { keepAlive, options, think } = llm;
    const loadTimeoutMs = llm.loadTimeoutSeconds * 1000;
    return new OllamaProvider({
      ...serverOf(llm, host),
      keepAlive,
      options,
      think,
      loadTimeoutMs,
      ...limits,
    });
  }
  switch (llm.provider) {
    case "openai": {
      // Servers on one's own machines often want no key; OpenAI's does.
      if (!llm.openaiApiKey && llm.openaiBaseUrl.startsWith(OPENAI)) {
        throw new Error("LLM error: no API key: set llm.openai_api_key or OPENAI_API_KEY");
      }
      const source = "llm.openai_base_url";
      const server = serverOf(llm, { url: llm.openaiBaseUrl, source, apiKey: llm.openaiApiKey });
      const loadTimeoutMs = llm.loadTimeoutSeconds * 1000;
      return new OpenAiProvider({ ...server, loadTimeoutMs, ...limits });
    }
    default:
      throw new Error(
        `Unknown LLM provider: ${llm.provider || '""'} (known are ollama and openai)`,
      );
  }
}

function serverOf(
  llm: LlmSettings,
  host: HostSettings,
): Pick<HttpProviderOptions, "server" | "connect"> {
  const { url, source, apiKey: key, model = llm.model, caCertificates = llm.caCertificates } = host;
  let endpoint: Endpoint;
  try {
    endpoint = llm.provider === "openai" ? parseHost(url, null) : parseHost(url);
  } catch (error) {
    throw new Error(`LLM error: Cannot use ${source}: ${errorMessage(error)}`, { cause: error });
  }
  if (model === "") throw new Error("LLM error: no model: set llm.model, e.g. llama3.2:3b");
  // A line break in a header would make fetch fail with the key in its message.
  if (key !== undefined && !/^[\x21-\x7e]+$/.test(key)) {
    throw new Error("LLM error: the API key holds blanks or characters that no header can carry");
  }
  const connect = () =>
    Deno.createHttpClient({
      // One connection of HTTP/2 carries all requests: all of them hang once its path is dead.
      http1: true,
      http2: false,
      poolIdleTimeout: POOL_IDLE_MS,
      ...(caCertificates ? { caCerts: [caCertificates] } : {}),
    });
  const authorization = key === undefined ? endpoint.authorization : `Bearer ${key}`;
  return { server: { url: endpoint.url, authorization, model }, connect };
}
