/** How many characters a prompt may have. */

/** About 6,000 tokens of English: small models have no more. */
const MAX_CHARS = 24_000;
/** Tokens reserved for the reply and for the model's chat template. */
const REPLY_TOKENS = 768;
/** English has about four characters per token, other languages have fewer. */
const INITIAL_CHARS_PER_TOKEN = 3.5;
const MIN_CHARS_PER_TOKEN = 1;
/** A prompt that was too long is cut to this share. */
const SHRINK_FACTOR = 0.6;

/** Tokens of a text in English. */
export function estimatedTokens(chars: number): number {
  return Math.ceil(chars / INITIAL_CHARS_PER_TOKEN);
}

/**
 * Learns from the server's answers how many characters fit. If a prompt is longer than the context
 * window, the server silently drops its beginning, and with it the persona.
 */
export class PromptBudget {
  #charsPerToken = INITIAL_CHARS_PER_TOKEN;
  /** Below the size of the last prompt that was too long for the model. */
  #maxChars = Infinity;

  /** Characters that fit into the window; `contextTokens` is undefined if the server does not tell. */
  windowChars(contextTokens: number | undefined): number {
    if (contextTokens === undefined) return MAX_CHARS;
    const tokens = Math.max(contextTokens / 2, contextTokens - REPLY_TOKENS);
    return Math.min(MAX_CHARS, Math.floor(tokens * this.#charsPerToken));
  }

  /** Characters that a prompt may have: not every server reports its window. */
  maxChars(contextTokens: number | undefined): number {
    return Math.min(this.windowChars(contextTokens), this.#maxChars);
  }

  /** Only lowers the estimate: servers do not count tokens that they read from their cache. */
  measured(chars: number, tokens: number | undefined): void {
    if (!tokens) return;
    const measured = Math.max(MIN_CHARS_PER_TOKEN, chars / tokens);
    this.#charsPerToken = Math.min(this.#charsPerToken, measured);
  }

  /** The server refused a prompt of this size. */
  tooLong(chars: number): void {
    this.#maxChars = Math.floor(chars * SHRINK_FACTOR);
  }

  /** Another model may have another window. */
  reset(): void {
    this.#maxChars = Infinity;
  }
}
