/** Failures of requests to a model server. Each is classified once, where it happens. */
import { errorMessage } from "../errors.ts";
import type { Redact } from "../redact.ts";

/**
 * Where the fault lies.
 *
 * - `network`: the server was not reached or did not answer in time, or a gateway says so.
 * - `server`: the server cannot serve any request at the moment.
 * - `model`: the server is up, but the model cannot be used: missing, no access, out of memory.
 * - `request`: only this request or its answer; another one may succeed.
 */
export type Blame = "network" | "server" | "model" | "request";

/**
 * Whether the same request may succeed on the same server.
 *
 * - `now`: a connection broke, or a process died or has just started. Load the model, then repeat the
 *   request.
 * - `later`: the server is busy. Repeat the request after a pause.
 * - `never`: the request fails again until something changes.
 */
export type Retry = "now" | "later" | "never";

/** The kinds of failures, and their classification unless the code that throws overrides it. */
const KINDS = {
  refused: ["network", "now"],
  dns: ["network", "never"],
  timeout: ["network", "never"],
  idle: ["network", "never"],
  tls: ["network", "never"],
  reset: ["network", "now"],
  http: ["request", "never"],
  wrong_api: ["model", "never"],
  model_missing: ["model", "never"],
  model_loading: ["server", "now"],
  /** Each try costs minutes; it fails again until somebody changes something on the server. */
  load_failed: ["model", "never"],
  context_too_long: ["request", "never"],
  option_refused: ["request", "never"],
  roles_refused: ["request", "never"],
  busy: ["model", "later"],
  auth: ["model", "never"],
  redirect: ["model", "never"],
  protocol: ["request", "never"],
  truncated: ["request", "now"],
  too_large: ["request", "never"],
  empty: ["request", "never"],
  aborted: ["request", "never"],
} as const satisfies Record<string, readonly [Blame, Retry]>;

/** What failed. Also the label of the failure metric. */
export type FailureKind = keyof typeof KINDS;

export interface FailureDetails extends ErrorOptions {
  readonly hint?: string;
  readonly blames?: Blame;
  readonly retry?: Retry;
  readonly status?: number;
  readonly retryAfterMs?: number;
  /** Whether a limit of tokens ended the answer. */
  readonly atLimit?: boolean;
  readonly refused?: Refusal;
}

/** A field of the request that the server does not take. */
export interface Refusal {
  readonly option: string;
  /** Values that it takes instead, where it names them. */
  readonly offered: readonly string[];
}

export interface Failure extends FailureDetails {
  readonly kind: FailureKind;
  readonly reason: string;
}

/** A failed request. The message is the reason followed by the hint; both are without secrets. */
export class ProviderError extends Error implements Failure {
  override readonly name = "ProviderError";
  readonly hint?: string;
  readonly blames: Blame;
  readonly retry: Retry;
  readonly status?: number;
  readonly retryAfterMs?: number;
  readonly atLimit?: boolean;
  readonly refused?: Refusal;

  constructor(
    readonly kind: FailureKind,
    readonly reason: string,
    details: FailureDetails = {},
  ) {
    super(details.hint === undefined ? reason : `${reason}; ${details.hint}`, details);
    const [blames, retry] = KINDS[kind];
    this.hint = details.hint;
    this.blames = details.blames ?? blames;
    this.retry = details.retry ?? retry;
    this.status = details.status;
    this.retryAfterMs = details.retryAfterMs;
    this.atLimit = details.atLimit;
    this.refused = details.refused;
  }
}

/** Wraps an unexpected error, so that no answer of a server can end the program. */
export function providerError(error: unknown): ProviderError {
  if (error instanceof ProviderError) return error;
  return new ProviderError("protocol", `cannot be understood: ${errorMessage(error)}`, {
    hint: "check which server runs at that address",
    cause: error,
  });
}

export function isTimeout(error: unknown): error is ProviderError {
  return error instanceof ProviderError && error.kind === "timeout";
}

export type Phase = "probe" | "load" | "answer" | "pull";

export interface RequestInfo {
  readonly host: string;
  readonly path: string;
  readonly model: string;
  readonly phase: Phase;
  /** Names of the fields in the request's body. */
  readonly fields?: readonly string[];
  readonly hasCredentials: boolean;
  /** Removes the credentials from the server's words; call it before they are cut. */
  readonly redact: Redact;
  readonly dialect: ErrorDialect;
}

export type Hint = (request: RequestInfo) => string;

/** How one kind of server reports errors, and what its operator can do about them. */
export interface ErrorDialect {
  /** The first match decides each property. */
  readonly rules: readonly ErrorRule[];
  /** Hints for failures that no rule has one for. */
  readonly hints: Readonly<Record<Exclude<FailureKind, "aborted">, Hint>>;
  /** The hint if the model used all of its tokens to reason. */
  readonly lengthHint: string;
  readonly start: string;
  /** Reads responses that have a special meaning on such a server. */
  fromResponse(response: ErrorResponse, request: RequestInfo): Failure | undefined;
  /** Finds the field that an error message refuses; missing if such a server ignores unknown ones. */
  refusalIn?(words: string, request: RequestInfo): Refusal | undefined;
}

/** The meaning of an error message. Without `status` or `phase` it applies to all of them. */
export interface ErrorRule {
  readonly says: RegExp;
  readonly status?: number;
  readonly phase?: Phase;
  readonly kind?: FailureKind;
  readonly blames?: Blame;
  readonly retry?: Retry;
  readonly hint?: Hint;
}

export interface ErrorResponse extends Pick<Response, "status" | "headers" | "url"> {
  readonly body: string;
  /** The error message in the body, if it is JSON. May contain secrets. */
  readonly words?: string;
}
