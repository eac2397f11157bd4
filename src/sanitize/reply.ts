export interface ReplyOptions {
  readonly bot: string;
  readonly names: readonly string[];
  readonly told: readonly string[];
  readonly lastReplies: readonly string[];
  readonly maxSentences: number;
}
export type ReplyContext = ReplyOptions;
export const prepareReply = (options: ReplyOptions): ReplyContext => options;
export function trimReply(
  text: string,
  _context: ReplyContext,
  _options: { cut?: boolean } = {},
): { text: string; ended: boolean; reason?: string } {
  return { text, ended: false };
}
