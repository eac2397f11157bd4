/** Extra request headers, e.g. for Cloudflare Access or an API gateway. */
import * as v from "valibot";
import { headerSecrets } from "../redact.ts";
import type { ReadContext } from "./schema.ts";
import { secret } from "./schema_parts.ts";

/** By their names in lower case. */
export type HeaderSettings = Readonly<Record<string, string>>;

const HEADERS = 'an object such as {"X-Api-Key": {"env": "GATEWAY_KEY"}}';
const FRAMING =
  /^(?:host|content-.*|transfer-encoding|accept-encoding|connection|keep-alive|expect|upgrade|te|trailer)$/;
const PUBLIC = /^(?:accept|accept-language|http-referer|referer|x-title|user-agent)$/;

export const headers = v.record(v.string(), secret, HEADERS);

/** What OpenRouter and others show of an app: as a secret it would hide the bot's name in its log. */
export function isPublic(name: string): boolean {
  return PUBLIC.test(name);
}

/** Finds the values. Every header that cannot be sent is a problem, which never shows the value. */
export function readHeaders(
  written: v.InferOutput<typeof headers>,
  { sources, problems }: ReadContext,
  path: string,
): HeaderSettings {
  const read = new Map<string, string>();
  for (const [name, source] of Object.entries(written)) {
    // A value that was written into the name must not be shown.
    const [shown = ""] = /^[\w!#$%&'*+.^`|~-]*/.exec(name) ?? [];
    const setting = `${path}.${shown}`;
    const key = name.toLowerCase();
    const value = sources.find(source, setting)?.trim();
    if (shown !== name || name === "") {
      problems.push(`${setting}: a header's name has letters, digits and - only`);
    } else if (FRAMING.test(key)) {
      problems.push(`${setting}: the bot sets this header itself`);
    } else if (read.has(key)) {
      problems.push(`${setting}: the header is there twice`);
    } else if (value && !/^[\t\x20-\x7e]+$/.test(value)) {
      problems.push(`${setting}: its value holds characters that no header can carry`);
    } else if (value) {
      read.set(key, value);
      if (!isPublic(key)) sources.secrets.push(...headerSecrets(value));
    }
  }
  return Object.fromEntries(read);
}
