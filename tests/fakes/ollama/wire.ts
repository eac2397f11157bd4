import type { ChatMessage } from "../../../src/demo/scripted_model.ts";

export type Json = Record<string, unknown>;

export type Endpoint = "chat" | "generate";

/** A response with another status than 200 and the body `{"error": message}`. */
export class ApiError extends Error {
  override readonly name = "ApiError";

  constructor(readonly status: number, message: string) {
    super(message);
  }
}

/** A chat or generate request whose fields have the right types. */
export interface InferRequest {
  /** As the client wrote it. */
  readonly model: string;
  /** Empty: only load or unload. */
  readonly messages: ChatMessage[];
  readonly stream: boolean;
  /** Default: unchanged. */
  readonly keepAliveMs: number | undefined;
  /** Whether a prompt that is too long is cut instead of refused. */
  readonly truncate: boolean;
  readonly think: boolean;
  /** Not checked; see {@linkcode checkOptions}. */
  readonly options: Json;
}

const FOREVER_MS = 292 * 365 * 86_400_000;
const UNIT_MS: Record<string, number> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};
const INTEGER = ["num_keep", "seed", "num_predict", "top_k", "repeat_last_n", "num_ctx"];
const MORE_INTEGER = ["num_batch", "num_gpu", "main_gpu", "num_thread", "draft_num_predict"];
const FLOAT = ["top_p", "min_p", "typical_p", "temperature", "repeat_penalty", "presence_penalty"];
const OPTION_TYPES = new Map<string, string>([
  ...[...INTEGER, ...MORE_INTEGER].map((key) => [key, "integer"] as const),
  ...[...FLOAT, "frequency_penalty"].map((key) => [key, "float32"] as const),
  ["use_mmap", "boolean"],
  ["stop", "array"],
]);

export function parseBody(text: string): Json {
  if (text.trim() === "") throw new ApiError(400, "missing request body");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    const first = text.trim().charAt(0);
    const begins = /["{[\d-]|[tfn]/.test(first);
    throw new ApiError(
      400,
      begins ? "unexpected EOF" : `invalid character '${first}' looking for beginning of value`,
    );
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Json;
  throw mismatch(value, "value of type api.Request");
}

/** Reads a field; JSON `null` counts as absent. */
export function field(body: Json, key: string, type: "string" | "bool"): unknown {
  const value = body[key] ?? undefined;
  const wanted = type === "bool" ? "boolean" : type;
  if (value === undefined || typeof value === wanted) return value;
  throw mismatch(value, `struct field Request.${key} of type ${type}`);
}

export function readInferRequest(body: Json, endpoint: Endpoint): InferRequest {
  const options = body.options ?? {};
  if (typeof options !== "object" || Array.isArray(options)) {
    throw mismatch(options, "struct field Request.options of type map[string]interface {}");
  }
  return {
    model: String(field(body, "model", "string") ?? ""),
    messages: endpoint === "chat" ? readMessages(body) : readPrompt(body),
    stream: field(body, "stream", "bool") !== false,
    keepAliveMs: readKeepAlive(body.keep_alive ?? undefined),
    think: readThink(body.think ?? false),
    options: options as Json,
    truncate: field(body, "truncate", "bool") !== false,
  };
}

/** Refuses wrong types of known options with 500; unknown options pass. */
export function checkOptions(options: Json): void {
  for (const [key, value] of Object.entries(options)) {
    const type = OPTION_TYPES.get(key);
    if (type === undefined || value === null) continue;
    const found = Array.isArray(value) ? "array" : typeof value;
    const wanted = type === "integer" || type === "float32" ? "number" : type;
    if (found !== wanted) throw new ApiError(500, `option "${key}" must be of type ${type}`);
  }
}

export function jsonResponse(value: unknown, status = 200): Response {
  const headers = { "content-type": "application/json; charset=utf-8" };
  return new Response(JSON.stringify(value), { status, headers });
}

export function linesResponse(body: string | ReadableStream<Uint8Array>): Response {
  return new Response(body, { headers: { "content-type": "application/x-ndjson" } });
}

function readMessages(body: Json): ChatMessage[] {
  const messages = body.messages ?? [];
  if (!Array.isArray(messages)) {
    throw mismatch(messages, "struct field ChatRequest.messages of type []api.Message");
  }
  return messages.map((message: Json) => ({
    role: String(field(message, "role", "string") ?? ""),
    content: String(field(message, "content", "string") ?? ""),
  }));
}

function readPrompt(body: Json): ChatMessage[] {
  const content = String(field(body, "prompt", "string") ?? "");
  const system = String(field(body, "system", "string") ?? "");
  if (content === "") return [];
  const messages = [{ role: "system", content: system }, { role: "user", content }];
  return messages.filter((message) => message.content !== "");
}

function readThink(value: unknown): boolean {
  if (typeof value === "boolean") return value;
  const levels = '"high", "medium", "low", "max", true, or false';
  if (typeof value !== "string") {
    throw new ApiError(400, `think must be a boolean or string (${levels})`);
  }
  if (["high", "medium", "low", "max"].includes(value)) return true;
  throw new ApiError(400, `invalid think value: "${value}" (must be ${levels})`);
}

function readKeepAlive(value: unknown): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value === "number") return value < 0 ? FOREVER_MS : value * 1000;
  if (typeof value !== "string") throw new ApiError(400, `Unsupported type: '${goType(value)}'`);
  const parts = [...value.matchAll(/(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)/g)];
  const sign = /^[-+]/.exec(value)?.[0] ?? "";
  if (value === sign + "0") return 0;
  if (/^[-+]?\d+(\.\d*)?$/.test(value)) {
    throw new ApiError(400, `time: missing unit in duration "${value}"`);
  }
  if (parts.length === 0 || sign + parts.map((part) => part[0]).join("") !== value) {
    throw new ApiError(400, `time: invalid duration "${value}"`);
  }
  const ms = parts.reduce((sum, part) => sum + Number(part[1]) * (UNIT_MS[part[2] ?? ""] ?? 0), 0);
  return sign === "-" && ms > 0 ? FOREVER_MS : ms;
}

function mismatch(value: unknown, target: string): ApiError {
  return new ApiError(400, `json: cannot unmarshal ${jsonType(value)} into Go ${target}`);
}

function jsonType(value: unknown): string {
  if (Array.isArray(value)) return "array";
  return typeof value === "boolean" ? "bool" : typeof value;
}

function goType(value: unknown): string {
  if (Array.isArray(value)) return "[]interface {}";
  return typeof value === "boolean" ? "bool" : "map[string]interface {}";
}
