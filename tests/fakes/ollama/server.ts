import { infer, type Reply } from "./infer.ts";
import { Models } from "./models.ts";
import {
  ApiError,
  type Endpoint,
  type Json,
  jsonResponse,
  parseBody,
  readInferRequest,
} from "./wire.ts";
import { Runners } from "./runners.ts";
import { scriptedReply } from "../../../src/demo/scripted_model.ts";

export type { Reply } from "./infer.ts";
export type { ChatMessage } from "../../../src/demo/scripted_model.ts";

export interface FakeRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The parsed JSON, or the text if it is not JSON; undefined without a body. */
  readonly body: unknown;
}

export interface FakeOllamaOptions {
  /** Default: any free port. */
  port?: number;
  /** Default: `127.0.0.1`. */
  hostname?: string;
  /** The pulled models; default `rosey-demo:latest`. Those tagged `cloud` run in Ollama's cloud. */
  models?: readonly string[];
  /** Default `0.0.0-rosey-demo`. */
  version?: string;
  /** The version that the models need, in `/api/show`; default: none. */
  requires?: string;
  /** Whether the server is signed in to Ollama's cloud; default true. */
  signedIn?: boolean;
  /** The prompt template in `/api/show`; default: ChatML. */
  template?: string;
  /** Default: the scripted model. */
  reply?: Reply;
  /** The pause before each word of a textual reply; default 15 ms. */
  tokenDelayMs?: number;
  /** The duration of a load, or of each of the first loads; default 0 ms. */
  loadDelayMs?: number | readonly number[];
  /** The default context window; default 4096 tokens. */
  contextLength?: number;
  /** PEM texts for HTTPS. */
  tls?: { cert: string; key: string };
  onRequest?: (request: FakeRequest) => void;
}

type Handler = (body: Json, request: Request) => Response | Promise<Response>;

const MAX_REQUESTS = 1000;
const HEAD_PATHS = ["/", "/api/version", "/api/tags"];

/**
 * A fake Ollama server with scripted models: loads, context windows, pulls and error texts follow
 * `server/routes.go` and `api/types.go` of ollama/ollama.
 *
 * @example
 * ```ts
 * await using ollama = FakeOllama.start({ tokenDelayMs: 0 });
 * await (await fetch(`${ollama.url}/api/tags`)).json();
 * ```
 */
export class FakeOllama implements AsyncDisposable {
  readonly url: string;
  /** The latest 1000 requests, oldest first; `at` is `performance.now()`. */
  readonly requests: (FakeRequest & { at: number })[] = [];
  /** Replies that ended because the client disconnected. */
  cancelled = 0;

