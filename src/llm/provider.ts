/**
 * What the bot wants of a model, whoever serves it, and how it can fail.
 *
 * @module
 */

import { errorMessage } from "../errors.ts";

/** One turn of a conversation. */
export interface Message {
  /** Who says it. */
  readonly role: "system" | "user" | "assistant";
  /** What is said. */
  readonly content: string;
}

/** What a model said. */
export interface Reply {
  /** Its words without its thoughts; never empty. Not safe for chat: see the guard. */
  readonly text: string;
  /** Whether it ended by itself; false when its length ended it. */
  readonly complete: boolean;
  /** Tokens that the server counted in the prompt, where it told; cached ones may be missing. */
  readonly promptTokens?: number;
}

/** What a server answered to the question whether it is there. */
export interface Probe {
  /** The models it has; undefined where it keeps no list. */
  readonly models?: readonly string[];
  /** Why it gave no list, where it could be asked for one. */
  readonly unlisted?: ProviderError;
}

/** What a server tells of its model. */
export interface ModelStatus {
  /** Whether it is in memory; true where the server does not tell. */
  readonly loaded: boolean;
  /** Tokens that fit into its window, prompt and answer together. */
  readonly contextTokens?: number;
  /** Memory that it takes on the server, in bytes. */
  readonly memoryBytes?: number;
  /** How much of that is a GPU's. */
  readonly vramBytes?: number;
}

/** What a server tells to whoever looks closely. */
export interface Details {
  /** The server's version. */
  readonly version?: string;
  /** What the model can do: `completion`, `thinking`, `vision` and others. */
  readonly capabilities?: readonly string[];
  /** Tokens that the model was made for. */
  readonly trainedTokens?: number;
  /** The server's clock, in milliseconds since 1970. */
  readonly serverTime?: number;
}

/**
 * Tells whether an answer that is still being written needs no more: then the server is told to stop.
 * RequestInfo now and then, and never of a model that may be thinking still.
 */
export type ShouldStop = (answer: string) => boolean;

/** What is wanted of an answer. */
export interface ReplyOptions {
  /** Whether it needs no more. */
  readonly shouldStop?: ShouldStop;
  /**
   * Whether the server may leave out the begin of a prompt that is too long, and the persona with it;
   * default: it may. Else it says so, where it can.
   */
  readonly allowTruncation?: boolean;
}

/** Limits of one answer, where they are narrower than the provider's own. */
export interface ChatLimits extends ReplyOptions {
  /** For the whole answer, in milliseconds. */
  readonly totalMs?: number;
  /** Tokens that the model may say; default: as many as the provider's options have. */
  readonly maxTokens?: number;
  /** Told when the first piece of the answer comes. */
  readonly onBegin?: () => void;
}

/** A server with a model. Every method throws {@linkcode ProviderError}. */
export interface Provider {
  /** As the configuration names it. */
  readonly name: "ollama" | "openai";
  /** As log lines name it. */
  readonly label: string;
  /** As the server knows it. */
  readonly model: string;
  /** Its address without credentials. */
  readonly host: string;
  /** Asks whether the server is there, and what it has. */
  probe(signal: AbortSignal): Promise<Probe>;
  /** Asks for any sign of life, as little as can be: also an answer that refuses is one. */
  alive(signal: AbortSignal): Promise<void>;
  /** Loads the model into memory, where the server can be told to. */
  load(signal: AbortSignal): Promise<void>;
  /** Asks how the model is. */
  status(signal: AbortSignal): Promise<ModelStatus>;
  /** Looks closely; what the server does not tell is left out. */
  inspect(signal: AbortSignal): Promise<Details>;
  /** For a whole answer, in milliseconds. */
  readonly responseTimeoutMs: number;
  /** For loading the model, in milliseconds. */
  readonly loadTimeoutMs: number;
  /** Whether a load that is asked for twice is one load. */
  readonly sharesLoads: boolean;
  /** How long the model stays loaded for certain after it was used, in milliseconds. */
  readonly staysLoadedMs: number;
  /**
   * Has the model answer. Aborting cancels the generation on the server.
   *
   * @param limits Of this answer.
   */
  chat(messages: readonly Message[], signal: AbortSignal, limits?: ChatLimits): Promise<Reply>;
  /** Ends its connections. */
  close(): void;
}

/** Why a request failed. */
export type FailureKind =
  | "refused"
  | "dns"
  | "timeout"
  | "idle"
  | "tls"
  | "reset"
  | "http"
  | "not_ollama"
  | "model_missing"
  | "busy"
  | "auth"
  | "redirect"
  | "protocol"
  | "truncated"
  | "too_large"
  | "empty"
  | "aborted";

/** What is known of a failure beside its kind. */
export interface FailureDetails extends ErrorOptions {
  /** What an operator should do next. */
  readonly next?: string;
  /** What was found, with the server's words as they came: matched by {@linkcode ProviderError.says}. */
  readonly raw?: string;
  /** The HTTP status, where there was one. */
  readonly status?: number;
  /** How long the server wants one to wait, in milliseconds, where it said so. */
  readonly retryAfterMs?: number;
}

