/** Builds the prompt: who the bot is, what was said before in chat roles, and what is asked now. */
import type { Media } from "../cytube/events.ts";
import { joinNeighbours } from "../llm/message_roles.ts";
import type { Message } from "../llm/provider.ts";
import { breakTokens } from "../sanitize/template_tokens.ts";
import { timeText, titleText } from "./room_facts.ts";
import type { RoomLine } from "./room_log.ts";
import type { Question } from "./reply_queue.ts";

export interface PromptParts {
  /** Default: {@linkcode DEFAULT_PERSONA}. `{bot}`, `{channel}`, `{now}`, `{media}` are replaced. */
  readonly persona?: string;
  readonly bot: string;
  readonly channel: string;
  /** Its title is hostile text. */
  readonly media?: Media;
  readonly isModerator?: boolean;
  /** Milliseconds since 1970. */
  readonly wallMs: number;
  /** The room's last lines, oldest first; for `missed` the lines to summarize. */
  readonly room?: readonly RoomLine[];
  /** The asker's conversation as far as the room's lines do not contain it, oldest first. */
  readonly earlier?: readonly Message[];
  /** Characters of all messages together; see `PromptBudget`. */
  readonly maxChars: number;
  /** Sentences about what the question names. */
  readonly facts?: readonly string[];
  readonly question: Pick<Question, "user" | "text" | "kind">;
}

const DEFAULT_PERSONA = "You are {bot}, a friendly and quick-witted regular of this chat.";
/** Placeholders of a persona whose values change. */
const CHANGING = /\{(?:now|media)\}/;

const NOBODY_CALLED = "Nobody called you this time: add one short remark to what was said.";

/** The question as the model reads it, such as `alice: what is on?`. */
export function questionText({ user, text, kind }: PromptParts["question"]): string {
  switch (kind) {
    case "join":
      return `${user} has just joined the room. Greet them.`;
    case "media":
      return "Something else has just begun to play. Say something about it.";
    case "missed":
      return `${user} was away. Tell them in at most four short sentences what was said meanwhile, by whom.`;
    default:
      return text.split("\n").map((line) => `${user}: ${line}`).join("\n");
  }
}

/**
 * Builds the messages for one question: the system message, the room's lines and the asker's earlier
 * conversation in chat roles, and the question. What does not fit is left out: the earlier conversation,
 * then the room's oldest lines.
 *
 * A prompt begins as the one before did, so that the server reads it from its cache: the system message
 * is the same for every question unless the persona {@linkcode defeatsCache}, and what changes stands
 * in the last message. What users wrote is never in the system message: it has no authority, and no
 * token of a chat template in it counts.
 */
export function buildPrompt(parts: PromptParts): Message[] {
  const { room = [], question: { kind } } = parts;
  const earlier = (parts.earlier ?? []).map(({ role, content }) => ({
    role,
    content: breakTokens(content),
  }));
  const system: Message = { role: "system", content: systemPrompt(parts) };
  const last: Message = { role: "user", content: breakTokens(lastLines(parts).join("\n")) };
  let budget = parts.maxChars - system.content.length - last.content.length;
  const fitting = (messages: readonly Message[]) => {
    let from = messages.length;
    for (; from > 0; from--) {
      const { length } = messages[from - 1]!.content;
      if (length + 1 > budget) break;
      budget -= length + 1;
    }
    return messages.slice(from);
  };
  const shown = fitting(room.map((line) => toMessage(line, kind === "missed")));
  const [first, ...rest] = fitting(earlier);
  // An answer without its question tells nothing.
  const whole = first?.role === "user" ? [first, ...rest] : rest;
  const turns = joinNeighbours([...shown, ...whole, last]);
  // Many chat templates refuse a conversation that the assistant begins.
  return [system, ...turns.slice(turns[0]?.role === "assistant" ? 1 : 0)];
}

/** Whether the persona makes each system message another, which the server's cache does not have. */
export function defeatsCache(persona: string): boolean {
  return CHANGING.test(persona);
}

function toMessage({ user, text, own }: RoomLine, named: boolean): Message {
  const line = breakTokens(text.replace(/\s+/g, " "));
  return own && !named
    ? { role: "assistant", content: line }
    : { role: "user", content: `${user}: ${line}` };
}

/** What changes, in plain sentences: small models repeat brackets and headings. */
function lastLines(parts: PromptParts): string[] {
  const { media, isModerator, question } = parts;
  const { kind } = question;
  const title = titleOf(media);
  const situation = [
    media && title && `Now playing: ${title}${progress(media)}.`,
    isModerator && `${question.user} is a moderator.`,
    ...parts.facts ?? [],
  ].filter(Boolean).join(" ");
  const uncalled = kind === "keyword" || kind === "messages";
  return [
    ...situation ? [situation] : [],
    ...uncalled ? [NOBODY_CALLED] : [],
    questionText(question),
  ];
}

/** Empty if nothing plays. */
function titleOf(media: Media | undefined): string {
  return breakTokens(titleText(media?.title ?? ""));
}

function systemPrompt(parts: PromptParts): string {
  const { bot, channel } = parts;
  const values: Record<string, () => string> = {
    bot: () => bot,
    channel: () => channel,
    now: () => timeText(parts.wallMs),
    media: () => titleOf(parts.media) || "nothing",
  };
  const persona = (parts.persona?.trim() || DEFAULT_PERSONA)
    .replace(/\{(bot|channel|now|media)\}/g, (_, name: string) => values[name]!());
  const rules = [
    `You are "${bot}" in the chat room "${channel}". Each line begins with the name of who wrote it.`,
    "Reply in one or two short sentences. Answer in the language you are asked in.",
  ];
  return `${persona}\n\n${rules.join("\n")}`;
}

function progress({ seconds, currentTime, paused }: Media): string {
  const at = paused ? "paused at " : "at ";
  if (seconds <= 0) return " (live)";
  return ` (${at}${formatDuration(Math.min(currentTime, seconds))} of ${formatDuration(seconds)})`;
}

/** `1:02:03` or `2:03`. */
export function formatDuration(seconds: number): string {
  const whole = Math.floor(seconds);
  const minutes = Math.floor(whole / 60);
  const rest = String(whole % 60).padStart(2, "0");
  if (minutes < 60) return `${minutes}:${rest}`;
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${rest}`;
}
