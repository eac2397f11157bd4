/** What servers say: JSON, and error messages, which are classified and quoted. */
import type { Redact } from "../redact.ts";
import { type ErrorRule, type Failure, ProviderError, type RequestInfo } from "./errors.ts";

const MAX_QUOTED_CHARS = 200;

export type Fields = Readonly<Record<string, unknown>>;

/** As {@linkcode parseJson}; throws `protocol` if it is not an object. */
export function parseObject(text: string, request: RequestInfo): Fields {
  const value = parseJson(text, request);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  const reason = `the answer is not a JSON object: ${beginning(text, request)}`;
  throw new ProviderError("protocol", reason);
}

export function numberOf(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}

/** The host of an address; undefined if there is none. */
export function hostOf(url: unknown): string | undefined {
  return typeof url === "string" && url ? URL.parse(url)?.hostname ?? url : undefined;
}

/** @throws {ProviderError} `protocol` if it is not JSON, `truncated` if its end is missing. */
export function parseJson(text: string, request: RequestInfo): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    if (text.trim() === "") throw new ProviderError("protocol", "the answer is empty", { cause });
    const quoted = beginning(text, request);
    if (/^\s*[{[]/.test(text) && !/[}\]]\s*$/.test(text)) {
      const reason = `the answer ended in the middle of ${quoted}`;
      throw new ProviderError("truncated", reason, { cause });
    }
    const hint = /^\s*</.test(text)
      ? `open ${request.host} in a browser: another web server or a login page answers there`
      : undefined;
    throw new ProviderError("protocol", `the answer is not JSON: ${quoted}`, { cause, hint });
  }
}

function beginning(text: string, { redact }: RequestInfo): string {
  return JSON.stringify(redact(text).slice(0, 60));
}

/**
 * Finds the message in `{"error": "…"}`, `{"error": {"message": "…"}}`, `{"message": "…"}`,
 * `{"detail": …}` or a list of these, also if it is JSON within JSON. A field that it is about comes
 * first: `seed: Extra inputs are not permitted`. The result may contain secrets.
 */
export function errorText(body: string): string | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" ? messageIn(value) : undefined;
  } catch {
    return undefined;
  }
}

function messageIn(value: unknown): string | undefined {
  if (typeof value === "string") {
    // llama.cpp quotes the chat template before it says what is wrong.
    return errorText(value) ?? value.replace(/^[^]*Jinja Exception: /, "").trim();
  }
  if (Array.isArray(value)) {
    const texts = value.map(messageIn).filter((text) => text !== undefined);
    return texts.length === 0 ? undefined : texts.join("; ");
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { error, metadata, message, detail, msg, param, loc }: Fields = { ...value };
  // OpenRouter's own message is always the same; the rest of FastAPI's details is the request.
  const text = [Object(metadata).raw, error, message, detail, msg]
    .reduce((found: string | undefined, part) => found ?? messageIn(part), undefined);
  const field = Array.isArray(loc) ? loc.filter((part) => part !== "body").join(".") : param;
  const isNew = typeof field === "string" && field !== "" && !text?.includes(field);
  return text && isNew ? `${field}: ${text}` : text;
}

/** At most 200 characters on one line, without secrets. */
export function excerpt(text: string, redact: Redact): string {
  return redact(text).slice(0, MAX_QUOTED_CHARS).replace(/\p{Cc}+/gu, " ").trim();
}

/** More is not needed to tell what failed; patterns take too long for hostile text. */
const MAX_CLASSIFIED_CHARS = 2000;

/** Classifies a failure by the server's words. Properties that no rule sets stay as they are. */
export function applyRules(text: string, failure: Failure, request: RequestInfo): Failure {
  const words = text.slice(0, MAX_CLASSIFIED_CHARS);
  const matching = request.dialect.rules.filter(({ says, status, phase }) =>
    (status === undefined || status === failure.status) &&
    (phase === undefined || phase === request.phase) && says.test(words)
  );
  const found: Partial<ErrorRule> = Object.assign({}, ...matching.reverse());
  const { blames, retry, hint } = found;
  const isRequest = [400, 422].includes(failure.status ?? 0);
  const refused = found.kind === undefined && isRequest
    ? request.dialect.refusalIn?.(words, request)
    : undefined;
  const kind = refused ? "option_refused" : found.kind;
  return {
    ...failure,
    // A more specific kind has a classification of its own.
    ...(kind && { kind, blames: undefined, retry: undefined, refused }),
    ...(blames && { blames }),
    ...(retry && { retry }),
    hint: failure.hint ?? hint?.(request),
  };
}

/** An error that the server reports after the status of a success. A repeated request may succeed. */
export function streamedError(what: string, words: string, request: RequestInfo): ProviderError {
  const reason = `the server ${what}: ${excerpt(words, request.redact)}`;
  const failure = applyRules(words, { kind: "http", reason, retry: "now" }, request);
  return new ProviderError(failure.kind, failure.reason, failure);
}
