/**
 * What real servers with OpenAI's API refuse, in their own words. Sources: their public issue
 * trackers, 2024 to 2026.
 */
import type { ChatBody, Refuse } from "./openai.ts";
import {
  forbidden,
  json,
  llamaCppError,
  lmStudioError,
  openAiError,
  openRouterError,
  vllmError,
} from "./openai_errors.ts";

const hasSystem = ({ messages }: ChatBody) => messages.some(({ role }) => role === "system");
/** The older templates count a system message, too. */
const isOutOfTurn = ({ messages }: ChatBody) =>
  messages.some(({ role }, at) => (role === "user") !== (at % 2 === 0));
const turns = (body: ChatBody): ChatBody => ({
  ...body,
  messages: body.messages.filter(({ role }) => role !== "system"),
});

const ALTERNATE = "Conversation roles must alternate user/assistant/user/assistant/...";
const AFTER_SYSTEM =
  "After the optional system message, conversation roles must alternate user/assistant/user/assistant/...";
const USER_AND_ASSISTANT = "Only user and assistant roles are supported!";

/** Servers whose models do not take a system message. */
export const NO_SYSTEM_ROLE: Readonly<Record<string, Refuse>> = {
  "vLLM, Gemma 2": (body) =>
    hasSystem(body)
      ? vllmError("System role not supported")
      : isOutOfTurn(body)
      ? vllmError(`${ALTERNATE} ${ALTERNATE}`)
      : undefined,
  "vLLM, Mistral 7B 0.2": (body) => isOutOfTurn(body) ? vllmError(ALTERNATE) : undefined,
  "llama.cpp, Mistral 7B 0.3": (body) =>
    hasSystem(body) ? llamaCppError(USER_AND_ASSISTANT) : undefined,
  "LM Studio, Mistral 7B 0.3": (body) =>
    hasSystem(body) ? lmStudioError(USER_AND_ASSISTANT) : undefined,
  "OpenRouter, Gemma 3 on Google AI Studio": (body) => {
    const message = "Developer instruction is not enabled for models/gemma-3-27b-it";
    const error = { code: 400, message, status: "INVALID_ARGUMENT" };
    return hasSystem(body) ? openRouterError({ error }, "Google AI Studio") : undefined;
  },
  "OpenAI, o1-mini": (body) =>
    hasSystem(body)
      ? openAiError(
        "Unsupported value: 'messages[0].role' does not support 'system' with this model.",
        "messages[0].role",
      )
      : undefined,
  "LiteLLM, Bedrock": (body) =>
    hasSystem(body)
      ? openAiError(
        'litellm.BadRequestError: BedrockException - {"message":"This model doesn\'t support system messages. Try again without a system message or use a model that supports system messages."}',
      )
      : undefined,
  "TGI, Mistral 7B 0.2": (body) => {
    const error = `Template error: syntax error: ${ALTERNATE} (in <string>:1)`;
    return isOutOfTurn(body) ? json(422, { error, error_type: "template_error" }) : undefined;
  },
};

/** Servers whose models take a system message, and after it turns that alternate. */
export const ALTERNATING: Readonly<Record<string, Refuse>> = {
  "vLLM, Mistral 7B 0.3": (body) => isOutOfTurn(turns(body)) ? vllmError(AFTER_SYSTEM) : undefined,
  "llama.cpp, Devstral": (body) =>
    isOutOfTurn(turns(body))
      ? llamaCppError(
        "After the optional system message, conversation roles must alternate user and assistant roles except for tool calls and results.",
      )
      : undefined,
  "Bedrock": (body) =>
    isOutOfTurn(turns(body))
      ? openAiError("A conversation must alternate between user and assistant roles.")
      : undefined,
  "Bedrock, of the first message": (body) =>
    turns(body).messages[0]!.role === "user" ? undefined : openAiError(
      "A conversation must start with a user message. Try again with a conversation that starts with a user message.",
    ),
  "Anthropic, of the first message": (body) =>
    turns(body).messages[0]!.role === "user"
      ? undefined
      : openAiError('messages: first message must use the "user" role'),
  "DeepSeek": (body) =>
    isOutOfTurn(turns(body))
      ? openAiError(
        "deepseek-reasoner does not support successive user or assistant messages (messages[1] and messages[2] in your input).",
      )
      : undefined,
};

