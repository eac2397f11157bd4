/** Reads what an OpenAI-compatible server answers. */
import type { Body } from "./body.ts";
import { ProviderError, type RequestInfo } from "./errors.ts";
import type { ListedModel, Reply } from "./provider.ts";
import { cutOff, type ReplyReader } from "./reply_reader.ts";
import {
  errorText,
  excerpt,
  type Fields,
  numberOf,
  parseJson,
  parseObject,
  streamedError,
} from "./response_text.ts";

/** @throws {ProviderError} `wrong_api` if it is no list. */
export async function readList(body: Body): Promise<readonly Fields[]> {
  const json = await body.text();
  const { data } = Object(parseJson(json, body.request));
  if (Array.isArray(data)) return data.map(Object);
  // LM Studio reports a wrong path with a success.
  const quoted = excerpt(errorText(json) ?? "none came", body.request.redact);
  throw new ProviderError("wrong_api", `it does not list its models: ${quoted}`);
}

/**
 * llama.cpp has `meta.n_ctx`, vLLM `max_model_len`. A server with a single model accepts any name for it.
 */
export function windowOf(list: readonly Fields[], model: string): number | undefined {
  const only = list.length === 1 ? list[0] : undefined;
  const { meta, max_model_len } = list.find(({ id }) => id === model) ?? only ?? {};
  const tokens = Object(meta).n_ctx ?? max_model_len;
  return typeof tokens === "number" ? tokens : undefined;
}

/** llama.cpp ignores the name, unless it was started with several models, of which it tells a status. */
export function takesAnyName([only, ...others]: readonly Fields[]): boolean {
  return only?.owned_by === "llamacpp" && only.status === undefined && others.length === 0;
}

/** llama.cpp tells more than the name, and with several models also which of them are loaded. */
export function listedModel(
  { id, meta, status, max_model_len, capabilities }: Fields,
): ListedModel {
  const { n_ctx, n_ctx_train, size } = Object(meta);
  const state = Object(status).value;
  return {
    name: String(id),
    sizeBytes: numberOf(size),
    loaded: typeof state === "string" ? state === "loaded" : undefined,
    contextTokens: numberOf(n_ctx) ?? numberOf(max_model_len),
    trainedTokens: numberOf(n_ctx_train),
    capabilities: Array.isArray(capabilities) ? capabilities.map(String) : undefined,
  };
}

export async function readChat(
  reader: ReplyReader,
  body: Body,
  { headers }: Response,
): Promise<Reply> {
  const type = headers.get("content-type") ?? "";
  if (type.includes("text/html")) {
    const hint = "check the address and its path: another web server or a login page answers there";
    throw new ProviderError("protocol", "the answer is HTML", { hint });
  }
  // Some servers ignore `stream` and answer in one piece.
  if (type.includes("application/json")) {
    const { text, finish } = choiceOf(await body.text(), body.request);
    reader.add(text);
    return endOf(reader, finish);
  }
  let lastFinish: string | undefined;
  const take = (data: string) => {
    if (data.trim() === "[DONE]") {
      body.complete();
      return endOf(reader, lastFinish);
    }
    const { text, finish } = choiceOf(data, body.request);
    lastFinish = finish ?? lastFinish;
    return reader.add(text);
  };
  const reply = await body.events((data) => {
    for (const document of documentsOf(data)) {
      const reply = take(document);
      if (reply) return reply;
    }
  });
  const ended = reply ??
    (lastFinish === undefined ? reader.endRepeated() : endOf(reader, lastFinish));
  if (ended) return ended;
  throw cutOff();
}

/** Some servers leave out the blank line between two events. */
function documentsOf(data: string): string[] {
  if (!data.includes("\n")) return [data];
  try {
    JSON.parse(data);
    return [data];
  } catch {
    return data.split("\n");
  }
}

function endOf(reader: ReplyReader, finish: string | undefined): Reply {
  if (finish === "content_filter") {
    throw new ProviderError("empty", "the server's filter held the answer back");
  }
  if (finish === "error") {
    throw new ProviderError("truncated", "the server ended the answer with an error");
  }
  return reader.end(finish !== "length");
}

function choiceOf(json: string, request: RequestInfo): { text: string; finish?: string } {
  const body = parseObject(json, request);
  const choice = Array.isArray(body.choices) ? Object(body.choices[0]) : {};
  // vLLM's errors are objects of their own, OpenRouter's belong to a choice.
  if (body.error || choice.error || body.object === "error") {
    const error = JSON.stringify(choice.error ? choice : body);
    throw streamedError("failed while answering", errorText(error) ?? error, request);
  }
  const { content }: Fields = Object(choice.delta ?? choice.message);
  const finish = choice.finish_reason;
  return { text: textOf(content), finish: typeof finish === "string" ? finish : undefined };
}

function textOf(content: unknown): string {
  const texts = Array.isArray(content) ? content.map((part) => Object(part).text) : [content];
  return texts.filter((text) => typeof text === "string").join("");
}
