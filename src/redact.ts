/**
 * Removes secrets from text that leaves the program.
 *
 * Text from outside (a server's response, an exception's message, a chat line) is redacted where it is
 * quoted in an error, a log line, a page or a finding. It is redacted before it is truncated, because a
 * truncated secret is not detected. Data that will be parsed and the program's own text are not redacted.
 */

/** Shorter secrets would match too many words. */
const MIN_CHARS = 4;

/** Replaces secrets in a text. */
export type Redact = (text: string) => string;

/** As it is, in JSON (PHP escapes slashes), and in URLs, whose escapes have either case. */
function formsOf(secret: string): string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  const urls = [encodeURIComponent, encodeURI].map((encode) => encode(secret.toWellFormed()));
  const lower = urls.map((url) => url.replace(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase()));
  return [secret, json, json.replaceAll("/", "\\/"), ...urls, ...lower];
}

/** Replaces secrets of at least four characters with `[redacted]`: as they are, in JSON and in URLs. */
export function redactor(secrets: readonly string[]): Redact {
  const forms = secrets.filter((secret) => secret.length >= MIN_CHARS).flatMap(formsOf);
  // A secret may be part of another one.
  const longestFirst = [...new Set(forms)].sort((a, b) => b.length - a.length);
  return (text) => longestFirst.reduce((rest, form) => rest.replaceAll(form, "[redacted]"), text);
}
