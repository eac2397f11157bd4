/**
 * The two ways in which model servers put JSON into lines.
 *
 * @module
 */
import type { Redact } from "../redact.ts";
import { ProviderError } from "./provider.ts";

/** What {@linkcode eventData} makes of the last event. */
export const DONE = Symbol("done");

/**
 * The `data:` field of server-sent events.
 *
 * @param line One line.
 * @returns The data, {@linkcode DONE} for `[DONE]`, `undefined` for a line of another kind.
 */
export function eventData(line: string): string | typeof DONE | undefined {
  const data = /^data:\s?(.*?)\r?$/.exec(line)?.[1];
  return data?.trim() === "[DONE]" ? DONE : data;
}

/**
 * Reads JSON that a server sent.
 *
 * @param text One document.
 * @returns Its fields, none where it is not an object.
 * @throws {ProviderError} `protocol` when it is not JSON, `truncated` when it is half of it.
 */
export function fields(text: string, redact: Redact): Readonly<Record<string, unknown>> {
  const value = parsed(text, redact);
  return typeof value === "object" && value !== null ? { ...value } : {};
}

/**
 * Reads JSON that a server sent, where only an object will do.
 *
 * @param text One document.
 * @returns Its fields.
 * @throws {ProviderError} As {@linkcode fields}, and `protocol` when it is not an object.
 */
export function record(text: string, redact: Redact): Readonly<Record<string, unknown>> {
  const value = parsed(text, redact);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, unknown>>;
  }
  throw new ProviderError("protocol", `the answer is not a JSON object: ${begin(text, redact)}`);
}

function parsed(text: string, redact: Redact): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    if (text.trim() === "") throw new ProviderError("protocol", "the answer is empty", { cause });
    throw /^\s*[{[]/.test(text) && !/[}\]]\s*$/.test(text)
      ? new ProviderError("truncated", `the answer ended in the middle of ${begin(text, redact)}`, {
        cause,
      })
      : new ProviderError("protocol", `the answer is not JSON: ${begin(text, redact)}`, { cause });
  }
}

function begin(text: string, redact: Redact): string {
  return JSON.stringify(redact(text).slice(0, 60));
}
