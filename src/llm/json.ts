/** JSON in the answers of model servers. */
import { ProviderError, type RequestInfo } from "./errors.ts";

/**
 * Returns the fields of a JSON document; none if it is not an object.
 *
 * @throws {ProviderError} `protocol` if it is not JSON, `truncated` if its end is missing.
 */
export function fields(text: string, request: RequestInfo): Readonly<Record<string, unknown>> {
  const value = parse(text, request);
  return typeof value === "object" && value !== null ? { ...value } : {};
}

/**
 * Returns the fields of a JSON object.
 *
 * @throws {ProviderError} As {@linkcode fields}, and `protocol` if it is not an object.
 */
export function record(text: string, request: RequestInfo): Readonly<Record<string, unknown>> {
  const value = parse(text, request);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, unknown>>;
  }
  const reason = `the answer is not a JSON object: ${beginning(text, request)}`;
  throw new ProviderError("protocol", reason);
}

function parse(text: string, request: RequestInfo): unknown {
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
      ? `open ${request.host} in a browser: another web server, or a page to log in, answers there`
      : undefined;
    throw new ProviderError("protocol", `the answer is not JSON: ${quoted}`, { cause, hint });
  }
}

function beginning(text: string, { redact }: RequestInfo): string {
  return JSON.stringify(redact(text).slice(0, 60));
}
