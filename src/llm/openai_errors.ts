/** How OpenAI-compatible servers report errors, and what their operators can do about them. */
import { LIMITS } from "../config/unused_settings.ts";
import type { ErrorDialect, Refusal, RequestInfo } from "./errors.ts";
import {
  COMMON_HINTS,
  commonRules,
  LOAD_FAILED,
  refusedHint,
  timeoutHint,
  TOO_NEW,
} from "./hints.ts";
import { modelMissing } from "./http_errors.ts";
import { EFFORTS } from "./openai_request.ts";
import { excerpt } from "./response_text.ts";

const LOGS = "look at the server's log";
export const OTHER_MODEL = "set llm.model to one that it has";

const LOADING =
  /^loading model|(?:currently|still) loading|model is (?:not ready|loading|starting)|warming up|cold start/i;

/** In the words of chat templates, OpenAI, Google, Bedrock and pydantic. */
const ROLES_REFUSED = [
  /system (?:role|messages?|prompts?|instructions?)\b.{0,20}\bnot (?:supported|enabled|allowed)/i,
  /(?:not|n't) support (?:\w+ ){0,3}["'`]?system\b/i,
  /developer instruction is not enabled/i,
  // Some templates say this of others than "system".
  /only user and assistant roles are supported(?!, with)/i,
  /(?:unexpected|invalid|unknown|unsupported) role:? ?\W?system\b/i,
  /\bsystem\W? is not one of/i,
  /role: input should be 'user'/i,
  /(?:first|start|begin)\b.{0,30}\buser\W? (?:role|message)/i,
  /\broles?\b.{0,99}\balternat|\balternate between user|successive user|roles in a row/i,
];

export const OPENAI_ERRORS: ErrorDialect = {
  start: "start the model's server",
  lengthHint: "raise max_tokens in llm.options, or set llm.think to false",
  rules: [
    ...ROLES_REFUSED.map((says) => ({ says, kind: "roles_refused" }) as const),
    {
      says: TOO_NEW,
      ...LOAD_FAILED,
      hint: () => "install a newer version of the server's program, or use another model",
    },
    // llama.cpp while it starts, and clouds that start a model for the first request.
    { says: LOADING, status: 503, kind: "model_loading", retry: "now" },
    { says: /invalid model|not a valid model/i, hint: () => OTHER_MODEL },
    ...commonRules("a smaller context on the server"),
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
  refusalIn,
};

/** Common words such as "stop" and "seed" are names of fields, too. */
const REFUSES =
  /support|unknown|unrecogni[sz]ed|invalid|unexpected|extra|permitted|allowed|enabled|require|must|should|only|cannot|can't|could not be|expected|deprecated|disabled|does(?: not|n't)|not valid|range|less than|greater than|incompatible|refuse|unavailable|too (?:large|small|high|low)/i;
const NOT_OPTIONS = ["model", "messages"];
/** What messages call a field without its name. */
const PENALTIES = ["presence_penalty", "frequency_penalty", "repeat_penalty", "repetition_penalty"];
const ALIASES: Readonly<Record<string, readonly string[]>> = {
  reasoning: ["reasoning_effort"],
  thinking: ["reasoning_effort"],
  penalty: PENALTIES,
  max_output_tokens: LIMITS,
  ...Object.fromEntries(LIMITS.map((name) => [name, LIMITS])),
};

/**
 * The field of the request that a message names first; "stream" is too common a word to come before
 * others. Each server has its own sentence for a refusal, but all of them name the field.
 */
function refusalIn(words: string, { fields = [] }: RequestInfo): Refusal | undefined {
  if (!REFUSES.test(words) || /\b(?:was|were) reached\b/.test(words)) return undefined;
  const options = fields.filter((name) => !NOT_OPTIONS.includes(name));
  const names = new Map<string, string>();
  const add = (name: string, option: string | undefined) => {
    if (option !== undefined) names.set(plain(name), option);
  };
  for (const [alias, meant] of Object.entries(ALIASES)) {
    add(alias, meant.find((name) => options.includes(name)));
  }
  for (const name of options) add(name, name);
  // What follows may be all that the server knows.
  const [relevant = ""] = words.split(/expected one of|did you mean/i);
  const named = (relevant.match(/[\w-]+/g) ?? []).flatMap((word) => names.get(plain(word)) ?? []);
  const option = named.find((name) => name !== "stream") ?? named[0];
  return option === undefined ? undefined : { option, offered: offeredEfforts(words) };
}

/** As xAI writes `reasoningEffort`. */
function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[_-]/g, "");
}

function offeredEfforts(words: string): readonly string[] {
  // OpenRouter, of models that always reason.
  if (/cannot be disabled/i.test(words)) return ["low"];
  const [list = ""] =
    /(?:values|levels|settings|one of|must be|should be|expected)\b[^]*/i.exec(words) ?? [];
  const offered: readonly string[] = list.match(/\w+/g) ?? [];
  return [...EFFORTS, "default"].filter((effort) => offered.includes(effort));
}
