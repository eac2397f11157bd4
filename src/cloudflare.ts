/** Pages of Cloudflare that a program cannot pass. */
import { USER_AGENT } from "./version.ts";

const CHALLENGE = /<title>Just a moment|\/cdn-cgi\/challenge-platform\//;
const BLOCK = /Cloudflare|^error code: 10\d\d/;

export interface CloudflareRefusal {
  readonly reason: string;
  readonly hint: string;
}

/**
 * Recognizes a challenge and a block; undefined for all other responses. Source:
 * https://developers.cloudflare.com/cloudflare-challenges/challenge-types/challenge-pages/detect-response/
 */
export function cloudflareRefusal(
  { status, headers }: Pick<Response, "status" | "headers">,
  body: string,
): CloudflareRefusal | undefined {
  if (![403, 429, 503].includes(status)) return undefined;
  const isChallenge = headers.get("cf-mitigated") === "challenge" || CHALLENGE.test(body);
  const isBlock = headers.get("server") === "cloudflare" && BLOCK.test(body);
  if (!isChallenge && (!isBlock || status !== 403)) return undefined;
  const does = isChallenge ? "lets browsers in only (a challenge)" : "blocks this machine";
  return {
    reason: `HTTP ${status}: Cloudflare ${does}`,
    hint: "have a rule in Cloudflare let the bot through, by this machine's address or by " +
      `User-Agent ${USER_AGENT}`,
  };
}
