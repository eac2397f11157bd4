/**
 * Splits a text into its front matter, parsed as YAML, and the rest.
 *
 * @throws {TypeError} The text has no front matter.
 * @throws {SyntaxError} Its front matter is not YAML.
 */
export function extract(text: string): { readonly attrs: unknown; readonly body: string };