/** A failed request. Its message says what was found and what to do next. */
export class ProviderError extends Error {
  /** Tells it from other errors in logs. */
  override readonly name = "ProviderError";
  /** Why the request failed. */
  readonly kind: FailureKind;
  /** What was found, without what to do about it. */
  readonly found: string;
  /** What an operator should do next. */
  readonly next?: string;
  /** The HTTP status, where there was one. */
  readonly status?: number;
  /** How long the server wants one to wait, in milliseconds, where it said so. */
  readonly retryAfterMs?: number;
  /** May hold secrets. A private field is not shown when the error is printed. */
  readonly #raw: string;

  /**
   * Makes the error of one request.
   *
   * @param kind Why the request failed.
   * @param found What was found, without secrets.
   * @param details `cause`: the original.
   */
  constructor(kind: FailureKind, found: string, details: FailureDetails = {}) {
    super(details.next === undefined ? found : `${found}; ${details.next}`, details);
    this.kind = kind;
    this.found = found;
    this.next = details.next;
    this.status = details.status;
    this.retryAfterMs = details.retryAfterMs;
    this.#raw = details.raw ?? found;
  }

  /** Whether the server's own words match, also where {@linkcode found} has a word redacted. */
  says(pattern: RegExp): boolean {
    return pattern.test(this.#raw);
  }

  /** The same failure with other details. */
  with(details: Pick<FailureDetails, "next" | "cause">): ProviderError {
    const { kind, found, next, status, retryAfterMs, cause } = this;
    const all = { next, status, retryAfterMs, cause, raw: this.#raw, ...details };
    return new ProviderError(kind, found, all);
  }
}

/**
 * A failure as one of a provider. Whatever a server sent that nobody has thought of ends no program.
 *
 * @param error What was thrown.
 * @returns The same, or one of the kind `protocol`.
 */
export function providerError(error: unknown): ProviderError {
  if (error instanceof ProviderError) return error;
  const next = "look at what answers at that address";
  return new ProviderError("protocol", `cannot be understood: ${errorMessage(error)}`, {
    next,
    cause: error,
  });
}

/** What a failure speaks against. */
export type FailureClass = "connection" | "timeout" | "other";

const CONNECTION: readonly FailureKind[] = ["refused", "dns", "tls", "reset"];
const TIMEOUT: readonly FailureKind[] = ["timeout", "idle"];

/**
 * What a failure speaks against.
 *
 * @param kind Why the request failed.
 * @returns The way to the server, the time it took, or anything else.
 */
export function failureClass(kind: FailureKind): FailureClass {
  if (CONNECTION.includes(kind)) return "connection";
  return TIMEOUT.includes(kind) ? "timeout" : "other";
}

/** The least status with which a proxy says that the server behind it did not answer. */
const BEHIND_PROXY = 502;

/** Whether a failure speaks against the server rather than against the request. */
export function isServerFailure(error: ProviderError): boolean {
  return failureClass(error.kind) !== "other" || (error.status ?? 0) >= BEHIND_PROXY;
}

const STANDING: readonly FailureKind[] = [
  "auth",
  "model_missing",
  "not_ollama",
  "redirect",
  "busy",
];

/** Whether a failure would meet the next request as well, until it is mended or some time passes. */
export function isStanding(error: ProviderError): boolean {
  return STANDING.includes(error.kind) || (error.status ?? 0) >= 500;
}

/** Ollama's words for a runner that died before it said anything. */
const RUNNER_DIED = /while running the model|(?:llama-server|runner) process .*terminated/i;

/**
 * Whether the same request may succeed in a moment: a server that restarts, a runner that died, a queue
 * that was full.
 *
 * @param error What {@linkcode Provider.chat} threw.
 * @returns True when another try is worth while.
 */
export function isTransient(error: ProviderError): boolean {
  const passing: readonly FailureKind[] = ["refused", "reset", "busy", "truncated"];
  // An error in the middle of an answer: a runner that died, which the next request starts anew.
  if (error.kind === "http" && error.status === undefined) return true;
  if (error.status === 500 && error.says(RUNNER_DIED)) return true;
  return passing.includes(error.kind) || [502, 503, 504].includes(error.status ?? 0);
}

/**
 * Whether the server, or what runs the model there, may have restarted: the model has to be loaded anew
 * before the same request can succeed.
 *
 * @param error What {@linkcode Provider.chat} threw.
 */
export function mayHaveRestarted(error: ProviderError): boolean {
  return isTransient(error) && error.kind !== "busy";
}

/** Whether two names mean the same model: a name without a tag means the tag `latest`. */
export function sameModel(a: string, b: string): boolean {
  const full = (name: string) => (name.includes(":") ? name : `${name}:latest`).toLowerCase();
  return full(a) === full(b);
}

/** Whether the prompt was longer than the model's window: a shorter one may be answered. */
export function isTooLong(error: ProviderError): boolean {
  return error.status === 400 && error.says(TOO_LONG);
}

/** OpenAI's, vLLM's, llama.cpp's, LiteLLM's and Ollama's words. */
const TOO_LONG = /context|too long|maximum .*tokens/i;
