/**
 * What the model is sent: who it is, where it is, what was said before, and what is asked now.
 *
 * @module
 */
import type { Message } from "../llm/provider.ts";

/** What a prompt is made of. */
export interface PromptParts {
  /** Who the bot is; `{bot}` and `{channel}` are replaced. */
  readonly persona?: string;
  /** The bot's name. */
  readonly bot: string;
  /** The channel's name. */
  readonly channel: string;
  /** The title of what plays. */
  readonly media?: string;
  /** How many named users are here. */
  readonly people: number;
  /** The conversation so far, oldest first. */
  readonly history: readonly Message[];
  /** Characters that fit into the model's window; default 24,000. */
  readonly maxChars?: number;
  /** Who asks. */
  readonly user: string;
  /** What they wrote. */
  readonly text: string;
}

const DEFAULT_PERSONA = "You are {bot}, a friendly and quick-witted regular of this chat.";

/** About 6,000 tokens of English: small models have no more, and need room for the answer. */
const MAX_CHARS = 24_000;
/** Tokens that are left for the answer and for what the template adds. */
const ANSWER_TOKENS = 768;

/**
 * A question as the model sees it.
 *
 * @param user Who asks.
 * @param text What they wrote.
 * @returns `alice: what is on?`
 */
export function asked(user: string, text: string): string {
  return `${user}: ${text}`;
}

/**
 * Makes the messages for one question. History is left out in whole turns, oldest first, when all
 * would not fit; the system prompt and the question always are there.
 *
 * @param parts What is known.
 * @returns Messages: system, history, question.
 */
export function buildPrompt(parts: PromptParts): Message[] {
  const system: Message = { role: "system", content: systemPrompt(parts) };
  const question: Message = { role: "user", content: asked(parts.user, parts.text) };
  let budget = (parts.maxChars ?? MAX_CHARS) - system.content.length - question.content.length;
  let from = parts.history.length;
  while (from >= 2) {
    const turn = parts.history.slice(from - 2, from);
    budget -= turn.reduce((sum, { content }) => sum + content.length, 0);
    if (budget < 0) break;
    from -= 2;
  }
  return [system, ...parts.history.slice(from), question];
}

/**
 * How much may be sent to a model. A server that is sent more drops the begin of it without a word, and
 * with that who the bot is.
 *
 * @param contextTokens Tokens in the model's window, where they are known.
 * @param charsPerToken As measured.
 * @returns Characters.
 */
export function promptBudget(contextTokens: number | undefined, charsPerToken: number): number {
  if (contextTokens === undefined) return MAX_CHARS;
  const tokens = Math.max(contextTokens / 2, contextTokens - ANSWER_TOKENS);
  return Math.min(MAX_CHARS, Math.floor(tokens * charsPerToken));
}

function systemPrompt(parts: PromptParts): string {
  const { bot, channel, media, people } = parts;
  const names: Record<string, string> = { bot, channel };
  const persona = (parts.persona?.trim() || DEFAULT_PERSONA)
    .replace(/\{(bot|channel)\}/g, (_, name: string) => names[name]!);
  const here = [
    `You are "${bot}" in the chat room "${channel}", with ${people} people here.`,
    "Each message begins with the name of who wrote it; answer that person.",
    "Reply with one or two short sentences of plain text, without a name in front and without Markdown.",
  ];
  if (media) here.push(`Now playing: ${media}`);
  return `${persona}\n\n${here.join("\n")}`;
}
