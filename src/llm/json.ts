/** JSON in the answers of model servers. */
import { ProviderError, type RequestInfo } from "./errors.ts";

export type Fields = Readonly<Record<string, unknown>>;

/**
 * Returns the fields of a JSON object.
 *
 * @throws {ProviderError} `protocol` if it is not a JSON object, `truncated` if its end is missing.
 */
export function record(text: string, request: RequestInfo): Fields {
  const value = parseJson(text, request);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  const reason = `the answer is not a JSON object: ${beginning(text, request)}`;
  throw new ProviderError("protocol", reason);
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
      ? `open ${request.host} in a browser: another web server, or a page to log in, answers there`
      : undefined;
    throw new ProviderError("protocol", `the answer is not JSON: ${quoted}`, { cause, hint });
  }
}

function beginning(text: string, { redact }: RequestInfo): string {
  return JSON.stringify(redact(text).slice(0, 60));
}
