/**
 * From settings to a provider, or to a reason why there is none: a mistake in the `llm` section leaves
 * the model off and the bot running.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import type { LlmSettings } from "../config/load.ts";
import { type Endpoint, parseHost } from "../config/ollama_host.ts";
import { errorMessage } from "../errors.ts";
import type { Server } from "./http.ts";
import { OllamaProvider } from "./ollama.ts";
import { OpenAiProvider } from "./openai.ts";
import type { Provider } from "./provider.ts";

const log = getLogger(["rosey", "llm"]);

const OPENAI = "https://api.openai.com/v1";

/**
 * Makes the provider that the settings ask for.
 *
 * @param llm The settings.
 * @returns The provider, or null when the model is off; the log says why.
 */
export function setupLlm(llm: LlmSettings): Provider | null {
  if (!llm.enabled) {
    log.info("LLM disabled: llm.enabled is false");
    return null;
  }
  try {
    return providerFor(llm);
  } catch (error) {
    log.error("{reason}; the bot runs without a model", { reason: errorMessage(error) });
    return null;
  }
}

function providerFor(llm: LlmSettings): Provider {
  const responseTimeoutMs = llm.responseTimeoutSeconds * 1000;
  switch (llm.provider) {
    case "ollama": {
      const server = serverOf(llm, llm.ollamaHost, llm.ollamaHostSource, llm.ollamaApiKey);
      const { keepAlive, options, think } = llm;
      const loadTimeoutMs = llm.loadTimeoutSeconds * 1000;
      const limits = { responseTimeoutMs, loadTimeoutMs };
      return new OllamaProvider({ server, keepAlive, options, think, ...limits });
    }
    case "openai": {
      // Servers on one's own machines often want no key; OpenAI's does.
      if (!llm.openaiApiKey && llm.openaiBaseUrl.startsWith(OPENAI)) {
        throw new Error("LLM error: no API key: set llm.openai_api_key or OPENAI_API_KEY");
      }
      const server = serverOf(llm, llm.openaiBaseUrl, "llm.openai_base_url", llm.openaiApiKey);
      return new OpenAiProvider({ server, responseTimeoutMs });
    }
    default:
      throw new Error(
        `Unknown LLM provider: ${llm.provider || '""'} (known are ollama and openai)`,
      );
  }
}

function serverOf(llm: LlmSettings, url: string, source: string, key?: string): Server {
  let endpoint: Endpoint;
  try {
    endpoint = parseHost(url);
  } catch (error) {
    throw new Error(`LLM error: Cannot use ${source}: ${errorMessage(error)}`, { cause: error });
  }
  if (llm.model === "") throw new Error("LLM error: no model: set llm.model, e.g. llama3.2:3b");
  // A line break in a header would make fetch fail with the key in its message.
  if (key !== undefined && !/^[\x21-\x7e]+$/.test(key)) {
    throw new Error("LLM error: the API key holds blanks or characters that no header can carry");
  }
  const client = Deno.createHttpClient({
    ...(llm.caCertificates ? { caCerts: [llm.caCertificates] } : {}),
  });
  const authorization = key === undefined ? endpoint.authorization : `Bearer ${key}`;
  return { url: endpoint.url, authorization, model: llm.model, client };
}
