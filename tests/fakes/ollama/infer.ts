import { abortable, delay } from "../../../src/clock.ts";
import {
  ApiError,
  checkOptions,
  type Endpoint,
  type InferRequest,
  type Json,
  jsonResponse,
  linesResponse,
} from "./wire.ts";
import type { Runner, Runners } from "./runners.ts";
import { type ChatMessage, wordsOf } from "../../../src/demo/scripted_model.ts";

/** Makes the reply to a chat: a whole text, or a stream of pieces. */
export type Reply = (messages: ChatMessage[], model: string) => string | AsyncIterable<string>;

/** The parts of the server that a generation uses. */
export interface InferContext {
  /** Whether another server runs the model. */
  readonly isRemote: boolean;
  readonly runners: Runners;
  readonly reply: Reply;
  /** The pause before each word of a textual reply. */
  readonly tokenDelayMs: number;
  /** Whether the first word comes at once, so that the client need not be watched before it. */
  readonly instant: boolean;
  /** Aborted when the server closes. */
  readonly closing: AbortSignal;
  /** Called when a client disconnects before the end of its reply. */
  readonly onCancelled: () => void;
}

interface Exchange extends InferRequest {
  readonly endpoint: Endpoint;
  readonly runner: Runner;
  readonly startedAt: number;
  readonly loadedAt: number;
  readonly signal: AbortSignal;
}

/** Answers a chat or generate request. The headers come with the first line. */
export async function infer(
  endpoint: Endpoint,
  asked: InferRequest,
  name: string,
  request: Request,
  context: InferContext,
): Promise<Response> {
  const startedAt = performance.now();
  const { runners } = context;
  if (asked.messages.length === 0 && asked.keepAliveMs === 0) {
    runners.unload(name);
    return jsonResponse(line(endpoint, asked.model, "", { done: true, done_reason: "unload" }));
  }
  if (asked.think) throw new ApiError(400, `"${asked.model}" does not support thinking`);
  checkOptions(asked.options);
  const numCtx = asked.options.num_ctx as number | undefined ?? undefined;
  const client = watchClient(context.instant && asked.stream ? undefined : request);
  const signal = AbortSignal.any([client.signal, context.closing]);
  const wanted = { numCtx, keepAliveMs: asked.keepAliveMs };
  const runner = context.isRemote ? runners.remote() : await runners.acquire(name, wanted, signal);
  if (asked.messages.length === 0) {
    runners.release(runner);
    return jsonResponse(line(endpoint, asked.model, "", { done: true, done_reason: "load" }));
  }
  const tokens = promptTokens(asked.messages);
  if (!asked.truncate && tokens > runner.numCtx) {
    runners.release(runner);
    throw new ApiError(400, tooLong(tokens, runner.numCtx));
  }
  const loadedAt = performance.now();
  const exchange = { ...asked, endpoint, runner, startedAt, loadedAt, signal };
  const lines = generate(exchange, name, context);
  return asked.stream ? await streamed(lines, client) : await collected(lines, endpoint);
}

async function* generate(
  exchange: Exchange,
  name: string,
  context: InferContext,
): AsyncGenerator<Json> {
  const { endpoint, model, messages, options, runner, signal } = exchange;
  const limit = Number(options.num_predict ?? -1);
  let count = 0;
  let reason = "stop";
  let finished = false;
  try {
    const promptedAt = performance.now();
    const reply = context.reply(messages, name);
    const pieces = typeof reply === "string"
      ? paced(wordsOf(reply), context.tokenDelayMs, signal)
      : untilAborted(reply, signal);
    for await (const piece of pieces) {
      if (limit > 0 && count === limit) {
        reason = "length";
        break;
      }
      count++;
      yield line(endpoint, model, piece, { done: false });
    }
    finished = true;
    yield line(endpoint, model, "", {
      done: true,
      done_reason: reason,
      ...(endpoint === "generate" ? { context: [1, 2, 3] } : {}),
      total_duration: nanoseconds(exchange.startedAt),
      load_duration: nanoseconds(exchange.startedAt, exchange.loadedAt),
      prompt_eval_count: Math.min(runner.numCtx, promptTokens(messages)),
      prompt_eval_duration: nanoseconds(exchange.loadedAt, promptedAt),
      ...(count > 0 ? { eval_count: count, eval_duration: nanoseconds(promptedAt) } : {}),
    });
  } finally {
    context.runners.release(runner);
    if (!finished && signal.aborted && !context.closing.aborted) context.onCancelled();
  }
}

