/**
 * The body of a chat request to an OpenAI-compatible server. The servers agree on little more than
 * model and messages: what one of them refuses is sent in another form, or left out.
 */
import { LIMITS, REASONING_OPTIONS } from "../config/unused_settings.ts";
import type { ProviderError } from "./errors.ts";
import { inRoles, nextRoles } from "./message_roles.ts";
import type { Adjustment, ChatOptions, Message } from "./provider.ts";

/** How much a model reasons, from nothing to most. Source: OpenAI's API reference, vLLM. */
export const EFFORTS = ["none", "minimal", "low", "medium", "high", "xhigh", "max"];

export interface OpenAiParameters {
  /** `llm.options`: names of this API, or of the server's own. */
  readonly options: Readonly<Record<string, unknown>>;
  /** `llm.think`; undefined: the server decides. */
  readonly think?: boolean | string;
}

/** What a server is known to take. */
export interface RequestForm {
  /** A form of {@linkcode inRoles}. */
  readonly roles: number;
  /** Replaces a `reasoning_effort` that was refused. */
  readonly effort?: string;
  /** Names of fields that were refused. */
  readonly omitted: readonly string[];
}

export const FIRST_FORM: RequestForm = { roles: 0, omitted: [] };

interface ChatRequest extends Pick<ChatOptions, "maxTokens" | "seed"> {
  readonly model: string;
  readonly messages: readonly Message[];
  readonly parameters: OpenAiParameters;
  readonly form: RequestForm;
}

/** Without fields that are undefined, so that its keys are what the server gets. */
export function requestBody(request: ChatRequest): Record<string, unknown> {
  const { model, messages, parameters, form, maxTokens, seed } = request;
  const { num_predict, max_tokens, max_completion_tokens, ...options } = parameters.options;
  const { repeat_penalty, repetition_penalty } = options;
  const predict = Number(num_predict) > 0 ? num_predict : undefined;
  const limit = maxTokens ?? max_completion_tokens ?? max_tokens ?? predict;
  const limitName = limitNames(parameters).find((name) => !form.omitted.includes(name));
  const fields = {
    reasoning_effort: effortOf(parameters),
    ...options,
    // The first is llama.cpp's and LM Studio's, the second vLLM's and OpenRouter's: all ignore the other.
    repeat_penalty: repeat_penalty ?? repetition_penalty,
    repetition_penalty: repetition_penalty ?? repeat_penalty,
    // Answers would be mixed in one stream.
    n: undefined,
    ...(form.effort && { reasoning_effort: form.effort }),
    ...(limitName && { [limitName]: limit }),
    ...(seed !== undefined && { seed }),
    model,
    messages: inRoles(messages, form.roles),
    stream: true,
  };
  const sent = ([name, value]: [string, unknown]) =>
    value !== undefined && !form.omitted.includes(name);
  return Object.fromEntries(Object.entries(fields).filter(sent));
}

/** Whether answers may get the bot's own limit of tokens: a model that reasons needs more. */
export function allowsLimit({ options, think }: OpenAiParameters): boolean {
  const isSet = [...LIMITS, "num_predict"].some((name) => options[name] !== undefined);
  const { reasoning_effort: effort = "none" } = options;
  return !isSet && !think && effort === "none";
}

function effortOf({ options, think }: OpenAiParameters): string | undefined {
  if (REASONING_OPTIONS.some((name) => options[name] !== undefined)) return undefined;
  return typeof think === "boolean" ? (think ? "medium" : "none") : think;
}

/** `max_tokens` first: more servers know it. */
function limitNames({ options }: OpenAiParameters): readonly string[] {
  return options.max_completion_tokens === undefined ? LIMITS : LIMITS.toReversed();
}

export interface AdaptedForm {
  readonly form: RequestForm;
  readonly adjustment: Adjustment;
  /** Whether the server did not name what it refuses. */
  readonly isGuess: boolean;
}

interface Refused extends Pick<ChatRequest, "form" | "messages" | "parameters"> {
  readonly body: Readonly<Record<string, unknown>>;
}

/** The form in which a refused request can be sent again; undefined if there is none. */
export function adaptedForm(
  error: ProviderError,
  { form, messages, parameters, body }: Refused,
): AdaptedForm | undefined {
  if (error.kind === "roles_refused") {
    const roles = nextRoles(messages, form.roles);
    if (roles === undefined) return undefined;
    const found = roles === 1
      ? "its model wants the roles to alternate: neighbours of one role are merged"
      : "its model takes no system message: the persona begins the first user message";
    return { form: { ...form, roles }, adjustment: { found }, isGuess: false };
  }
  // What refuses a request without a reason may refuse the field that the operator did not ask for.
  const isUnexplained = error.kind === "http" && [400, 422].includes(error.status ?? 0) &&
    parameters.think === false && body.reasoning_effort === "none";
  const guess = isUnexplained ? { option: "reasoning_effort", offered: [] } : undefined;
  const { option, offered } = error.refused ?? guess ?? {};
  if (option === undefined) return undefined;
  const isGuess = error.refused === undefined;
  const canChange = option === "reasoning_effort" && form.effort === undefined;
  const effort = canChange ? nearestEffort(body[option], offered) : undefined;
  if (effort !== undefined) {
    const found = `it refuses reasoning_effort ${body[option]}: it gets ${effort}`;
    return { form: { ...form, effort }, adjustment: { found }, isGuess };
  }
  const omitted = [...form.omitted, option];
  const other = LIMITS.includes(option) && LIMITS.find((name) => !omitted.includes(name));
  if (other) {
    const found = `it refuses ${option}: it gets ${other}`;
    return { form: { ...form, omitted }, adjustment: { found }, isGuess };
  }
  const found = `it refuses ${option}, which is left out: ${error.reason}`;
  const adjustment = { found, advice: advice(option, parameters) };
  return { form: { ...form, omitted }, adjustment, isGuess };
}

/** Undefined if nothing that the operator set is lost. */
function advice(option: string, { options, think }: OpenAiParameters): string | undefined {
  const own = (LIMITS.includes(option) ? [...LIMITS, "num_predict"] : [option])
    .find((name) => options[name] !== undefined);
  if (own) return `correct ${own} in llm.options, or remove it`;
  return option === "reasoning_effort" && think ? "set llm.think to false" : undefined;
}

/** The offered value that is nearest to the refused one; of two, the one with less reasoning. */
function nearestEffort(refused: unknown, offered: readonly string[] = []): string | undefined {
  const wanted = EFFORTS.indexOf(String(refused));
  const distance = (effort: string) => Math.abs(EFFORTS.indexOf(effort) - wanted);
  const known = offered.filter((effort) => EFFORTS.includes(effort) && effort !== refused)
    .toSorted((a, b) => distance(a) - distance(b) || EFFORTS.indexOf(a) - EFFORTS.indexOf(b));
  // Groq has only `none` and `default` for some models.
  const isOn = refused !== "none" && offered.includes("default");
  return isOn && known.every((effort) => effort === "none") ? "default" : known[0];
}
