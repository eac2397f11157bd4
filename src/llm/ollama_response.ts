/** Reads what Ollama answers. Source: https://github.com/ollama/ollama/blob/main/docs/api.md */
import type { Body } from "./body.ts";
import { ProviderError, type RequestInfo } from "./errors.ts";
import type { Reply, Timing } from "./provider.ts";
import { cutOff, type ReplyReader } from "./reply_reader.ts";
import {
  errorText,
  type Fields,
  numberOf,
  parseJson,
  parseObject,
  streamedError,
} from "./response_text.ts";

export async function readFields(body: Body): Promise<Fields> {
  return Object(parseJson(await body.text(), body.request));
}

/** After the first byte the status is a success in any case; failures come in the stream. */
export async function readChat(reader: ReplyReader, body: Body): Promise<Reply> {
  const reply = await body.lines((line) => {
    const chunk = answerOf(line, body.request);
    const { content } = Object(chunk.message) as { content?: unknown };
    const early = reader.add(typeof content === "string" ? content : "");
    if (chunk.done !== true) return early;
    body.complete();
    const promptTokens = numberOf(chunk.prompt_eval_count);
    const measured = { ...(promptTokens && { promptTokens }), timing: timingOf(chunk) };
    return reader.end(chunk.done_reason !== "length", measured);
  });
  // Ollama ends the stream of a model that repeats one token.
  const ended = reply ?? reader.endRepeated();
  if (ended) return ended;
  throw cutOff();
}

/**
 * The window that a model was trained for: in `details` of a list, and in `model_info` of a single model
 * under its architecture's name.
 */
export function trainedTokensOf({ details, model_info }: Fields): number | undefined {
  const [, trained] = Object.entries(Object(model_info))
    .find(([name]) => name.endsWith(".context_length")) ?? [];
  return numberOf(Object(details).context_length) ?? numberOf(trained);
}

/** The durations are in nanoseconds; those of 0 are left out. */
function timingOf(chunk: Fields): Timing {
  const ms = (value: unknown) => typeof value === "number" ? value / 1e6 : undefined;
  return {
    loadMs: ms(chunk.load_duration),
    promptMs: ms(chunk.prompt_eval_duration),
    tokens: numberOf(chunk.eval_count),
    tokensMs: ms(chunk.eval_duration),
  };
}

export async function readList(body: Body): Promise<(Fields & { readonly name: string })[]> {
  return (listOf(await readFields(body)) ?? [{}]).map((model) => {
    const name = model.name ?? model.model;
    if (typeof name === "string") return { ...model, name };
    throw new ProviderError("wrong_api", "the server is not Ollama: /api/tags has no models");
  });
}

export function answerOf(json: string, request: RequestInfo): Fields {
  const answer = parseObject(json, request);
  if (answer.error === undefined) return answer;
  throw streamedError("failed while answering", errorText(json) ?? json, request);
}

/** A server without models may have null for its list. Undefined if it has no list. */
export function listOf({ models }: Fields): Fields[] | undefined {
  if (models === null) return [];
  return Array.isArray(models) ? models.map(Object) : undefined;
}

/** Some proxies let only chat requests through: undefined for a response that shows that. */
export async function unlessHidden<T>(
  answer: Promise<T>,
  { anyStatus = false } = {},
): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof ProviderError) || error.status === undefined) throw error;
    const isHidden = error.kind !== "model_missing" && [403, 404, 405].includes(error.status);
    if (!anyStatus && !isHidden) throw error;
  }
}
