/** The interface of model servers, whatever API they have. */
import type { ProviderError } from "./errors.ts";
import type { PullOptions } from "./pull.ts";

export interface Message {
  readonly role: "system" | "user" | "assistant";
  readonly content: string;
}

export interface Reply {
  /** Without reasoning; never empty. Not safe for chat before it is sanitized. */
  readonly text: string;
  /** False if the limit of tokens or characters ended it. */
  readonly complete: boolean;
  /** Size of the prompt as the server counted it; it may leave out cached tokens. */
  readonly promptTokens?: number;
  readonly timing?: Timing;
}

/** What the server measured of one answer, as far as it tells. */
export interface Timing {
  /** Time that the answer waited for a load; almost 0 for a loaded model. */
  readonly loadMs?: number;
  readonly promptMs?: number;
  /** Tokens of the answer, and the time in which the model made them. */
  readonly tokens?: number;
  readonly tokensMs?: number;
}

export interface Probe {
  readonly models?: readonly string[];
  /** Whether the model is among them; undefined if it need not be. */
  readonly hasModel?: boolean;
  /** Whether the server answers with its one model, whatever name is asked for. */
  readonly takesAnyName?: boolean;
  /** Why the server has no list of its models. */
  readonly unlisted?: ProviderError;
}

export interface ModelStatus {
  /** Whether it is in memory with this bot's options; true if the server does not tell. */
  readonly loaded: boolean;
  /** Whether it is in memory with another client's options: this bot's next request loads it again. */
  readonly displaced?: boolean;
  /** Where the model runs, if elsewhere: then nothing is loaded. */
  readonly remoteHost?: string;
  /** Size of its window, prompt and answer together. */
  readonly contextTokens?: number;
  /** In main memory and on GPUs, and the part on GPUs. */
  readonly memoryBytes?: number;
  readonly vramBytes?: number;
}

export interface Details {
  /** Name and version of the server's program. */
  readonly software?: string;
  /** The version of it that the model needs, if the server's is older. */
  readonly requires?: string;
  /** `completion`, `thinking`, `vision` and others. */
  readonly capabilities?: readonly string[];
  /** The largest window that the model was made for. */
  readonly trainedTokens?: number;
  /** The server's clock, in milliseconds since 1970. */
  readonly serverTime?: number;
}

/** One of a server's models. What is missing is not known. */
export interface ListedModel
  extends Partial<ModelStatus>, Pick<Details, "capabilities" | "trainedTokens"> {
  readonly name: string;
  readonly sizeBytes?: number;
  /** When it is unloaded, if nobody uses it: an ISO date. */
  readonly expiresAt?: string;
}

/** What a provider does for a server that refused a request in its usual form. */
export interface Adjustment {
  readonly found: string;
  /** What the operator should do; missing if nothing is lost. */
  readonly advice?: string;
}

/**
 * Decides whether the generation of an answer is stopped: it is long `enough`, or the model went wrong
 * and is `lost`.
 */
export type ShouldStop = (answer: string) => "enough" | "lost" | undefined;

export interface ReplyOptions {
  /** Called now and then, with text that is not known to be reasoning. */
  readonly shouldStop?: ShouldStop;
  /**
   * Whether the server may cut off the beginning of a prompt that is too long, and the persona with
   * it. If not, the error is `context_too_long`, where the server can tell. Default: true.
   */
  readonly allowTruncation?: boolean;
  /** Seed of the server's random numbers, to get another answer to the same prompt. */
  readonly seed?: number;
  /** Parameters of the model that replace those of `llm.options`. */
  readonly parameters?: Readonly<Record<string, unknown>>;
}

export interface ChatOptions extends ReplyOptions {
  /** Default: {@linkcode Provider.responseTimeoutMs}. */
  readonly totalMs?: number;
  readonly maxTokens?: number;
  readonly onBegin?: () => void;
}

/** A model on a server. Every method throws {@linkcode ProviderError}. */
export interface Provider {
  readonly name: string;
  readonly label: string;
  readonly model: string;
  readonly host: string;
  /** Whether it is one of `llm.fallbacks`. */
  readonly isFallback: boolean;
  readonly responseTimeoutMs: number;
  /** Limit of a load, which may take minutes. */
  readonly loadTimeoutMs: number;
  /** Whether two requests to load the model lead to one load. */
  readonly sharesLoads: boolean;
  /** Whether a model that is not in the server's list cannot be used. */
  readonly listsEveryModel: boolean;
  /** What an operator should do if the server does not have the model. */
  readonly missingModelHint: string;
  /** How long the model stays loaded after its last use. */
  readonly staysLoadedMs: number;
  /** What the server's refusals have changed so far. */
  readonly adjustments?: readonly Adjustment[];
  probe(signal: AbortSignal): Promise<Probe>;
  /** Sends the smallest request that the server answers; also a refusal is a sign of life. */
  alive(signal: AbortSignal): Promise<void>;
  /** Loads the model, if the server can be asked to. */
  load(signal: AbortSignal): Promise<void>;
  status(signal: AbortSignal): Promise<ModelStatus>;
  /** Missing if such a server tells nothing. */
  inspect?(signal: AbortSignal): Promise<Details>;
  /** What the server has, for an operator. */
  listModels?(signal: AbortSignal): Promise<readonly ListedModel[]>;
  /** Downloads a model to the server, or updates it. Returns its size in bytes; 0: unknown. */
  pull?(model: string, options: PullOptions): Promise<number>;
  /** An abort ends the generation on the server. */
  chat(messages: readonly Message[], signal: AbortSignal, options?: ChatOptions): Promise<Reply>;
  close(): void;
}
