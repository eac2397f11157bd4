/**
 * A model behind the chat completions of OpenAI or of a server that speaks them (LM Studio, vLLM,
 * llama.cpp, LiteLLM, OpenRouter).
 *
 * Source: https://platform.openai.com/docs/api-reference/chat
 *
 * @module
 */
import { errorText } from "./failure.ts";
import type { Body } from "./body.ts";
import { exchange, textOf } from "./http.ts";
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
import { DONE, eventData, fields, record } from "./stream.ts";
import type { Writing } from "./writing.ts";

/** The provider `openai`. */
export class OpenAiProvider extends HttpProvider {
  /** As the configuration names it. */
  readonly name = "openai";
  /** As log lines name it. */
  readonly label = "OpenAI-compatible server";

  /** Not every such server keeps a list of its models. */
  override async probe(signal: AbortSignal): Promise<Probe> {
    const request = { path: "/models", signal, totalMs: PROBE_TIMEOUT_MS };
    try {
      const { data } = fields(await exchange(this.server, request, textOf));
      return Array.isArray(data) ? { models: data.map((model) => String(Object(model).id)) } : {};
    } catch (error) {
      if (error instanceof ProviderError && error.kind === "not_ollama") return {};
      throw error;
    }
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
    const request = { path: "/chat/completions", body, signal, ...this.answerLimits(limits) };
    const writing = this.writing(limits);
    return exchange(this.server, request, (body, response) => readChat(body, response, writing));
  }
}

async function readChat(body: Body, response: Response, writing: Writing): Promise<Reply> {
  const type = response.headers.get("content-type") ?? "";
  if (type.includes("text/html")) {
    throw new ProviderError("protocol", "the answer is HTML: check the address and its path");
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
