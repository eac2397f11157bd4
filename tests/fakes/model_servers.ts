/**
 * Stand-ins for model servers as operators have them: each reads the options by its own names, and has
 * the quirks that its public sources and issues tell of.
 */
import { FaultyOllama } from "./ollama/faulty.ts";
import { type ChatBody, FakeOpenAi, type Refuse } from "./openai.ts";
import { forbidden, json, llamaCppError, openAiError, vllmError } from "./openai_errors.ts";

/** What a server makes of a chat request. */
export interface Understood {
  /** The role of the first message. */
  readonly first: string;
  readonly temperature: unknown;
  readonly limit: unknown;
  readonly repeatPenalty: unknown;
  readonly stop: unknown;
  readonly reasons: boolean;
}

export interface StandIn extends AsyncDisposable {
  /** Its part of the `llm` section. */
  readonly llm: Readonly<Record<string, unknown>>;
  readonly understood: Understood[];
}

/** Greets who wrote the last line. */
function replyTo(messages: readonly { readonly content: string }[]): string {
  const [, name] = /(\w+): [^\n]*$/.exec(messages.at(-1)?.content ?? "") ?? [];
  return `Ahoy, ${name}.`;
}

const TURNED_OFF = ["none", "disabled"];

interface Quirks {
  readonly refuse: Refuse;
  readonly listed?: Record<string, unknown>;
  readonly limitNames: readonly string[];
  readonly repeatName?: string;
  /** Whether the model reasons until a request says otherwise. */
  readonly reasons: boolean;
}

function openAiServer({ refuse, listed, limitNames, repeatName, reasons }: Quirks): StandIn {
  const fake = new FakeOpenAi();
  const understood: Understood[] = [];
  if (listed) fake.listed = listed;
  fake.refuse = (body) => {
    const refusal = refuse(body);
    if (refusal) return refusal;
    const limit = limitNames.map((name) => body[name]).find((value) => value !== undefined);
    const isOn = reasons && !TURNED_OFF.includes(String(body.reasoning_effort));
    understood.push({
      first: body.messages[0]!.role,
      temperature: body.temperature,
      limit,
      repeatPenalty: repeatName && body[repeatName],
      stop: body.stop,
      reasons: isOn,
    });
    // A short limit is used up before the answer begins.
    fake.mode = isOn
      ? { kind: "stream", text: "", reasoning: "Who is it? ", finish: "length" }
      : { kind: "stream", text: replyTo(body.messages) };
  };
  const llm = { provider: "openai", model: "small-model", openai_base_url: fake.url };
  return { llm, understood, [Symbol.asyncDispose]: () => fake[Symbol.asyncDispose]() };
}

const hasSystem = ({ messages }: ChatBody) => messages.some(({ role }) => role === "system");

/** Starts a model for the first request; its model reasons and takes no other name for the limit. */
function coldCloud(): StandIn {
  let starting = 3;
  return openAiServer({
    limitNames: ["max_completion_tokens"],
    reasons: true,
    refuse(body) {
      if (starting-- > 0) {
        return json(503, { error: "Model small-model is currently loading", estimated_time: 20 });
      }
      if (body.max_tokens !== undefined) {
        return openAiError(
          "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
          "max_tokens",
        );
      }
      const unknown = Object.keys(body).find((name) => /^repe/.test(name));
      return unknown === undefined ? undefined : forbidden(unknown);
    },
  });
}

function localOllama(): StandIn {
  const understood: Understood[] = [];
  const ollama = FaultyOllama.start({
    tokenDelayMs: 0,
    reply: replyTo,
    onRequest({ path, body }) {
      const { messages = [], options = {}, think } = Object(body);
      if (path !== "/api/chat" || messages.length === 0) return;
      const { temperature, num_predict: limit, repeat_penalty: repeatPenalty, stop } = options;
      const [{ role: first }] = messages;
      understood.push({ first, temperature, limit, repeatPenalty, stop, reasons: think !== false });
    },
  });
  const llm = { provider: "ollama", model: "rosey-demo", ollama_host: ollama.url };
  return { llm, understood, [Symbol.asyncDispose]: () => ollama[Symbol.asyncDispose]() };
}

/** Ollama's other API: a model that can reason does so unless it is told not to. */
function ollamaAsOpenAi(): StandIn {
  return openAiServer({ refuse: () => undefined, limitNames: ["max_tokens"], reasons: true });
}

/** Its model's template knows no system message; the server reports that as its own error. */
function llamaServer(): StandIn {
  return openAiServer({
    listed: { id: "mistral-7b-instruct-v0.3.gguf", object: "model", meta: { n_ctx: 8192 } },
    limitNames: ["max_tokens", "max_completion_tokens", "n_predict"],
    repeatName: "repeat_penalty",
    reasons: true,
    refuse: (body) =>
      hasSystem(body) ? llamaCppError("Only user and assistant roles are supported!") : undefined,
  });
}

/** Refuses OpenAI's parameters that the provider behind it has not; passes all others on. */
function liteLlm(): StandIn {
  return openAiServer({
    limitNames: ["max_tokens", "max_completion_tokens"],
    repeatName: "repeat_penalty",
    reasons: false,
    refuse: ({ reasoning_effort }) =>
      reasoning_effort === undefined ? undefined : openAiError(
        "litellm.UnsupportedParamsError: ollama_chat does not support parameters: ['reasoning_effort'], for model=gemma2. To drop these, set `litellm.drop_params=True` or for proxy:\n\n`litellm_settings:\n drop_params: true`\n. Received Model Group=small-model\nAvailable Model Group Fallbacks=None",
      ),
  });
}

/** Ignores what it does not know, and checks what it knows. */
function vllm(): StandIn {
  return openAiServer({
    listed: { id: "small-model", object: "model", owned_by: "vllm", max_model_len: 4096 },
    limitNames: ["max_completion_tokens", "max_tokens"],
    repeatName: "repetition_penalty",
    reasons: true,
    refuse: (body) => hasSystem(body) ? vllmError("System role not supported") : undefined,
  });
}

export const MODEL_SERVERS: Readonly<Record<string, () => StandIn>> = {
  "a cold cloud": coldCloud,
  "local Ollama": localOllama,
  "Ollama's OpenAI-compatible API": ollamaAsOpenAi,
  "llama.cpp's llama-server": llamaServer,
  "LiteLLM": liteLlm,
  "vLLM": vllm,
};
