/** Decides whether a line is answered. Pure: the same line in the same context, the same decision. */
import type { ChatLine } from "../cytube/events.ts";
import type { ServerState } from "../llm/server_status.ts";
import type { Trigger } from "./trigger.ts";

/** Why a line is not answered, in the order of the checks. */
export const IGNORE_REASONS = [
  "history",
  "system line",
  "own line",
  "shadowed",
  "command",
  "not called",
  "addressed to others",
  "ignored",
  "opted out",
  "private messages off",
  "paused",
  "no permission to speak",
  "muted",
  "bot loop",
  "cooldown",
  "model off",
  "model unavailable",
  "too many replies",
  "queue full",
  "busy",
] as const;

export type IgnoreReason = typeof IGNORE_REASONS[number];

/** Why a line is answered. */
export const REPLY_REASONS = ["called", "private message", "follow-up", "continuation"] as const;

export type ReplyReason = typeof REPLY_REASONS[number];

export type Decision =
  | { readonly action: "reply"; readonly reason: ReplyReason }
  | { readonly action: "ignore"; readonly reason: IgnoreReason };

export interface LineOrigin {
  /** False for lines that the server repeats from before the bot joined. */
  readonly live: boolean;
  /** Whether it is a private message; these need no trigger. */
  readonly private: boolean;
}

/** What a decision depends on besides the line. Lazy: most lines need only the first checks. */
export interface DecisionContext {
  readonly isSelf: (user: string) => boolean;
  readonly isCall: Trigger;
  /** Whether a line begins with the names of others. */
  readonly addressesOthers: (text: string) => boolean;
  /** Whether the bot has just answered this user, whose line may go on with it. */
  readonly isFollowUp: (user: string) => boolean;
  /** Whether the user's question of a moment ago can take up this line. */
  readonly continues: (user: string, isPrivate: boolean) => boolean;
  readonly isIgnored: (user: string) => boolean;
  readonly isOptedOut: (user: string) => boolean;
  readonly answersPm: () => boolean;
  readonly isPaused: () => boolean;
  /** Whether the channel lets the bot's rank speak. */
  readonly mayChat: () => boolean;
  readonly isMuted: () => boolean;
  readonly isLoop: (user: string, isPrivate: boolean) => boolean;
  readonly cooldownMs: (user: string) => number;
  readonly modelState: () => "off" | ServerState;
  /** Whether the room has had its replies of this minute. */
  readonly isLimitReached: () => boolean;
  readonly isQueueFull: () => boolean;
  /** Whether what waits to be said, and the answers that come first, take too long. */
  readonly isBusy: () => boolean;
}

/** A command of another bot. */
export const OTHER_COMMAND = /^[!$./]\w/;

export function decide(line: ChatLine, origin: LineOrigin, context: DecisionContext): Decision {
  return DECISIONS[reasonFor(line, origin, context)];
}

function reasonFor(
  { user, text, shadow }: ChatLine,
  origin: LineOrigin,
  context: DecisionContext,
): IgnoreReason | ReplyReason {
  if (!origin.live) return "history";
  if (user.startsWith("[")) return "system line";
  if (context.isSelf(user)) return "own line";
  if (shadow) return "shadowed";
  let isFollowUp = false;
  if (!origin.private) {
    if (!context.isCall(text)) {
      isFollowUp = context.isFollowUp(user);
      if (!isFollowUp && !context.continues(user, false)) return "not called";
      if (OTHER_COMMAND.test(text) || context.addressesOthers(text)) return "not called";
    } else if (context.addressesOthers(text)) return "addressed to others";
  }
  if (context.isIgnored(user)) return "ignored";
  if (context.isOptedOut(user)) return "opted out";
  if (origin.private && !context.answersPm()) return "private messages off";
  if (context.isPaused()) return "paused";
  if (!origin.private && !context.mayChat()) return "no permission to speak";
  if (!origin.private && context.isMuted()) return "muted";
  if (context.isLoop(user, origin.private)) return "bot loop";
  if (context.continues(user, origin.private)) return "continuation";
  if (!isFollowUp && context.cooldownMs(user) > 0) return "cooldown";
  const model = context.modelState();
  if (model === "off") return "model off";
  if (model === "down") return "model unavailable";
  if (context.isLimitReached()) return "too many replies";
  if (context.isQueueFull()) return "queue full";
  if (context.isBusy()) return "busy";
  return origin.private ? "private message" : isFollowUp ? "follow-up" : "called";
}

/** Shared objects: a busy room creates no garbage. */
const DECISIONS = Object.fromEntries([
  ...IGNORE_REASONS.map((reason) => [reason, { action: "ignore", reason }]),
  ...REPLY_REASONS.map((reason) => [reason, { action: "reply", reason }]),
]) as Record<IgnoreReason | ReplyReason, Decision>;
