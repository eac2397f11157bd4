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

export type IgnoreReason = typeof IGNORE_REASONS[number];

export type Decision =
  | { readonly action: "reply" }
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
  readonly isIgnored: (user: string) => boolean;
  readonly isOptedOut: (user: string) => boolean;
  readonly answersPm: () => boolean;
  readonly isPaused: () => boolean;
  readonly isMuted: () => boolean;
  readonly isLoop: (user: string, isPrivate: boolean) => boolean;
  readonly cooldownMs: (user: string) => number;
  readonly modelState: () => "off" | ServerState;
  readonly isQueueFull: () => boolean;
}

export function decide(line: ChatLine, origin: LineOrigin, context: DecisionContext): Decision {
  const reason = ignoreReason(line, origin, context);
  return reason === undefined ? REPLY : IGNORE[reason];
}

function ignoreReason(
  { user, text, shadow }: ChatLine,
  origin: LineOrigin,
  context: DecisionContext,
): IgnoreReason | undefined {
  if (!origin.live) return "history";
  if (user.startsWith("[")) return "system line";
  if (context.isSelf(user)) return "own line";
  if (shadow) return "shadowed";
  if (!origin.private && !context.isCall(text)) return "not called";
  if (context.isIgnored(user)) return "ignored";
  if (context.isOptedOut(user)) return "opted out";
  if (origin.private && !context.answersPm()) return "private messages off";
  if (context.isPaused()) return "paused";
  if (!origin.private && context.isMuted()) return "muted";
  if (context.isLoop(user, origin.private)) return "bot loop";
  if (context.cooldownMs(user) > 0) return "cooldown";
  const model = context.modelState();
  if (model === "off") return "model off";
  if (model === "down") return "model unavailable";
  if (context.isQueueFull()) return "queue full";
  return undefined;
}

/** Shared objects: a busy room creates no garbage. */
const REPLY: Decision = { action: "reply" };
const IGNORE = Object.fromEntries(
  IGNORE_REASONS.map((reason) => [reason, { action: "ignore", reason }]),
) as Record<IgnoreReason, Decision>;
