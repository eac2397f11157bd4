/**
 * What Prometheus reads. No user names: the number of series never grows with the room.
 *
 * @module
 */
import { DURATION_BUCKETS, type ServerReport } from "../llm/health.ts";
import type { BotReport } from "../report.ts";
import type { Build } from "../version.ts";
import { type Family, type Labels, prometheusText, type Sample } from "./prometheus_text.ts";

/** How the process is. */
export interface ProcessReport extends Build {
  /** When it started, in milliseconds since 1970. */
  readonly startedAt: number;
  /** Memory that it takes, in bytes. */
  readonly residentBytes: number;
  /** How late its timers are, in milliseconds. */
  readonly lagMs: number;
}

/**
 * Writes all metrics.
 *
 * @param bot How the bot is.
 * @param process How its process is.
 * @returns Prometheus' text.
 */
export function metricsText(bot: BotReport, process: ProcessReport): string {
  return prometheusText([
    ...processFamilies(process),
    ...channelFamilies(bot),
    ...modelFamilies(bot.models),
  ]);
}

function processFamilies({ version, deno, target, commit, ...process }: ProcessReport): Family[] {
  return [
    gauge("rosey_build_info", "What runs; the value is always 1.", [
      { labels: { version, deno, target, commit }, value: 1 },
    ]),
    gauge("rosey_start_time_seconds", "When the bot started, since 1970.", [
      { value: process.startedAt / 1000 },
    ]),
    gauge("rosey_resident_memory_bytes", "Memory that the bot takes.", [
      { value: process.residentBytes },
    ]),
    gauge("rosey_event_loop_lag_seconds", "How late the last timer was.", [
      { value: process.lagMs / 1000 },
    ]),
  ];
}

function channelFamilies(bot: BotReport): Family[] {
  const { connection, outbox, decisions } = bot;
  return [
    gauge("rosey_channel_joined", "Whether the bot is in its channel.", [
      { labels: { channel: bot.channel }, value: Number(connection.state === "joined") },
    ]),
    gauge("rosey_channel_people", "Named people in the channel.", [{ value: bot.people }]),
    counter("rosey_channel_joins_total", "How often the bot joined.", [
      { value: connection.joins },
    ]),
    counter("rosey_channel_losses_total", "How often the channel was lost or not reached.", [
      { value: connection.losses },
    ]),
    counter("rosey_lines_said_total", "Lines whose echo came back.", [{ value: outbox.said }]),
    counter("rosey_lines_late_total", "Lines given up whose echo came back after all.", [
      { value: outbox.late },
    ]),
    counter("rosey_lines_delayed_total", "Lines that came too early and were said again.", [
      { value: outbox.delayed },
    ]),
    counter(
      "rosey_lines_dropped_total",
      "Lines that were not said, by reason.",
      each(outbox.dropped, "reason"),
    ),
    gauge("rosey_channel_muted", "Whether the channel has muted the bot.", [
      { value: Number(outbox.muted) },
    ]),
    gauge("rosey_lines_waiting", "Lines that wait to be said.", [{ value: outbox.waiting }]),
    gauge("rosey_questions_waiting", "Questions that wait for the model.", [
      { value: bot.questionsWaiting },
    ]),
    counter(
      "rosey_decisions_total",
      "Lines of chat, by what came of them.",
      each(decisions.counts, "outcome"),
    ),
  ];
}

const STATES = ["checking", "loading", "up", "degraded", "down"] as const;

function modelFamilies(links: readonly ServerReport[]): Family[] {
  const family = (
    make: typeof gauge,
    name: string,
    help: string,
    samples: (link: ServerReport) => Sample[],
  ) => make(name, help, links.flatMap((link) => samples(link).map(labelled(link))));
  const value = (number: number | undefined) => [{ value: number }];
  return [
    family(
      gauge,
      "rosey_model_state",
      "1 for the state that the link is in.",
      (link) => STATES.map((state) => ({ labels: { state }, value: Number(link.state === state) })),
    ),
    family(
      gauge,
      "rosey_model_state_age_seconds",
      "How long it has been so.",
      (link) => value(link.stateForMs / 1000),
    ),
    family(
      gauge,
      "rosey_model_next_probe_seconds",
      "Until a server that is away is asked again.",
      (link) => value(link.nextProbeInMs === undefined ? undefined : link.nextProbeInMs / 1000),
    ),
    family(
      gauge,
      "rosey_model_latency_seconds",
      "Of the last look at the server.",
      (link) => value(link.latencyMs === undefined ? undefined : link.latencyMs / 1000),
    ),
    family(
      histogram,
      "rosey_model_answer_seconds",
      "From a question to the end of its answer.",
      histogramOf,
    ),
    family(
      counter,
      "rosey_model_failures_total",
      "Requests and looks that failed, by kind.",
      (link) => each(link.failures, "kind"),
    ),
    family(
      gauge,
      "rosey_model_errors_last_hour",
      "Failures within the last hour.",
      (link) => value(link.errorsLastHour),
    ),
    family(
      gauge,
      "rosey_model_loaded",
      "Whether the model is in the server's memory.",
      (link) => value(link.model && Number(link.model.loaded)),
    ),
    family(
      gauge,
      "rosey_model_context_tokens",
      "Tokens that fit into the model's window.",
      (link) => value(link.model?.contextTokens),
    ),
    family(
      gauge,
      "rosey_model_memory_bytes",
      "Memory that the model takes on the server.",
      (link) => value(link.model?.memoryBytes),
    ),
    family(
      gauge,
      "rosey_model_vram_bytes",
      "How much of that is a GPU's.",
      (link) => value(link.model?.vramBytes),
    ),
  ];
}

function histogramOf({ durations }: ServerReport): Sample[] {
  const { buckets, count, sumSeconds } = durations;
  return [
    ...DURATION_BUCKETS.map((bound, at) => ({
      suffix: "_bucket",
      labels: { le: String(bound) },
      value: buckets[at],
    })),
    { suffix: "_bucket", labels: { le: "+Inf" }, value: count },
    { suffix: "_sum", value: sumSeconds },
    { suffix: "_count", value: count },
  ];
}

function labelled({ host, modelName: model }: ServerReport): (sample: Sample) => Sample {
  return (sample) => ({ ...sample, labels: { host, model, ...sample.labels } });
}

function each(counts: Readonly<Partial<Record<string, number>>>, label: string): Sample[] {
  return Object.entries(counts).sort().map(([name, value]): Sample => {
    const labels: Labels = { [label]: name };
    return { labels, value };
  });
}

function gauge(name: string, help: string, samples: readonly Sample[]): Family {
  return { name, type: "gauge", help, samples };
}

function counter(name: string, help: string, samples: readonly Sample[]): Family {
  return { name, type: "counter", help, samples };
}

function histogram(name: string, help: string, samples: readonly Sample[]): Family {
  return { name, type: "histogram", help, samples };
}
