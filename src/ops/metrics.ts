/** Prometheus metrics. They contain no user names, so the number of series is bounded. */
import { DURATION_BUCKETS, type ServerReport } from "../llm/server_statistics.ts";
import type { BotReport } from "../report.ts";
import type { Build } from "../version.ts";
import { type Family, prometheusText, type Sample } from "./prometheus_text.ts";

export interface ProcessReport extends Build {
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly residentBytes: number;
  /** Delay of the last timer. */
  readonly lagMs: number;
}

export function metricsText(bot: BotReport, process: ProcessReport): string {
  return prometheusText([
    ...processFamilies(process),
    ...channelFamilies(bot),
    ...modelFamilies(bot.models),
  ]);
}

type Value = number | undefined | readonly Sample[];

function gauge(name: string, help: string, value: Value): Family {
  return { name, type: "gauge", help, samples: samplesOf(value) };
}

function counter(name: string, help: string, value: Value): Family {
  return { name, type: "counter", help, samples: samplesOf(value) };
}

function samplesOf(value: Value): readonly Sample[] {
  return typeof value === "object" ? value : [{ value }];
}

function processFamilies({ version, deno, target, commit, ...process }: ProcessReport): Family[] {
  const build = { version, deno, target, commit };
  return [
    gauge("rosey_build_info", "What runs; the value is always 1.", [{ labels: build, value: 1 }]),
    gauge(
      "rosey_start_time_seconds",
      "When the bot started, since 1970.",
      process.startedAt / 1000,
    ),
    gauge("rosey_resident_memory_bytes", "Memory that the bot takes.", process.residentBytes),
    gauge("rosey_event_loop_lag_seconds", "How late the last timer was.", process.lagMs / 1000),
  ];
}

function channelFamilies(bot: BotReport): Family[] {
  const { connection, outbox, decisions } = bot;
  return [
    gauge("rosey_channel_joined", "Whether the bot is in its channel.", [
      { labels: { channel: bot.channel }, value: Number(connection.state === "joined") },
    ]),
    gauge("rosey_channel_people", "Named people in the channel.", bot.people),
    counter("rosey_channel_joins_total", "How often the bot joined.", connection.joins),
    counter(
      "rosey_channel_losses_total",
      "How often the channel was lost or not reached.",
      connection.losses,
    ),
    counter("rosey_lines_said_total", "Lines whose echo came back.", outbox.said),
    counter(
      "rosey_lines_late_total",
      "Lines given up whose echo came back after all.",
      outbox.late,
    ),
    counter(
      "rosey_lines_delayed_total",
      "Lines that came too early and were said again.",
      outbox.delayed,
    ),
    counter(
      "rosey_lines_dropped_total",
      "Lines that were not said, by reason.",
      samplesBy("reason", outbox.dropped),
    ),
    gauge(
      "rosey_channel_muted",
      "Whether the channel has muted the bot.",
      Number(outbox.muted),
    ),
    gauge("rosey_lines_waiting", "Lines that wait to be said.", outbox.waiting),
    gauge("rosey_questions_waiting", "Questions that wait for the model.", bot.questionsWaiting),
    counter(
      "rosey_decisions_total",
      "Lines of chat, by what came of them.",
      samplesBy("outcome", decisions.counts),
    ),
  ];
}

const STATES = ["checking", "loading", "up", "degraded", "down"] as const;

function modelFamilies(servers: readonly ServerReport[]): Family[] {
  /** Adds the labels of each server to its samples. */
  const perServer = (value: (server: ServerReport) => Value) =>
    servers.flatMap((server) => {
      const labels = { host: server.host, model: server.modelName };
      return samplesOf(value(server))
        .map((sample) => ({ ...sample, labels: { ...labels, ...sample.labels } }));
    });
  return [
    gauge(
      "rosey_model_state",
      "1 for the state that the link is in.",
      perServer((server) =>
        STATES.map((state) => ({ labels: { state }, value: Number(server.state === state) }))
      ),
    ),
    gauge(
      "rosey_model_state_age_seconds",
      "How long it has been so.",
      perServer((server) => seconds(server.stateForMs)),
    ),
    gauge(
      "rosey_model_next_probe_seconds",
      "Until a server that is away is asked again.",
      perServer((server) => seconds(server.nextProbeInMs)),
    ),
    gauge(
      "rosey_model_latency_seconds",
      "Of the last look at the server.",
      perServer((server) => seconds(server.latencyMs)),
    ),
    {
      name: "rosey_model_answer_seconds",
      type: "histogram",
      help: "From a question to the end of its answer.",
      samples: perServer(histogramOf),
    },
    counter(
      "rosey_model_failures_total",
      "Requests and looks that failed, by kind.",
      perServer((server) => samplesBy("kind", server.failures)),
    ),
    gauge(
      "rosey_model_errors_last_hour",
      "Failures within the last hour.",
      perServer((server) => server.errorsLastHour),
    ),
    gauge(
      "rosey_model_loaded",
      "Whether the model is in the server's memory.",
      perServer(({ model }) => model && Number(model.loaded)),
    ),
    gauge(
      "rosey_model_context_tokens",
      "Tokens that fit into the model's window.",
      perServer(({ model }) => model?.contextTokens),
    ),
    gauge(
      "rosey_model_memory_bytes",
      "Memory that the model takes on the server.",
      perServer(({ model }) => model?.memoryBytes),
    ),
    gauge(
      "rosey_model_vram_bytes",
      "How much of that is a GPU's.",
      perServer(({ model }) => model?.vramBytes),
    ),
  ];
}

function seconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1000;
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

function samplesBy(label: string, counts: Readonly<Partial<Record<string, number>>>): Sample[] {
  return Object.entries(counts).sort().map(([name, value]) => ({
    labels: { [label]: name },
    value,
  }));
}
