/** What the bot reports about itself: plain data for the status page, the metrics and `!status`. */
import type { DecisionReport } from "./chat/decisions.ts";
import type { ClientReport } from "./cytube/client.ts";
import type { ServerReport } from "./llm/server_statistics.ts";
import type { OutboxReport } from "./outbox/outbox.ts";
import type { Redact } from "./redact.ts";

/** Names, titles and details are hostile text. */
export interface BotReport {
  readonly connection: ClientReport;
  /** The CyTube site, without credentials. */
  readonly domain: string;
  readonly channel: string;
  readonly user: string;
  readonly rank: number;
  /** What keeps the bot from speaking, such as `muted`. */
  readonly restrictions: readonly string[];
  /** The number of named users in the channel. */
  readonly people: number;
  /** The title of the current media. */
  readonly media?: string;
  readonly outbox: OutboxReport;
  readonly questionsWaiting: number;
  readonly decisions: DecisionReport;
  /** In the order of preference; empty if the model is off. */
  readonly models: readonly ServerReport[];
}

/** Removes secrets from what others wrote: names, titles, model lists. */
export function redactedReport(report: BotReport, redact: Redact): BotReport {
  const { media, decisions, models } = report;
  return {
    ...report,
    media: media && redact(media),
    decisions: {
      ...decisions,
      recent: decisions.recent.map((entry) => ({
        ...entry,
        user: redact(entry.user),
        words: redact(entry.words),
      })),
    },
    models: models.map((server) => ({ ...server, offered: server.offered?.map(redact) })),
  };
}
