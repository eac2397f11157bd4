/**
 * Bodies in pieces: lines, and the two ways in which model servers put JSON into them.
 *
 * @module
 */
import { ProviderError } from "./provider.ts";

/** No server sends a longer line; one that does is broken. */
const MAX_LINE = 1024 * 1024;

/**
 * Cuts a body into lines, whatever way it was cut before.
 *
 * @param body Pieces of UTF-8.
 * @returns Lines without their ends; blank ones are left out.
 * @throws {ProviderError} `too_large` for a line of more than 1 Mi characters.
 */
export async function* lines(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of body) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = parts.pop()!;
    if (rest.length > MAX_LINE) throw new ProviderError("too_large", "a line has no end");
    for (const line of parts) if (line.trim() !== "") yield line;
  }
  rest += decoder.decode();
  if (rest.trim() !== "") yield rest;
}

/**
 * The `data:` fields of server-sent events, up to `[DONE]`.
 *
 * @param body Lines.
 * @returns The data, and `undefined` once for `[DONE]`.
 */
export async function* events(
  body: AsyncIterable<string>,
): AsyncGenerator<string | undefined> {
  for await (const line of body) {
    const data = /^data:\s?(.*?)\r?$/.exec(line)?.[1];
    if (data === undefined) continue;
    if (data.trim() === "[DONE]") return yield undefined;
    yield data;
  }
}

/**
 * A whole body as text.
 *
 * @param body Pieces of UTF-8.
 * @returns The text.
 */
export async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of body) text += decoder.decode(chunk, { stream: true });
  return text + decoder.decode();
}

/**
 * Reads JSON that a server sent.
 *
 * @param text One document.
 * @returns Its fields, none where it is not an object.
 * @throws {ProviderError} `protocol` when it is not JSON, `truncated` when it is half of it.
 */
export function fields(text: string): Readonly<Record<string, unknown>> {
  const value = parsed(text);
  return typeof value === "object" && value !== null ? { ...value } : {};
}

/**
 * Reads JSON that a server sent, where only an object will do.
 *
 * @param text One document.
 * @returns Its fields.
 * @throws {ProviderError} As {@linkcode fields}, and `protocol` when it is not an object.
 */
export function record(text: string): Readonly<Record<string, unknown>> {
  const value = parsed(text);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  throw new ProviderError("protocol", `the answer is not a JSON object: ${begin(text)}`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    if (text.trim() === "") throw new ProviderError("protocol", "the answer is empty", { cause });
    throw /^\s*[{[]/.test(text) && !/[}\]]\s*$/.test(text)
      ? new ProviderError("truncated", `the answer ended in the middle of ${begin(text)}`, {
        cause,
      })
      : new ProviderError("protocol", `the answer is not JSON: ${begin(text)}`, { cause });
  }
}

function begin(text: string): string {
  return JSON.stringify(text.slice(0, 60));
}