  readonly #reply: Reply;
  readonly #tokenDelayMs: number;
  readonly #instant: boolean;
  readonly #onRequest: (request: FakeRequest) => void;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #closing = new AbortController();
  readonly #version: string;
  readonly #signedIn: boolean;
  readonly #models: Models;
  readonly #runners: Runners;
  readonly #routes: Record<string, Record<string, Handler>> = {
    "/": { GET: () => text("Ollama is running", 200) },
    "/api/version": { GET: () => jsonResponse({ version: this.#version }) },
    "/api/me": { POST: () => this.#signedIn ? jsonResponse({ name: "alice" }) : signIn() },
    "/api/tags": { GET: () => jsonResponse({ models: this.#models.tags() }) },
    "/api/ps": { GET: () => jsonResponse({ models: this.#models.running(this.#runners.list()) }) },
    "/api/show": { POST: (body) => this.#models.show(body) },
    "/api/pull": { POST: (body) => this.#models.pull(body) },
    "/api/chat": { POST: (body, request) => this.#infer("chat", body, request) },
    "/api/generate": { POST: (body, request) => this.#infer("generate", body, request) },
  };

  private constructor(options: FakeOllamaOptions) {
    const { port = 0, hostname = "127.0.0.1", models = ["rosey-demo:latest"], tls } = options;
    this.#reply = options.reply ?? scriptedReply;
    this.#tokenDelayMs = options.tokenDelayMs ?? 15;
    this.#instant = !options.reply && !options.loadDelayMs && this.#tokenDelayMs < 100;
    this.#onRequest = options.onRequest ?? (() => {});
    this.#runners = new Runners([options.loadDelayMs ?? 0].flat(), options.contextLength ?? 4096);
    this.#models = new Models({ ...options, names: models });
    this.#version = options.version ?? "0.0.0-rosey-demo";
    this.#signedIn = options.signedIn ?? true;
    this.#server = Deno.serve({
      port,
      hostname,
      ...tls,
      signal: this.#closing.signal,
      onListen: () => {},
      onError: () => new Response(null, { status: 500 }),
    }, (request) => this.#answer(request));
    const host = hostname.includes(":") ? `[${hostname}]` : hostname;
    this.url = `${tls ? "https" : "http"}://${host}:${this.port}`;
  }

  static start(options: FakeOllamaOptions = {}): FakeOllama {
    return new FakeOllama(options);
  }

  get port(): number {
    return this.#server.addr.port;
  }

  /** Full names of models that run in Ollama's cloud, beside those tagged `cloud`. */
  get cloud(): Set<string> {
    return this.#models.cloud;
  }

  get loads(): number {
    return this.#runners.loads;
  }

  /** Loads that ended because their client disconnected. */
  get loadsAborted(): number {
    return this.#runners.loadsAborted;
  }

  /** Stops at once and aborts open requests. */
  async close(): Promise<void> {
    this.#closing.abort(new ApiError(503, "server closed"));
    await this.#server.finished;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname: path } = new URL(request.url);
    const body = await request.text();
    this.#record(request, path, body);
    if (!isLocal(request.headers.get("host") ?? "")) return new Response(null, { status: 403 });
    const methods = Object.hasOwn(this.#routes, path) ? this.#routes[path] : undefined;
    if (!methods) return text("404 page not found", 404);
    const headless = request.method === "HEAD" && HEAD_PATHS.includes(path);
    const handler = methods[headless ? "GET" : request.method];
    if (!handler) return text("405 method not allowed", 405);
    try {
      const response = await handler(request.method === "POST" ? parseBody(body) : {}, request);
      return headless ? new Response(null, { headers: response.headers }) : response;
    } catch (error) {
      const status = error instanceof ApiError ? error.status : 500;
      return jsonResponse({ error: (error as Error).message }, status);
    }
  }

  #record(request: Request, path: string, body: string): void {
    const { method } = request;
    const headers = Object.fromEntries(request.headers);
    const seen = { method, path, headers, body: parsedOrText(body) };
    this.requests.push({ ...seen, at: performance.now() });
    if (this.requests.length > MAX_REQUESTS) this.requests.shift();
    this.#onRequest(seen);
  }

  #infer(endpoint: Endpoint, body: Json, request: Request): Promise<Response> {
    const asked = readInferRequest(body, endpoint);
    if (asked.model === "") {
      // The endpoints differ in Ollama, too.
      const chat = endpoint === "chat";
      throw new ApiError(chat ? 400 : 404, chat ? "model is required" : "model '' not found");
    }
    const name = this.#models.find(asked.model);
    const isRemote = this.#models.isCloud(name);
    if (isRemote && !this.#signedIn) return Promise.resolve(signIn());
    return infer(endpoint, asked, name, request, {
      isRemote,
      runners: this.#runners,
      reply: this.#reply,
      tokenDelayMs: this.#tokenDelayMs,
      instant: this.#instant,
      closing: this.#closing.signal,
      onCancelled: () => this.cancelled++,
    });
  }
}

function signIn(): Response {
  const signin_url = "https://ollama.com/connect?name=gpu&key=c3NoLWVkMjU1MTk";
  return jsonResponse({ error: "unauthorized", signin_url }, 401);
}

// Ollama's protection against DNS rebinding: 403 without a body for a foreign Host.
function isLocal(host: string): boolean {
  const name = host.replace(/:\d+$/, "").toLowerCase();
  if (/^[\d.]+$/.test(name) || name.startsWith("[")) return true;
  return name === "" || name === "localhost" || /\.(localhost|local|internal)$/.test(name);
}

function text(value: string, status: number): Response {
  const charset = status === 200 ? "; charset=utf-8" : "";
  return new Response(value, { status, headers: { "content-type": `text/plain${charset}` } });
}

function parsedOrText(body: string): unknown {
  if (body === "") return undefined;
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}
