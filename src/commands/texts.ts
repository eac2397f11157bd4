/**
 * What commands are answered with. Pure; the words still pass the guard.
 *
 * @module
 */
import type { DecisionEntry } from "../chat/decisions.ts";
import { formatDuration } from "../chat/prompt.ts";
import { COMMAND_NAMES } from "../config/command_names.ts";
import type { Media } from "../cytube/events.ts";
import type { BotReport } from "../report.ts";
import type { Vocabulary } from "./parse.ts";
import { COMMANDS } from "./table.ts";

const MAX_TITLE = 200;

/**
 * What somebody may have her do.
 *
 * @param vocabulary How commands are typed.
 * @param options `moderator`: whether they may use moderators' commands; `about`: a command to explain.
 * @returns One line.
 */
export function helpText(
  vocabulary: Vocabulary,
  { moderator, about }: { moderator: boolean; about: string },
): string {
  const known = COMMAND_NAMES.filter((name) =>
    vocabulary.typed(name) !== undefined && (moderator || !COMMANDS[name].moderators)
  );
  const wanted = vocabulary.find(about);
  if (wanted === undefined || !known.includes(wanted)) {
    return `I know ${
      known.map((name) => vocabulary.typed(name)).join(", ")
    }. Call me by my name to talk.`;
  }
  const { argument, help } = COMMANDS[wanted];
  return `Say ${[vocabulary.typed(wanted), argument].filter(Boolean).join(" ")}: ${help}.`;
}

/**
 * What plays.
 *
 * @param media It, and how far it is; null for nothing.
 * @returns One line.
 */
export function nowPlaying(media: Media | null): string {
  if (!media) return "Nothing is playing, as far as I know.";
  const { seconds, currentTime, paused } = media;
  const title = media.title.replace(/\s+/g, " ").slice(0, MAX_TITLE);
  if (seconds <= 0) return `Now playing: ${title} (live)`;
  const at = formatDuration(Math.min(currentTime, seconds));
  return `Now playing: ${title} (${at} of ${formatDuration(seconds)}${paused ? ", paused" : ""})`;
}

/**
 * How the bot is. No addresses: these are the operator's business.
 *
 * @param report What it tells of itself.
 * @param options `paused`: whether it was told to be silent.
 * @returns One line.
 */
export function statusText(report: BotReport, { paused }: { paused: boolean }): string {
  const { connection, decisions, models, outbox, questionsWaiting } = report;
  const answered = decisions.counts.answered ?? 0;
  const failed = decisions.counts["model failed"] ?? 0;
  const servers = models.map(({ modelName, state, latencyMs }) =>
    `${modelName} ${state}${latencyMs === undefined ? "" : ` (${Math.round(latencyMs)} ms)`}`
  );
  return [
    `here for ${duration(connection.stateForMs)}${paused ? ", paused" : ""}`,
    servers.length > 0 ? `model: ${servers.join(", ")}` : "no model",
    `${answered} answers, ${failed} failures, ${questionsWaiting} waiting`,
    `${outbox.said} lines said`,
  ].join("; ");
}

/**
 * What was decided lately.
 *
 * @param entries Newest first.
 * @returns One line.
 */
export function whyText(entries: readonly DecisionEntry[]): string {
  if (entries.length === 0) return "Nothing was decided about that lately.";
  return entries.map(({ at, user, outcome }) => {
    const time = new Date(at).toISOString().slice(11, 16);
    return `${time} ${user || "(nobody)"}: ${outcome}`;
  }).join(" · ") + " (UTC)";
}

/** `3 d 4 h`, `2 h 5 min`, `7 min` or `12 s`. */
function duration(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const [days, hours, minutes] = [86_400, 3600, 60].map((unit) => Math.floor(seconds / unit));
  if (days! > 0) return `${days} d ${hours! % 24} h`;
  if (hours! > 0) return `${hours} h ${minutes! % 60} min`;
  return minutes! > 0 ? `${minutes} min` : `${seconds} s`;
}
