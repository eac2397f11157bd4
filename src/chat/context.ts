/** What the model is shown besides the question: the room's lines and the asker's conversation. */
import type { Message } from "../llm/provider.ts";
import { conversationKey, type Memory } from "./memory.ts";
import type { Question } from "./reply_queue.ts";
import type { RoomLine, RoomLog } from "./room_log.ts";

/** Share of a prompt's characters that the room's lines may take. */
const ROOM_SHARE = 0.6;
const MAX_EARLIER_IN_MIDDLE = 4;

export interface Context {
  readonly lines: readonly RoomLine[];
  /** The asker's conversation as far as the lines have none of it. */
  readonly earlier: readonly Message[];
}

export interface ContextOptions {
  readonly memory: Memory;
  readonly roomLog: RoomLog;
  readonly isIgnored: (user: string) => boolean;
  /** The setting `llm.room_context_lines`. */
  readonly minLines: number;
  /** Of the whole prompt. */
  readonly maxChars: number;
}

/** Without lines of users who opted out or are ignored. */
export function contextOf(question: Question, options: ContextOptions): Context {
  const { memory, roomLog, minLines, maxChars, isIgnored } = options;
  const { user, private: isPrivate, kind, lineIndex: before } = question;
  const isHidden = (user: string) => memory.optedOut.has(user) || isIgnored(user);
  if (kind === "missed") {
    const missed = roomLog.missedBy(user) ?? [];
    return { lines: missed.filter((line) => !isHidden(line.user)), earlier: [] };
  }
  const window = { minLines, maxChars: maxChars * ROOM_SHARE, before, isHidden };
  const lines = roomLog.window(window);
  const conversation = memory.history.of(conversationKey(user, isPrivate));
  if (!hasHistory(question)) return { lines, earlier: [] };
  if (isPrivate) return { lines, earlier: conversation };
  const told = new Set(lines.map((line) => `${line.user}: ${line.text}`));
  const isTold = ({ content }: Message) => content.split("\n").some((line) => told.has(line));
  const untold = conversation.filter((message, at) =>
    !isTold(message.role === "user" ? message : conversation[at - 1] ?? message)
  );
  // The server's cache does not have it: less of it in the middle of a conversation.
  const isMiddle = untold.length < conversation.length;
  return { lines, earlier: isMiddle ? untold.slice(-MAX_EARLIER_IN_MIDDLE) : untold };
}

/** Whether the question continues the user's conversation with the bot. */
export function hasHistory({ kind }: Question): boolean {
  return kind === "call" || kind === "keyword";
}

/** For a model that repeats itself. */
export function withoutOwnLines({ lines, earlier }: Context): Context {
  return {
    lines: lines.filter(({ own }) => !own),
    earlier: earlier.filter(({ role }) => role !== "assistant"),
  };
}
