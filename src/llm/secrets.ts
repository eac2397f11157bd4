/**
 * Credentials that were sent do not come back in what is logged.
 *
 * @module
 */
import { ProviderError } from "./provider.ts";

/**
 * What is secret of a header.
 *
 * @param authorization The header, where one is sent.
 * @returns The token and, of the scheme Basic, the password, in every form that a server may repeat.
 */
export function sentSecrets(authorization = ""): string[] {
  const [scheme, token = ""] = authorization.split(" ");
  const password = scheme === "Basic" ? utf8(token).replace(/^[^:]*:/, "") : "";
  const forms = [token, password].flatMap((secret) => [
    secret,
    encodeURIComponent(secret.toWellFormed()),
    JSON.stringify(secret).slice(1, -1),
  ]);
  // Shorter ones are in every other word.
  return [...new Set(forms)].filter((secret) => secret.length > 3);
}

/**
 * A text without secrets, should a server have repeated them.
 *
 * @param text The text, whole: of half a secret nothing is known.
 * @param secrets As {@linkcode sentSecrets} gives them.
 * @returns The text.
 */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((rest, secret) => rest.replaceAll(secret, "…"), text);
}

/**
 * A failure without secrets, be it in its message or in what caused it.
 *
 * @param error The failure.
 * @param secrets As {@linkcode sentSecrets} gives them.
 * @returns The same, or a copy without its cause.
 */
export function failureWithoutSecrets(
  error: ProviderError,
  secrets: readonly string[],
): ProviderError {
  const texts = `${error.stack} ${Deno.inspect(error.cause, { strAbbreviateSize: Infinity })}`;
  if (!secrets.some((secret) => texts.includes(secret))) return error;
  const { kind, next, status, retryAfterMs } = error;
  return new ProviderError(kind, withoutSecrets(error.found, secrets), {
    next: next && withoutSecrets(next, secrets),
    status,
    retryAfterMs,
  });
}

function utf8(base64: string): string {
  return new TextDecoder().decode(Uint8Array.from(atob(base64), (char) => char.charCodeAt(0)));
}
