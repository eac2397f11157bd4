/**
 * What a bot tells of itself: plain data, for whoever watches it.
 *
 * @module
 */
import type { DecisionReport } from "./chat/decisions.ts";
import type { ClientReport } from "./cytube/client.ts";
import type { OutboxReport } from "./outbox/outbox.ts";
import type { ServerReport } from "./llm/health.ts";
import type { Redact } from "./redact.ts";

/** How a bot is, at one moment. Names, titles and details in it are hostile text. */
export interface BotReport {
  /** The way into the channel. */
  readonly connection: ClientReport;
  /** The site, without credentials. */
  readonly domain: string;
  /** The channel's name. */
  readonly channel: string;
  /** The bot's own name. */
  readonly user: string;
  /** The bot's rank in the channel. */
  readonly rank: number;
  /** How many named people are here. */
  readonly people: number;
  /** What plays, where that is known. */
  readonly media?: string;
  /** What was said by her. */
  readonly outbox: OutboxReport;
  /** Questions that wait for the model. */
  readonly questionsWaiting: number;
  /** What was decided about lines. */
  readonly decisions: DecisionReport;
  /** The model's servers, the most wanted first; none where the model is off. */
  readonly models: readonly ServerReport[];
}

/** Removes secrets from what others wrote: names, titles, lists of models. Reasons are made without. */
export function redactedReport(report: BotReport, redact: Redact): BotReport {
  const { media, decisions, models } = report;
  return {
    ...report,
    media: media && redact(media),
    decisions: {
      ...decisions,
      recent: decisions.recent.map((entry) => ({ ...entry, user: redact(entry.user) })),
    },
    models: models.map((link) => ({ ...link, offered: link.offered?.map(redact) })),
  };
}
