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

/** Shorter parts of a header's value are words such as `token`. */
const MIN_PART_CHARS = 8;

/**
 * The secrets in the value of a header: the value, a bearer's token, a password, and long parts, such as
 * the values of cookies.
 */
export function headerSecrets(value: string): string[] {
  const [, scheme, token = value] = /^(Basic|Bearer) +([^]*)$/i.exec(value) ?? [];
  const parts = value.split(/[\s=:;,"]+/).filter((part) => part.length >= MIN_PART_CHARS);
  if (scheme?.toLowerCase() !== "basic") return [token, ...parts];
  try {
    const bytes = Uint8Array.from(atob(token), (char) => char.charCodeAt(0));
    return [token, new TextDecoder().decode(bytes).replace(/^[^:]*:/, "")];
  } catch {
    return [token, ...parts];
  }
}