async function streamed(lines: AsyncGenerator<Json>, client: Client): Promise<Response> {
  const encoder = new TextEncoder();
  const encode = (value: Json) => encoder.encode(JSON.stringify(value) + "\n");
  const first = await lines.next();
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      if (!first.done) controller.enqueue(encode(first.value));
    },
    async pull(controller) {
      try {
        const next = await lines.next();
        if (!next.done) return controller.enqueue(encode(next.value));
        controller.close();
      } catch (error) {
        if (error instanceof ApiError) return controller.error(error);
        controller.enqueue(encode({ error: (error as Error).message }));
        controller.close();
      }
    },
    async cancel() {
      client.gone();
      await lines.return(undefined);
    },
  }, { highWaterMark: 1 });
  return linesResponse(body);
}

async function collected(lines: AsyncGenerator<Json>, endpoint: Endpoint): Promise<Response> {
  let whole = "";
  let last: Json = {};
  for await (const value of lines) {
    last = value;
    whole += endpoint === "chat" ? (value.message as ChatMessage).content : value.response;
  }
  const said = endpoint === "chat"
    ? { message: { role: "assistant", content: whole } }
    : { response: whole };
  return jsonResponse({ ...last, ...said });
}

async function* paced(pieces: string[], ms: number, signal: AbortSignal): AsyncGenerator<string> {
  for (const piece of pieces) {
    await delay(ms, { signal });
    yield piece;
  }
}

async function* untilAborted(
  source: AsyncIterable<string>,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const pieces = source[Symbol.asyncIterator]();
  let ended = false;
  try {
    for (;;) {
      const next = await abortable(pieces.next(), signal);
      ended = next.done === true;
      if (next.done) return;
      yield next.value;
    }
  } finally {
    // Not awaited: a source that hangs never returns.
    if (!ended) pieces.return?.().catch(() => {});
  }
}

function line(endpoint: Endpoint, model: string, said: string, rest: Json): Json {
  const head = { model, created_at: new Date().toISOString() };
  if (endpoint === "generate") return { ...head, response: said, ...rest };
  return { ...head, message: { role: "assistant", content: said }, ...rest };
}

interface Client {
  readonly signal: AbortSignal;
  readonly gone: () => void;
}

// Deno 2.9 prints a warning when a program listens to `Request.signal`, so this is done only if a
// client may disconnect before the headers; later the stream's `cancel` is called.
function watchClient(request?: Request): Client {
  const controller = new AbortController();
  const gone = () => controller.abort(new ApiError(499, "request canceled"));
  request?.signal.addEventListener("abort", gone);
  return { signal: controller.signal, gone };
}

/** The runner's error, which the server passes on as JSON in JSON. */
function tooLong(tokens: number, numCtx: number): string {
  const message = `request (${tokens} tokens) exceeds the available context size (${numCtx} ` +
    "tokens), try increasing it";
  const type = "exceed_context_size_error";
  return JSON.stringify({
    error: { code: 400, message, type, n_prompt_tokens: tokens, n_ctx: numCtx },
  });
}

function promptTokens(messages: readonly ChatMessage[]): number {
  return messages.reduce((sum, { content }) => sum + 4 + Math.ceil(bytesOf(content) / 4), 0);
}

/** Scripts with letters of three bytes have more tokens. */
function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}

function nanoseconds(from: number, to = performance.now()): number {
  return Math.max(1, Math.round((to - from) * 1e6));
}
