import type { DecisionReport } from "./chat/decisions.ts";
import type { ClientReport } from "./cytube/client.ts";
import type { OutboxReport } from "./outbox/outbox.ts";
import type { ServerReport } from "./llm/health.ts";
import type { Redact } from "./redact.ts";

/** The state of the bot for the operator. Names, titles and details are untrusted text. */
export interface BotReport {
  readonly connection: ClientReport;
  /** The site, without credentials. */
  readonly domain: string;
  readonly channel: string;
  readonly user: string;
  readonly rank: number;
  /** Number of named people in the channel. */
  readonly people: number;
  /** The title of the current media. */
  readonly media?: string;
  readonly outbox: OutboxReport;
  readonly questionsWaiting: number;
  readonly decisions: DecisionReport;
  /** In the order of preference; empty when the model is off. */
  readonly models: readonly ServerReport[];
}

/** Redacts text from outside. Reasons are redacted when they are made. */
export function redactedReport(report: BotReport, redact: Redact): BotReport {
  const { media, decisions, models } = report;
  return {
    ...report,
    media: media && redact(media),
    decisions: {
      ...decisions,
      recent: decisions.recent.map((entry) => ({ ...entry, user: redact(entry.user) })),
    },
    models: models.map((server) => ({ ...server, offered: server.offered?.map(redact) })),
  };
}
