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

/** With slashes as they are, and escaped as PHP does. */
function jsonForms(secret: string): string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  return [json, json.replaceAll("/", "\\/")];
}

/** In a part of an address and in a whole one, with escapes in both cases. */
function urlForms(secret: string): string[] {
  return [encodeURIComponent(secret), encodeURI(secret)].flatMap((form) => [
    form,
    form.replace(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase()),
  ]);
}

/** Replaces secrets of at least four characters with `[redacted]`: as they are, in JSON and in URLs. */
export function redactor(secrets: readonly string[]): Redact {
  const forms = secrets
    .filter((secret) => secret.length >= MIN_CHARS)
    .flatMap((secret) => [secret, ...jsonForms(secret), ...urlForms(secret.toWellFormed())]);
  // A secret may be part of another one.
  const longestFirst = [...new Set(forms)].sort((a, b) => b.length - a.length);
  return (text) => longestFirst.reduce((rest, form) => rest.replaceAll(form, "[redacted]"), text);
}
