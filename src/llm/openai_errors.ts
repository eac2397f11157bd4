/** How OpenAI-compatible servers report errors, and what their operators can do about them. */
import type { ErrorDialect } from "./errors.ts";
import { COMMON_HINTS, commonRules, refusedHint, timeoutHint } from "./hints.ts";
import { modelMissing } from "./http_errors.ts";
import { excerpt } from "./response_text.ts";

const LOGS = "look at the server's log";
export const OTHER_MODEL = "set llm.model to one that it has";

export const OPENAI_ERRORS: ErrorDialect = {
  start: "start the model's server",
  lengthHint: "raise the server's limit of tokens, or use a model that thinks less",
  rules: [
    // llama.cpp while it starts.
    { says: /loading model/i, status: 503, kind: "model_loading" },
    { says: /invalid model|not a valid model/i, hint: () => OTHER_MODEL },
    ...commonRules("a smaller context on the server"),
    // Models that reason take `max_completion_tokens` instead.
    { says: /max_tokens/, status: 400, kind: "option_refused" },
    // LM Studio and llama.cpp, if the address lacks /v1.
    { says: /unexpected endpoint|invalid url|file not found/i, kind: "wrong_api" },
  ],
  hints: {
    ...COMMON_HINTS,
    refused: (request) => refusedHint(request, "0.0.0.0"),
    timeout: (request) => timeoutHint(request, "/models"),
    truncated: () => LOGS,
    http: () => LOGS,
    wrong_api: () => "check the address and its path, which mostly ends with /v1",
    model_missing: () => OTHER_MODEL,
    busy: () => "wait, or raise the account's limits",
    auth: ({ hasCredentials }) => `${hasCredentials ? "correct" : "set"} OPENAI_API_KEY`,
    empty: () => "try another model",
  },
  fromResponse({ status, words = "" }, request) {
    if (status !== 400) return undefined;
    // LiteLLM answers with 400 to all that it does not know.
    if (/^No connected db/.test(words)) {
      return {
        kind: "auth",
        reason: `HTTP 400: ${excerpt(words, request.redact)}`,
        hint: "correct OPENAI_API_KEY: without a database LiteLLM knows its master key alone",
      };
    }
    if (/invalid model name passed|not a valid model/i.test(words)) return modelMissing(request);
  },
};
