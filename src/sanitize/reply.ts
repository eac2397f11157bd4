export interface ReplyContext {
  readonly bot: string;
  readonly names: readonly string[];
  readonly told: readonly string[];
  readonly lastReplies: readonly string[];
  readonly maxSentences: number;
}
export type ReplyRules = ReplyContext;
export const prepareRules = (options: ReplyContext): ReplyRules => options;
export function trimReply(
  text: string,
  _context: ReplyRules,
  _options: { cut?: boolean } = {},
): { text: string; ended: boolean; reason?: string } {
  return { text, ended: false };
}
