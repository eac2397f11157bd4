/**
 * A model on its way from a registry to a server.
 *
 * Source: https://github.com/ollama/ollama/blob/main/docs/api.md#pull-a-model
 *
 * @module
 */
import type { Body } from "./body.ts";
import { errorText, quotingFailure } from "./server_error_text.ts";
import type { Exchange } from "./http.ts";
import { ProviderError } from "./provider.ts";
import { record } from "./stream.ts";

/** How far a pull is. */
export interface PullProgress {
  /** In the server's words, e.g. `pulling dde5aa3fc5ff`; not safe for a terminal. */
  readonly status: string;
  /** Of the parts that the server has named so far, in bytes. */
  readonly completedBytes: number;
  /** The same; 0 while it has named none. */
  readonly totalBytes: number;
}

/** Options of a pull. */
export interface PullOptions {
  /** Ends it; the server keeps what has arrived. */
  readonly signal: AbortSignal;
  /** Told of every line that the server sends, some 16 a second. */
  readonly onProgress?: (progress: PullProgress) => void;
}

/** A server says nothing while it computes the checksum of what has arrived: 100 GB on a slow disk. */
const SILENCE_MS = 600_000;
/** The most that a timer takes, 24 days: a pull takes as long as it takes. */
const NO_LIMIT_MS = 2 ** 31 - 1;
/** Its lines for three days. */
const MAX_BYTES = 1024 ** 3;

/** The limits of an exchange that pulls. */
export const PULL_LIMITS: Pick<Exchange, "totalMs" | "firstByteMs" | "idleMs" | "maxBytes"> = {
  totalMs: NO_LIMIT_MS,
  firstByteMs: SILENCE_MS,
  idleMs: SILENCE_MS,
  maxBytes: MAX_BYTES,
};

/** Models have about ten. */
const MAX_PARTS = 1000;

/**
 * Reads the answer to a pull: the status is a success whatever happens, failures come in the stream.
 *
 * @param body The answer.
 * @param onProgress Told of every line.
 * @returns The model's size in bytes; 0 where the server did not tell.
 * @throws {ProviderError} `http` for what the server could not do, `truncated` when it ended before its
 *   success, and as {@linkcode record}.
 */
export async function readPull(
  body: Pick<Body, "lines" | "redact">,
  onProgress: (progress: PullProgress) => void = () => {},
): Promise<number> {
  const parts = new Map<string, { readonly total: number; readonly completed: number }>();
  const bytes = await body.lines((line) => {
    const { status, digest, total, completed, error } = record(line, body.redact);
    if (error !== undefined) {
      throw quotingFailure("http", (quoted) => `the server cannot pull it: ${quoted}`, {
        words: errorText(line) || "it does not say why",
        redact: body.redact,
      });
    }
    const name = String(digest);
    if (size(total) > 0 && (parts.has(name) || parts.size < MAX_PARTS)) {
      parts.set(name, { total: size(total), completed: Math.min(size(completed), size(total)) });
    }
    const all = [...parts.values()];
    const totalBytes = all.reduce((sum, part) => sum + part.total, 0);
    const completedBytes = all.reduce((sum, part) => sum + part.completed, 0);
    onProgress({ status: body.redact(String(status)), completedBytes, totalBytes });
    return status === "success" ? totalBytes : undefined;
  });
  if (bytes !== undefined) return bytes;
  throw new ProviderError("truncated", "the pull ended before the model was complete");
}

function size(value: unknown): number {
  return Number.isSafeInteger(value) ? Math.max(0, Number(value)) : 0;
}
