/**
 * To answer or not to answer. Pure: the same line in the same state gives the same decision.
 *
 * @module
 */
import type { ChatLine } from "../cytube/events.ts";
import type { ServerState } from "../llm/server_status.ts";
import type { Trigger } from "./trigger.ts";

/** Why a line is not answered, in the order in which that is looked at. */
export const IGNORE_REASONS = [
  "history",
  "system line",
  "own line",
  "shadowed",
  "command",
  "not called",
  "ignored",
  "opted out",
  "private messages off",
  "paused",
  "muted",
  "bot loop",
  "cooldown",
  "model off",
  "model unavailable",
  "queue full",
] as const;

/** Why a line is not answered. */
export type IgnoreReason = typeof IGNORE_REASONS[number];

/** What to do about a line. */
export type Decision =
  | { readonly action: "reply" }
  | { readonly action: "ignore"; readonly reason: IgnoreReason };

/** All that a decision depends on beside the line. */
export interface DecisionContext {
  /** False for lines of before the bot joined. */
  readonly live: boolean;
  /** Whether it is a private message: these need not call. */
  readonly private: boolean;
  /** Whether private messages are answered. */
  readonly answerPm: boolean;
  /** Whether a name is the bot's own. */
  readonly isSelf: (name: string) => boolean;
  /** Whether a text calls the bot. */
  readonly calls: Trigger;
  /** Whether somebody is never answered, by the operator's or a moderator's will. */
  readonly isIgnored: (name: string) => boolean;
  /** Whether somebody does not want to be answered. */
  readonly isOptedOut: (name: string) => boolean;
  /** Whether a moderator has told the bot to be silent. */
  readonly paused: boolean;
  /** Whether the channel does not let the bot talk. */
  readonly muted: boolean;
  /** Whether somebody answers like a bot, and is left alone for a while. */
  readonly isLoop: (name: string) => boolean;
  /** Milliseconds that this person still has to wait. */
  readonly cooldownMs: (name: string) => number;
  /** Whether there is a model to ask. */
  readonly model: "off" | ServerState;
  /** Whether no further question can wait. */
  readonly queueFull: boolean;
}

/**
 * Decides about one line of chat.
 *
 * @param line The line.
 * @param now The situation it arrived in.
 * @returns The decision; a line that does not call the bot never gets further than that reason.
 */
export function decide(line: ChatLine, now: DecisionContext): Decision {
  const reason = whyNot(line, now);
  return reason === undefined ? REPLY : IGNORE[reason];
}

function whyNot(line: ChatLine, now: DecisionContext): IgnoreReason | undefined {
  const { user } = line;
  if (!now.live) return "history";
  if (user.startsWith("[")) return "system line";
  if (now.isSelf(user)) return "own line";
  if (line.shadow) return "shadowed";
  if (!now.private && !now.calls(line.text)) return "not called";
  if (now.isIgnored(user)) return "ignored";
  if (now.isOptedOut(user)) return "opted out";
  if (now.private && !now.answerPm) return "private messages off";
  if (now.paused) return "paused";
  if (now.muted && !now.private) return "muted";
  if (now.isLoop(user)) return "bot loop";
  if (now.cooldownMs(user) > 0) return "cooldown";
  if (now.model === "off") return "model off";
  if (now.model === "down") return "model unavailable";
  if (now.queueFull) return "queue full";
  return undefined;
}

const REPLY: Decision = { action: "reply" };

/** A room in flood must not make an object for each line. */
const IGNORE = Object.fromEntries(
  IGNORE_REASONS.map((reason) => [reason, { action: "ignore", reason }]),
) as Record<IgnoreReason, Decision>;
