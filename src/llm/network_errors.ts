/** Classifies errors of `fetch` and of reading a body. */
import { networkFailure } from "../network_errors.ts";
import { ProviderError, type RequestInfo } from "./errors.ts";

export function networkError(error: unknown, { host, redact }: RequestInfo): ProviderError {
  if (error instanceof ProviderError) return error;
  const url = new URL(host);
  const found = networkFailure(error, { url, redact, authoritySetting: "llm.ca_file" });
  const { kind, reason, hint = ipv4Hint(found.reason, url) } = found;
  return new ProviderError(kind, reason, { hint, cause: error });
}

function ipv4Hint(reason: string, { hostname, origin }: URL): string | undefined {
  if (reason !== "connection refused" || hostname !== "[::1]") return undefined;
  return `set ${origin.replace(hostname, "127.0.0.1")}: Ollama listens there unless told otherwise`;
}
