/** What the model is shown besides the question: the room's lines and the asker's conversation. */
import type { Message } from "../llm/provider.ts";
import { conversationKey, type Memory } from "./memory.ts";
import type { Question } from "./reply_queue.ts";
import type { RoomLine, RoomLog } from "./room_log.ts";

/** Share of a prompt's characters that the room's lines may take. */
const ROOM_SHARE = 0.6;

export interface Context {
  readonly lines: readonly RoomLine[];
  /** The asker's conversation if the lines have none of it. */
  readonly earlier: readonly Message[];
}

export interface ContextOptions {
  readonly memory: Memory;
  readonly roomLog: RoomLog;
  /** The setting `llm.room_context_lines`. */
  readonly minLines: number;
  /** Of the whole prompt. */
  readonly maxChars: number;
}

/** Without lines of users who opted out or are ignored. */
export function contextOf(question: Question, options: ContextOptions): Context {
  const { memory, roomLog, minLines, maxChars } = options;
  const { user, private: isPrivate, kind, lineIndex: before } = question;
  const isHidden = (user: string) => memory.optedOut.has(user) || memory.ignored.has(user);
  if (kind === "missed") {
    const missed = roomLog.missedBy(user) ?? [];
    return { lines: missed.filter((line) => !isHidden(line.user)), earlier: [] };
  }
  const window = { minLines, maxChars: maxChars * ROOM_SHARE, before, isHidden };
  const lines = roomLog.window(window);
  const conversation = memory.history.of(conversationKey(user, isPrivate));
  const told = new Set(lines.map((line) => `${line.user}: ${line.text}`));
  // Only for who comes back after a while: it is not in the server's cache.
  const isTold = conversation.some(({ content }) => content.split("\n").some((l) => told.has(l)));
  return { lines, earlier: hasHistory(question) && !isTold ? conversation : [] };
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