interface Picky {
  readonly options: Readonly<Record<string, unknown>>;
  readonly think?: boolean | string;
  readonly refuse: Refuse;
  /** What the server gets in the end. */
  readonly taken: Readonly<Record<string, unknown>>;
  /** How many requests are refused before; default 1. */
  readonly refused?: number;
}

function unless(isTaken: (body: ChatBody) => boolean, error: () => Response): Refuse {
  return (body) => isTaken(body) ? undefined : error();
}

const lacks = (name: string) => (body: ChatBody) => body[name] === undefined;

/** Servers that do not take every field. */
export const PICKY: Readonly<Record<string, Picky>> = {
  "OpenAI, a model that reasons: max_tokens": {
    options: { max_tokens: 300 },
    refuse: unless(lacks("max_tokens"), () =>
      openAiError(
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
        "max_tokens",
      )),
    taken: { max_completion_tokens: 300 },
  },
  "Ollama's names on OpenAI": {
    options: { num_predict: 300, repeat_penalty: 1.1 },
    refuse: (body) => {
      const names = ["repeat_penalty", "repetition_penalty"].filter((name) => !lacks(name)(body));
      const supplied = `Unrecognized request arguments supplied: ${names.join(", ")}`;
      return names.length > 0 ? openAiError(supplied) : undefined;
    },
    taken: { max_tokens: 300 },
    refused: 2,
  },
  "llama.cpp: a value of a wrong type": {
    options: { temperature: 0.2, top_k: "many" },
    refuse: unless(lacks("top_k"), () =>
      openAiError(
        "Field 'top_k': [json.exception.type_error.302] type must be number, but is string",
      )),
    taken: { temperature: 0.2 },
  },
  "Mistral: max_completion_tokens": {
    options: { max_completion_tokens: 300 },
    refuse: unless(lacks("max_completion_tokens"), () => forbidden("max_completion_tokens")),
    taken: { max_tokens: 300 },
  },
  "Mistral: an unknown option": {
    options: { temperature: 0.3, top_k: 40 },
    refuse: unless(lacks("top_k"), () => forbidden("top_k")),
    taken: { temperature: 0.3 },
  },
  "OpenAI, a model that reasons: temperature": {
    options: { temperature: 0.2, top_p: 0.9 },
    refuse: unless(lacks("temperature"), () =>
      openAiError(
        "Unsupported value: 'temperature' does not support 0.2 with this model. Only the default (1) value is supported.",
        "temperature",
      )),
    taken: { top_p: 0.9 },
  },
  "Google: two unknown options in a list": {
    options: { frequency_penalty: 0.5, top_k: 40 },
    refuse: (body) => {
      const names = ["frequency_penalty", "top_k"].filter((name) => body[name] !== undefined);
      const message = names.map((name) =>
        `Invalid JSON payload received. Unknown name "${name}": Cannot find field.`
      ).join("\n");
      const error = { code: 400, message, status: "INVALID_ARGUMENT" };
      return names.length > 0 ? json(400, [{ error }]) : undefined;
    },
    taken: {},
    refused: 2,
  },
  "Gemini on OpenRouter: penalties": {
    options: { presence_penalty: 0.5 },
    refuse: unless(
      lacks("presence_penalty"),
      () =>
        openRouterError({ error: { message: "Penalty is not enabled for this model" } }, "Google"),
    ),
    taken: {},
  },
  "xAI, a name in its own spelling": {
    options: { presence_penalty: 0.5 },
    refuse: unless(
      lacks("presence_penalty"),
      () =>
        json(400, { code: "x", error: "Argument not supported on this model: presencePenalty" }),
    ),
    taken: {},
  },
  "OpenAI, an organization that is not verified: stream": {
    options: {},
    refuse: unless(
      lacks("stream"),
      () => openAiError("Your organization must be verified to stream this model.", "stream"),
    ),
    taken: {},
  },
  "OpenAI, gpt-4o: reasoning_effort": {
    options: {},
    think: false,
    refuse: unless(
      lacks("reasoning_effort"),
      () => openAiError("Unrecognized request argument supplied: reasoning_effort"),
    ),
    taken: {},
  },
  "LiteLLM: reasoning_effort": {
    options: {},
    think: true,
    refuse: unless(lacks("reasoning_effort"), () =>
      openAiError(
        "litellm.UnsupportedParamsError: groq does not support parameters: ['reasoning_effort'], for model=m. To drop these, set `litellm.drop_params=True`",
      )),
    taken: {},
  },
  "xAI, a model that always reasons": {
    options: {},
    think: "low",
    refuse: unless(lacks("reasoning_effort"), () =>
      json(400, {
        code: "invalid-argument",
        error: "Model grok-4.20-0309-reasoning does not support parameter reasoningEffort.",
      })),
    taken: {},
  },
  "Ollama's /v1, a model that cannot think": {
    options: {},
    think: true,
    refuse: unless(
      lacks("reasoning_effort"),
      () => openAiError('"llama3.2:3b" does not support thinking'),
    ),
    taken: {},
  },
  "OpenAI, gpt-5: no none": {
    options: {},
    think: false,
    refuse: unless(({ reasoning_effort }) => reasoning_effort !== "none", () =>
      openAiError(
        "Unsupported value: 'reasoning_effort' does not support 'none' with this model. Supported values are: 'minimal', 'low', 'medium', and 'high'.",
        "reasoning_effort",
      )),
    taken: { reasoning_effort: "minimal" },
  },
  "OpenAI, a value without the field's name": {
    options: {},
    think: "max",
    refuse: unless(({ reasoning_effort }) => reasoning_effort !== "max", () =>
      openAiError(
        "Unsupported value: 'max' is not supported with the 'gpt-5.1' model. Supported values are: 'none', 'low', 'medium', and 'high'.",
        "reasoning_effort",
      )),
    taken: { reasoning_effort: "high" },
  },
  "vLLM, an older one: no none": {
    options: {},
    think: false,
    refuse: unless(({ reasoning_effort }) => reasoning_effort !== "none", () =>
      vllmError(
        "[{'type': 'literal_error', 'loc': ('body', 'reasoning_effort'), 'msg': \"Input should be 'low', 'medium' or 'high'\", 'input': 'none'}]",
      )),
    taken: { reasoning_effort: "low" },
  },
  "Groq, Qwen: on or off": {
    options: {},
    think: true,
    refuse: unless(
      ({ reasoning_effort }) => reasoning_effort === "default",
      () => openAiError("`reasoning_effort` must be one of `none` or `default`"),
    ),
    taken: { reasoning_effort: "default" },
  },
  "OpenRouter, a model that always reasons": {
    options: {},
    think: false,
    refuse: unless(({ reasoning_effort }) => reasoning_effort !== "none", () =>
      json(400, {
        error: {
          message: "Reasoning is mandatory for this endpoint and cannot be disabled.",
          code: 400,
          metadata: { provider_name: null },
        },
      })),
    taken: { reasoning_effort: "low" },
  },
  "Cerebras, a model that cannot reason": {
    options: {},
    think: false,
    refuse: unless(lacks("reasoning_effort"), () =>
      json(400, {
        message:
          "1 validation error for ChatCompletionServerRequest\nreasoning_effort\n  Input should be 'low', 'medium' or 'high' [type=enum]",
        type: "invalid_request_error",
        param: "validation_error",
      })),
    taken: {},
    refused: 2,
  },
};
