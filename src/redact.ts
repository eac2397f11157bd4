/**
 * Removes secrets from text that leaves the program.
 *
 * The one rule: text from outside (a server's words, an exception's message, a chat line) is redacted
 * where it is quoted in an error, a log line, a page or a finding, before it is cut, as a truncated
 * secret is not detected. Data that is still to be parsed and the program's own words stay as they are.
 *
 * @module
 */

/** Shorter secrets are parts of too many words. */
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

/**
 * Makes a function that replaces secrets with `[redacted]`: as they are, in JSON and in URLs. Secrets of
 * fewer than four characters are not replaced.
 */
export function redactor(secrets: readonly string[]): Redact {
  const forms = secrets
    .filter((secret) => secret.length >= MIN_CHARS)
    .flatMap((secret) => [
      secret,
      ...jsonForms(secret),
      ...urlForms(secret.toWellFormed()),
    ]);
  // A secret may be part of a longer one.
  const longestFirst = [...new Set(forms)].sort((a, b) => b.length - a.length);
  return (text) => longestFirst.reduce((rest, form) => rest.replaceAll(form, "[redacted]"), text);
}
