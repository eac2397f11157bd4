import { type HttpServer, serveHttp } from "../../tests/fakes/http_server.ts";
/** Passes a program's requests to a model server on unchanged and notes what it was asked. */

export interface Message {
  readonly role: string;
  readonly content: string;
}

/** As the server reports them in the last part of an answer; not every server does. */
export interface Timings {
  /** Tokens of the prompt that were read anew. */
  readonly promptTokens?: number;
  /** Tokens of the prompt that were in the server's cache; Ollama does not tell. */
  readonly cachedTokens?: number;
  readonly promptMs?: number;
  readonly tokens?: number;
  readonly tokensMs?: number;
}

/** A chat request and its answer. */
export interface Exchange {
  readonly messages: readonly Message[];
  /** The model's text so far. */
  text: string;
  /** Why the model stopped, such as `stop` or `length`; undefined if the program did not wait. */
  finish?: string;
  timings: Timings;
}

const CHAT_PATH = /\/chat(?:\/completions)?$/;
const NS_PER_MS = 1e6;
/** Of the connection between the proxy and one side, not of the message. */
const HOP_HEADERS = ["host", "connection", "content-length", "content-encoding", "keep-alive"];

export class Recorder implements AsyncDisposable {
  /** Oldest first. */
  readonly exchanges: Exchange[] = [];
  readonly #target: URL;
  readonly #server: HttpServer;

  /** @param target The model server; a path such as `/v1` is part of {@linkcode url}. */
  constructor(target: string) {
    this.#target = new URL(target);
    this.#server = serveHttp((request) => this.#forward(request));
  }

  /** Takes the place of the model server's URL. */
  get url(): string {
    const path = this.#target.pathname.replace(/\/$/, "");
    return `${this.#server.url}${path}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
  }

  async #forward(request: Request): Promise<Response> {
    const { pathname, search } = new URL(request.url);
    const body = request.body === null ? undefined : await request.text();
    const response = await fetch(new URL(pathname + search, this.#target), {
      method: request.method,
      headers: passedOn(request.headers),
      body,
      signal: request.signal,
      redirect: "manual",
    });
    const { status } = response;
    const headers = passedOn(response.headers);
    const messages = body !== undefined && CHAT_PATH.test(pathname) ? messagesOf(body) : [];
    // A request without messages loads the model.
    if (response.body === null || messages.length === 0) {
      return new Response(response.body, { status, headers });
    }
    const exchange: Exchange = { messages, text: "", timings: {} };
    this.exchanges.push(exchange);
    return new Response(response.body.pipeThrough(recording(exchange)), { status, headers });
  }
}

function passedOn(headers: Headers): Headers {
  const passed = new Headers(headers);
  for (const name of HOP_HEADERS) passed.delete(name);
  return passed;
}

function messagesOf(body: string): Message[] {
  const { messages } = JSON.parse(body) as { messages?: Message[] };
  return (messages ?? []).map(({ role, content }) => ({ role, content: textOf(content) }));
}

/** Some APIs allow a text in parts. */
function textOf(content: unknown): string {
  return typeof content === "string" ? content : JSON.stringify(content ?? "");
}

/** Notes what passes through: server-sent events or a JSON document a line. */
function recording(exchange: Exchange): TransformStream<Uint8Array, Uint8Array> {
  const decoder = new TextDecoder();
  let rest = "";
  return new TransformStream({
    transform(chunk, controller) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
      rest = lines.pop()!;
      for (const line of lines) note(line, exchange);
      controller.enqueue(chunk);
    },
    flush: () => note(rest, exchange),
  });
}

/** The parts of both APIs that are read. */
interface Part {
  readonly choices?: readonly {
    readonly delta?: { readonly content?: string };
    readonly message?: { readonly content?: string };
    readonly finish_reason?: string;
  }[];
  /** llama.cpp's. */
  readonly timings?: Record<
    "cache_n" | "prompt_n" | "prompt_ms" | "predicted_n" | "predicted_ms",
    number
  >;
  readonly message?: { readonly content?: string };
  readonly done_reason?: string;
  readonly prompt_eval_count?: number;
  /** Nanoseconds. */
  readonly prompt_eval_duration?: number;
  readonly eval_count?: number;
  /** Nanoseconds. */
  readonly eval_duration?: number;
}

function note(line: string, exchange: Exchange): void {
  const json = line.replace(/^data:\s*/, "").trim();
  if (!json.startsWith("{")) return;
  const part = parsed(json);
  const choice = part.choices?.[0];
  const message = choice?.delta ?? choice?.message ?? part.message;
  exchange.text += message?.content ?? "";
  exchange.finish = choice?.finish_reason ?? part.done_reason ?? exchange.finish;
  exchange.timings = timingsOf(part) ?? exchange.timings;
}

/** What no API sends is passed on all the same. */
function parsed(json: string): Part {
  try {
    return JSON.parse(json);
  } catch {
    return {};
  }
}

function timingsOf({ timings, ...part }: Part): Timings | undefined {
  if (timings !== undefined) {
    return {
      promptTokens: timings.prompt_n,
      cachedTokens: timings.cache_n,
      promptMs: timings.prompt_ms,
      tokens: timings.predicted_n,
      tokensMs: timings.predicted_ms,
    };
  }
  if (part.eval_duration === undefined) return undefined;
  return {
    promptTokens: part.prompt_eval_count,
    promptMs: (part.prompt_eval_duration ?? 0) / NS_PER_MS,
    tokens: part.eval_count,
    tokensMs: part.eval_duration / NS_PER_MS,
  };
}
