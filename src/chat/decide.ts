/**
 * To answer or not to answer. Pure: the same line in the same state gives the same decision.
 *
 * @module
 */
import type { ChatLine } from "../cytube/events.ts";
import type { LinkState } from "../llm/health.ts";
import type { Trigger } from "./trigger.ts";

/** Why a line is not answered. */
export type IgnoreReason =
  | "history"
  | "own line"
  | "system line"
  | "shadowed"
  | "not called"
  | "cooldown"
  | "model off"
  | "model unavailable"
  | "queue full";

/** What to do about a line. */
export type Decision =
  | { readonly action: "reply" }
  | { readonly action: "ignore"; readonly reason: IgnoreReason };

/** All that a decision depends on beside the line. */
export interface Situation {
  /** False for lines of before the bot joined. */
  readonly live: boolean;
  /** Whether a name is the bot's own. */
  readonly isSelf: (name: string) => boolean;
  /** Whether a text calls the bot. */
  readonly calls: Trigger;
  /** Milliseconds that this person still has to wait. */
  readonly cooldownMs: (name: string) => number;
  /** Whether there is a model to ask. */
  readonly model: "off" | LinkState;
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
export function decide(line: ChatLine, now: Situation): Decision {
  if (!now.live) return ignore("history");
  if (line.user.startsWith("[")) return ignore("system line");
  if (now.isSelf(line.user)) return ignore("own line");
  if (line.shadow) return ignore("shadowed");
  if (!now.calls(line.text)) return ignore("not called");
  if (now.cooldownMs(line.user) > 0) return ignore("cooldown");
  if (now.model === "off") return ignore("model off");
  if (now.model === "down") return ignore("model unavailable");
  if (now.queueFull) return ignore("queue full");
  return { action: "reply" };
}

function ignore(reason: IgnoreReason): Decision {
  return { action: "ignore", reason };
}
