/** Makes providers from settings. A mistake in the section `llm` leaves the model off. */
import { getLogger } from "@logtape/logtape";
import { type Endpoint, parseHost } from "../config/ollama_host.ts";
import type { HostSettings, LlmSettings } from "../config/settings.ts";
import { errorMessage } from "../errors.ts";
import type { HttpProviderOptions } from "./http_provider.ts";
import { OllamaProvider } from "./ollama.ts";
import { OpenAiProvider } from "./openai.ts";
import type { Provider } from "./provider.ts";

const log = getLogger(["rosey", "llm"]);

const OPENAI = "https://api.openai.com/v1";
/** A connection that was idle for longer may be dead without a reset. */
const POOL_IDLE_MS = 5000;

/** Returns a provider per usable server, in the order of the settings. Logs why there are not more. */
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

/** As {@linkcode setupLlm}, but returns the mistakes in the settings. */
export function providersOf(
  llm: LlmSettings,
): { readonly providers: Provider[]; readonly mistakes: readonly string[] } {
  const providers: Provider[] = [];
  const mistakes: string[] = [];
  for (const host of llm.provider === "ollama" ? llm.ollamaHosts : [null]) {
    try {
      providers.push(providerFor(llm, host));
    } catch (error) {
      mistakes.push(errorMessage(error));
    }
  }
  return { providers, mistakes };
}

/** `host` is null for providers other than Ollama. */
function providerFor(llm: LlmSettings, host: HostSettings | null): Provider {
  const limits = {
    responseTimeoutMs: llm.responseTimeoutSeconds * 1000,
    firstTokenTimeoutMs: (llm.firstTokenTimeoutSeconds ?? llm.responseTimeoutSeconds) * 1000,
    loadTimeoutMs: llm.loadTimeoutSeconds * 1000,
  };
  if (host) {
    const { keepAlive, options, think } = llm;
    return new OllamaProvider({ ...serverOf(llm, host), keepAlive, options, think, ...limits });
  }
  if (llm.provider !== "openai") {
    const name = llm.provider || '""';
    throw new Error(`Unknown LLM provider: ${name} (known are ollama and openai)`);
  }
  const { openaiApiKey: apiKey, openaiBaseUrl: url } = llm;
  // Local servers often want no key.
  if (!apiKey && url.startsWith(OPENAI)) {
    throw new Error("LLM error: no API key: set llm.openai_api_key or OPENAI_API_KEY");
  }
  const server = serverOf(llm, { url, source: "llm.openai_base_url", apiKey });
  return new OpenAiProvider({ ...server, ...limits });
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
  // An invalid header would make fetch fail with the key in its message.
  if (key !== undefined && !/^[\x21-\x7e]+$/.test(key)) {
    throw new Error("LLM error: the API key holds blanks or characters that no header can carry");
  }
  const connect = () =>
    Deno.createHttpClient({
      // With HTTP/2, all requests share one connection and hang together if its path is dead.
      http1: true,
      http2: false,
      poolIdleTimeout: POOL_IDLE_MS,
      ...(caCertificates ? { caCerts: [caCertificates] } : {}),
    });
  const authorization = key === undefined ? endpoint.authorization : `Bearer ${key}`;
  return { server: { url: endpoint.url, authorization, model }, connect };
}
