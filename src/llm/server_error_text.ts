/**
 * What servers say about their failures: the message within a body, and how it is quoted.
 *
 * @module
 */
import type { Redact } from "../redact.ts";
import { type FailureKind, ProviderError } from "./provider.ts";

/** How much of a server's words is worth repeating. */
const EXCERPT_CHARS = 200;

/**
 * The message in `{"error": "…"}`, `{"error": {"message": "…"}}`, `{"message": "…"}` or `{"detail": …}`,
 * also where it is JSON in JSON.
 *
 * @param body A body or a line of one.
 * @returns The message as it came, to be matched but not to be shown; undefined for other texts.
 */
export function errorText(body: string): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return undefined;
  }
  const { error, message: own, detail } = Object(value) as Record<string, unknown>;
  if (typeof error === "string") return errorText(error) ?? error.trim();
  const { message = own } = Object(error) as { message?: unknown };
  if (typeof message === "string") return errorText(message) ?? message.trim();
  return detailText(detail);
}

/** FastAPI tells what was wrong with each field, and repeats all that it was sent: that is left out. */
function detailText(detail: unknown): string | undefined {
  if (typeof detail === "string") return detail.trim();
  if (!Array.isArray(detail)) return undefined;
  const messages = detail.map((one) => Object(one).msg).filter((msg) => typeof msg === "string");
  return messages.length > 0 ? messages.join("; ") : undefined;
}

/**
 * Quotes a server's words: at most 200 characters on one line, without secrets.
 *
 * @param text All of them.
 */
export function excerpt(text: string, redact: Redact): string {
  return redact(text).slice(0, EXCERPT_CHARS).replace(/\p{Cc}+/gu, " ").trim();
}

/**
 * A failure that quotes a server's words.
 *
 * @param sentence Makes the message from the quotation, e.g. `the server failed: ${quoted}`.
 * @param words All that the server said.
 */
export function quotingFailure(
  kind: FailureKind,
  sentence: (quoted: string) => string,
  { words, redact }: { readonly words: string; readonly redact: Redact },
): ProviderError {
  return new ProviderError(kind, sentence(excerpt(words, redact)), { raw: sentence(words) });
}
