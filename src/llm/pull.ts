/** A pull's progress. Source: https://github.com/ollama/ollama/blob/main/docs/api.md#pull-a-model */
import type { Body } from "./body.ts";
import { ProviderError } from "./errors.ts";
import { PULL_IDLE_TIMEOUT_MS } from "./exchange_timeouts.ts";
import { errorText, parseObject, streamedError } from "./response_text.ts";

export interface PullProgress {
  /** In the server's words, e.g. `pulling dde5aa3fc5ff`; not safe for a terminal. */
  readonly status: string;
  readonly completedBytes: number;
  /** Of these, what this pull has transferred: the server may have had the others before. */
  readonly receivedBytes: number;
  /** Of the parts that the server has named so far. */
  readonly totalBytes: number;
}

export interface PullOptions {
  readonly signal: AbortSignal;
  /** Called for every line of the server, about 16 per second. */
  readonly onProgress?: (progress: PullProgress) => void;
}

export const PULL_LIMITS = {
  phase: "pull",
  /** The maximum of a timer, 24 days. */
  totalMs: 2 ** 31 - 1,
  firstByteMs: PULL_IDLE_TIMEOUT_MS,
  idleMs: PULL_IDLE_TIMEOUT_MS,
  /** The lines of three days. */
  maxBytes: 1024 ** 3,
} as const;

const MAX_PARTS = 1000;

/** Returns the model's size in bytes; 0: unknown. Failures come in the stream, under status 200. */
export async function readPull(
  body: Pick<Body, "lines" | "request">,
  onProgress?: PullOptions["onProgress"],
): Promise<number> {
  const { request } = body;
  const parts = new Map<string, Record<"total" | "before" | "completed", number>>();
  const bytes = await body.lines((line) => {
    const { status, digest, total, completed, error } = parseObject(line, request);
    if (error !== undefined) {
      throw streamedError("cannot pull it", errorText(line) || "it does not say why", request);
    }
    const name = String(digest);
    const size = sizeOf(total);
    if (size > 0 && (parts.has(name) || parts.size < MAX_PARTS)) {
      const has = Math.min(sizeOf(completed), size);
      const before = parts.get(name)?.before ?? has;
      parts.set(name, { total: size, before, completed: has });
    }
    const all = [...parts.values()];
    const totalBytes = all.reduce((sum, part) => sum + part.total, 0);
    const completedBytes = all.reduce((sum, part) => sum + part.completed, 0);
    const receivedBytes = all.reduce((sum, part) => sum + part.completed - part.before, 0);
    const said = request.redact(String(status));
    onProgress?.({ status: said, completedBytes, receivedBytes, totalBytes });
    return status === "success" ? totalBytes : undefined;
  });
  if (bytes !== undefined) return bytes;
  throw new ProviderError("truncated", "the pull ended before the model was complete");
}

function sizeOf(value: unknown): number {
  return Number.isSafeInteger(value) ? Math.max(0, Number(value)) : 0;
}
