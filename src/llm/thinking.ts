/**
 * Models that think aloud: their thoughts are not an answer.
 *
 * @module
 */

const BLOCK = /<(think|thinking|thought|reasoning)>[\s\S]*?(?:<\/\1>|$)/gi;
const LONE_END = /^[\s\S]*<\/(?:think|thinking|thought|reasoning)>/i;

/**
 * Takes the thoughts out of a complete answer: blocks, a block that does not end, and everything
 * before a lone end tag (some templates put the begin tag into the prompt).
 *
 * @param text What the model wrote.
 * @returns Its answer.
 */
export function withoutThoughts(text: string): string {
  return text.replace(BLOCK, "").replace(LONE_END, "").trim();
}

/**
 * Tells whether an answer began with thoughts that nothing but their end showed.
 *
 * @param text What the model wrote.
 * @returns Whether there is an end tag without its begin.
 */
export function beginsWithThoughts(text: string): boolean {
  return LONE_END.test(text.replace(BLOCK, ""));
}
