/**
 * What servers say of their failures, as it may be repeated in a line of the log.
 *
 * @module
 */

/** How much of a server's words is worth repeating. */
const EXCERPT = 200;

/**
 * The message in `{"error": "…"}`, `{"error": {"message": "…"}}`, `{"message": "…"}` or `{"detail": …}`,
 * also where it is JSON in JSON.
 *
 * @param body A body or a line of one.
 * @returns The message, or undefined when the text is of another form.
 */
export function errorText(body: string): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return undefined;
  }
  const { error, message: own, detail } = Object(value) as Record<string, unknown>;
  if (typeof error === "string") return errorText(error) ?? excerpt(error);
  const { message = own } = Object(error) as { message?: unknown };
  if (typeof message === "string") return errorText(message) ?? excerpt(message);
  return detailText(detail);
}

/** FastAPI tells what was wrong with each field, and repeats all that it was sent: that is left out. */
function detailText(detail: unknown): string | undefined {
  if (typeof detail === "string") return excerpt(detail);
  if (!Array.isArray(detail)) return undefined;
  const messages = detail.map((one) => Object(one).msg).filter((msg) => typeof msg === "string");
  return messages.length > 0 ? excerpt(messages.join("; ")) : undefined;
}

/**
 * The begin of what a server says, on one line: it shall not look like another line of the log.
 *
 * @param text Its words.
 * @returns At most 200 characters.
 */
export function excerpt(text: string): string {
  return text.slice(0, EXCERPT).replace(/\p{Cc}+/gu, " ").trim();
}
