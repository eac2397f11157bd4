/**
 * A model behind the chat completions of OpenAI or of a server that speaks them (LM Studio, vLLM,
 * llama.cpp, LiteLLM, OpenRouter).
 *
 * Source: https://platform.openai.com/docs/api-reference/chat
 *
 * @module
 */
import type { Body } from "./body.ts";
import { type Exchange, exchange } from "./http.ts";
import { errorText, excerpt } from "./server_words.ts";
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
  /** Such servers load their models before they are asked. */
  readonly loadTimeoutMs = 0;
  #answersBeside = false;

  /** Not every such server keeps a list of its models. */
  override async probe(signal: AbortSignal): Promise<Probe> {
    const request: Exchange = { path: "/models", step: "probe", signal, totalMs: PROBE_TIMEOUT_MS };
    try {
      return {
        models: await exchange(this.server, request, async (body) => namesOf(await body.text())),
      };
    } catch (error) {
      if (error instanceof ProviderError && hidesList(error)) return { unlisted: error };
      throw error;
    }
  }

  /**
   * The list of a server with hundreds of models is long: its head will do. Some servers do one thing at
   * a time: silence speaks against those alone that have answered beside their work before.
   */
  override async alive(signal: AbortSignal): Promise<void> {
    try {
      await this.signOfLife("/models", signal);
      this.#answersBeside = true;
    } catch (error) {
      const isBusy = error instanceof ProviderError && error.kind === "timeout";
      if (!isBusy || this.#answersBeside) throw error;
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

function namesOf(json: string): string[] {
  const { data } = fields(json);
  if (Array.isArray(data)) return data.map((model) => String(Object(model).id));
  // LM Studio tells of a wrong path under a success.
  throw new ProviderError(
    "not_ollama",
    `it keeps no list of its models: ${errorText(json) ?? "none came"}`,
  );
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
    return ended(writing, finish);
  }
  let finished: string | undefined;
  const reply = await body.lines((line) => {
    const data = eventData(line);
    if (data === undefined) return;
    if (data === DONE) {
      body.complete();
      return ended(writing, finished);
    }
    const { text, finish } = choiceOf(data);
    finished = finish ?? finished;
    return writing.add(text);
  });
  if (reply) return reply;
  if (finished !== undefined) return ended(writing, finished);
  throw new ProviderError(
    "truncated",
    "the answer ended in the middle: the model may have crashed",
  );
}

/** The reasons to end that are no end of a sentence. */
function ended(writing: Writing, finish: string | undefined): Reply {
  if (finish === "content_filter") {
    throw new ProviderError("empty", "the server's filter held the answer back");
  }
  if (finish === "error") throw new ProviderError("truncated", "the server gave up in the middle");
  return writing.end(finish !== "length");
}

function choiceOf(json: string): { text: string; finish?: string } {
  const body = record(json);
  const choice = Array.isArray(body.choices) ? Object(body.choices[0]) : {};
  // vLLM's errors are objects of their own, OpenRouter's belong to a choice.
  if (body.error || choice.error || body.object === "error") {
    throw failureOf(choice.error ? choice : body);
  }
  const { content } = Object(choice.delta ?? choice.message) as { content?: unknown };
  return {
    text: textOf(content),
    finish: typeof choice.finish_reason === "string" ? choice.finish_reason : undefined,
  };
}

function failureOf(fields: unknown): ProviderError {
  const json = JSON.stringify(fields);
  const said = errorText(json) ?? excerpt(json);
  return new ProviderError(
    WRONG_PATH.test(said) ? "not_ollama" : "http",
    `the server failed while answering: ${said}`,
  );
}

/** LM Studio's and llama.cpp's words for an address without `/v1`. */
const WRONG_PATH = /unexpected endpoint|invalid url|file not found/i;

/** Some send the parts of a text apart. */
function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content.map((part) => Object(part).text).filter((text) => typeof text === "string").join(
    "",
  );
}
