/** Prompts that are too long, as servers say it, and what sounds like it but is something else. */
import { answer, sse } from "../fakes/raw_http.ts";
import { type FaultRow, ollama, openai, raw, status } from "./fault_scene.ts";

type Said = readonly [code: number, words: string];

/** Source: Ollama's `llm/llama_server.go`, `server/routes.go` and `x/mlxrunner/pipeline.go`. */
const OLLAMA: readonly Said[] = [
  [500, "input length (5120 tokens) exceeds the model's maximum context length (4096 tokens)"],
  [400, "the input length exceeds the context length"],
  [400, "the prompt is longer than the context length currently available to the model"],
  [500, "input exceeds maximum context length and cannot be truncated further"],
  [400, "prompt too long; exceeded max context length by 100918 tokens"],
  [
    500,
    "request (5120 tokens) exceeds the available context size (4096 tokens), try increasing it",
  ],
];

/** Source: bug trackers of the servers, and of clients that meet them. */
const COMPATIBLE: readonly Said[] = [
  [400, "the request exceeds the available context size. try increasing the context size"],
  [500, "Context size has been exceeded."],
  [400, "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens"],
  [404, "This model's maximum context length is 4096 tokens."],
  [400, "The decoder prompt (length 5000) is longer than the maximum model length of 4096."],
  [400, "The input (5000 tokens) is longer than the model's context length (4096 tokens)."],
  [400, "litellm.ContextWindowExceededError: OpenAIException - too many of them"],
  [
    503,
    "litellm.APIConnectionError: Requested token count exceeds the model's maximum context length",
  ],
  [400, "This endpoint's maximum context length is 131072 tokens. However, you requested 141607"],
  [
    400,
    "Trying to keep the first 6547 tokens when context the overflows. However, the model is loaded " +
    "with context length of only 4096 tokens, which is not enough",
  ],
  [400, "tokens to keep from the initial prompt is greater than the context length"],
  [422, "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 2048. Given: 3474"],
  [422, "Input validation error: `inputs` must have less than 1024 tokens. Given: 3474"],
  [400, "context_length_exceeded"],
  [400, "Your input exceeds the context window of this model"],
  [400, "Input tokens exceed the configured limit of 272000 tokens."],
  [400, "Please reduce the length of the messages or completion."],
  [400, "Requested tokens (2285) exceed context window of 2048"],
  [400, "input length and `max_tokens` exceed context limit: 179413 + 32768 > 200000"],
  [400, "prompt is too long: 213462 tokens > 200000 maximum"],
  [400, "The input token count (1196265) exceeds the maximum number of tokens allowed (1048575)"],
  [400, "This model's maximum prompt length is 131072 but the request contains 537812 tokens"],
  [400, "prompt token count of 200000 exceeds the limit of 128000"],
  [400, "Prompt contains 5000 tokens, too large for model with 4096 maximum context length"],
  [400, "Input is too long for requested model."],
  [400, "too many tokens: total number of tokens in the prompt exceeds the limit of 4081"],
  [413, "Request too large for model on tokens per minute (TPM): Limit 6000, Requested 7000"],
  [413, "Payload Too Large"],
];

/** Not a word of these is about the prompt's length. */
const OTHERS: readonly Said[] = [
  [500, "context canceled"],
  [400, "context canceled"],
  [400, "unsupported num_ctx"],
  [400, "num_ctx 1000000 exceeds the model's maximum context length"],
  [500, "unable to create llama context"],
  [500, "failed to allocate memory for a context length of 131072"],
  [500, "model requires more memory than is available for this context size"],
  [400, "the filename is too long"],
  [500, "the request took too long"],
  [400, "max_completion_tokens is too large: this model supports at most 4096 completion tokens"],
];

function openaiBody(message: string): string {
  return JSON.stringify({ error: { message, type: "invalid_request_error" } });
}

function openaiStatus([code, words]: Said): FaultRow["open"] {
  return openai({ kind: "status", status: code, body: openaiBody(words) });
}

const TOO_LONG = { kind: "context_too_long", hint: /shorten the persona/ } as const;

export const CONTEXT_ROWS: readonly FaultRow[] = [
  ...OLLAMA.map(([code, words]): FaultRow => ({
    ...TOO_LONG,
    name: `too long: ${code}: ${words}`,
    open: status(code, JSON.stringify({ error: words })),
    message: new RegExp(`^HTTP ${code}: `),
  })),
  ...OLLAMA.slice(0, 2).map(([, error]): FaultRow => ({
    ...TOO_LONG,
    name: `too long: a line: ${error}`,
    open: ollama({ kind: "error_line", chunks: 0, error }),
    message: /while answering: /,
  })),
  ...COMPATIBLE.map((said): FaultRow => ({
    ...TOO_LONG,
    name: `too long: OpenAI: ${said.join(": ")}`,
    provider: "openai",
    open: openaiStatus(said),
    message: new RegExp(`^HTTP ${said[0]}: `),
  })),
  {
    ...TOO_LONG,
    name: "too long: llama.cpp's error with status 500, in JSON in JSON of Ollama",
    open: status(
      500,
      JSON.stringify({
        error: JSON.stringify({
          error: { message: OLLAMA[5]![1], type: "exceed_context_size_error" },
        }),
      }),
    ),
    message: /^HTTP 500: request \(5120 tokens\) exceeds/,
  },
  {
    ...TOO_LONG,
    name: "too long: OpenAI: an event",
    provider: "openai",
    open: openai({ kind: "error_event", message: COMPATIBLE[9]![1] }),
    message: /while answering: Trying to keep/,
  },
  {
    ...TOO_LONG,
    name: "too long: OpenAI: an error as the whole answer",
    provider: "openai",
    open: raw({
      bytes: answer(openaiBody(COMPATIBLE[2]![1]), ["Content-Type: application/json"]),
    }, "/v1"),
    message: /while answering: This model's maximum/,
  },
  {
    name: "too long: OpenAI: 429 of a limit per minute is not",
    provider: "openai",
    open: openaiStatus([
      429,
      "This request would exceed your rate limit of 40,000 input tokens per minute. Please reduce " +
      "the prompt length, or try again later.",
    ]),
    kind: "busy",
    message: /^HTTP 429: /,
  },
  ...OTHERS.map(([code, words]): FaultRow => ({
    name: `not too long: ${code}: ${words}`,
    open: status(code, JSON.stringify({ error: words })),
    kind: code === 500 && /memory|unable/.test(words) ? "load_failed" : "http",
    message: new RegExp(`^HTTP ${code}: `),
    hint: /^(?!.*shorten the persona)/,
  })),
  {
    name: "not too long: a line: context canceled",
    provider: "openai",
    open: raw({ bytes: sse({ error: { message: "context canceled" } }) }, "/v1"),
    kind: "http",
    message: /while answering: context canceled$/,
  },
];
