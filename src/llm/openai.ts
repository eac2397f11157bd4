/**
 * A model behind the chat completions of OpenAI or of a server that speaks them (LM Studio, vLLM,
 * llama.cpp, LiteLLM, OpenRouter).
 *
 * Source: https://platform.openai.com/docs/api-reference/chat
 *
 * @module
 */
import type { Body } from "./body.ts";
import { type Exchange, exchange, fieldsOf } from "./http.ts";
import { errorText } from "./http_failure.ts";
import { HttpProvider, PROBE_TIMEOUT_MS } from "./http_provider.ts";
import {
  type ChatLimits,
  type Details,
  type Message,
  type ModelStatus,
  type Probe,
  ProviderError,
  type Reply,
} from "./provider.ts";
import { DONE, eventData, record } from "./stream.ts";
import type { Writing } from "./writing.ts";

/** The provider `openai`. */
export class OpenAiProvider extends HttpProvider {
  /** As the configuration names it. */
  readonly name = "openai";
  /** As log lines name it. */
  readonly label = "OpenAI-compatible server";
  /** Such servers load their models before they are asked. */
  readonly loadTimeoutMs = 0;

  /** Not every such server keeps a list of its models. */
  override async probe(signal: AbortSignal): Promise<Probe> {
    const request: Exchange = { path: "/models", step: "probe", signal, totalMs: PROBE_TIMEOUT_MS };
    try {
      const { data } = await exchange(this.server, request, fieldsOf);
      return Array.isArray(data) ? { models: data.map((model) => String(Object(model).id)) } : {};
    } catch (error) {
      if (error instanceof ProviderError && hidesList(error)) return {};
      throw error;
    }
  }

  /** The list of a server with hundreds of models is long: its head will do. */
  override alive(signal: AbortSignal): Promise<void> {
    return this.signOfLife("/models", signal);
  }

  /** Such servers have no way to be told. */
  override load(): Promise<void> {
    return Promise.resolve();
  }

  /** Such servers do not tell. */
  override status(): Promise<ModelStatus> {
    return Promise.resolve({ loaded: true });
  }

  /** Such servers do not tell. */
  override inspect(): Promise<Details> {
    return Promise.resolve({});
  }

  /** Has the model answer, as a stream. */
  override chat(
    messages: readonly Message[],
    signal: AbortSignal,
    limits: ChatLimits = {},
  ): Promise<Reply> {
    const body = { model: this.model, messages, stream: true };
    const request: Exchange = {
      path: "/chat/completions",
      step: "answer",
      body,
      signal,
      ...this.answerLimits(limits),
    };
    const writing = this.writing(limits);
    return exchange(this.server, request, (body, response) => readChat(body, response, writing));
  }
}

/** Keys without the right to look, wildcards, gateways: whoever keeps no list may still answer. */
function hidesList({ kind, status = 0 }: ProviderError): boolean {
  return kind === "not_ollama" || (status >= 400 && status < 502 && status !== 401);
}

async function readChat(body: Body, response: Response, writing: Writing): Promise<Reply> {
  const type = response.headers.get("content-type") ?? "";
  if (type.includes("text/html")) {
    throw new ProviderError("protocol", "the answer is HTML", {
      next:
        "check the address and its path: another web server, or a page to log in, answers there",
    });
  }
  // Some servers ignore `stream` and answer in one piece.
  if (type.includes("application/json")) {
    const { text, finish } = choiceOf(await body.text());
    writing.add(text);
    return writing.end(finish !== "length");
  }
  let finished: string | undefined;
  const reply = await body.lines((line) => {
    const data = eventData(line);
    if (data === undefined) return;
    if (data === DONE) {
      body.complete();
      return writing.end(finished !== "length");
    }
    const { text, finish } = choiceOf(data);
    finished = finish ?? finished;
    return writing.add(text);
  });
  if (reply) return reply;
  if (finished !== undefined) return writing.end(finished !== "length");
  throw new ProviderError(
    "truncated",
    "the answer ended in the middle: the model may have crashed",
  );
}

function choiceOf(json: string): { text: string; finish?: string } {
  const body = record(json);
  if (body.error !== undefined && body.error !== null) {
    throw new ProviderError(
      "http",
      `the server failed while answering: ${errorText(json) ?? json}`,
    );
  }
  const choice = Array.isArray(body.choices) ? Object(body.choices[0]) : {};
  const { content } = Object(choice.delta ?? choice.message) as { content?: unknown };
  return {
    text: typeof content === "string" ? content : "",
    finish: typeof choice.finish_reason === "string" ? choice.finish_reason : undefined,
  };
}
