/**
 * Metrics in Prometheus' text format. They contain no user names, so the number of series is bounded.
 *
 * Source: https://prometheus.io/docs/instrumenting/exposition_formats/
 */
import { DURATION_BUCKETS, type ServerReport } from "../llm/server_statistics.ts";
import type { BotReport } from "../report.ts";
import type { Build } from "../version.ts";

export const PROMETHEUS_HEADERS = { "content-type": "text/plain; version=0.0.4; charset=utf-8" };

export interface ProcessReport extends Build {
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly residentBytes: number;
  /** Delay of the last timer. */
  readonly lagMs: number;
}

/** All metrics, each with its help. A name that ends with `_total` is a counter's. */
const HELP = {
  rosey_build_info: "What runs; the value is always 1.",
  rosey_start_time_seconds: "When the bot started, since 1970.",
  rosey_resident_memory_bytes: "Memory that the bot takes.",
  rosey_event_loop_lag_seconds: "How late the last timer was.",
  rosey_channel_joined: "Whether the bot is in its channel.",
  rosey_channel_people: "Named people in the channel.",
  rosey_channel_joins_total: "How often the bot joined.",
  rosey_channel_losses_total: "How often the channel was lost or not reached.",
  rosey_lines_said_total: "Lines whose echo came back.",
  rosey_lines_late_total: "Lines that were counted as dropped but whose echo came later.",
  rosey_lines_delayed_total: "Lines that came too early and were said again.",
  rosey_lines_dropped_total: "Lines that were not said, by reason.",
  rosey_channel_muted: "Whether the channel has muted the bot.",
  rosey_lines_waiting: "Lines that wait to be said.",
  rosey_questions_waiting: "Questions that wait for the model.",
  rosey_decisions_total: "Lines of chat, by what came of them.",
  rosey_model_state: "1 for the server's current state.",
  rosey_model_state_age_seconds: "How long the server has been in this state.",
  rosey_model_next_probe_seconds: "Time until an unavailable server is probed again.",
  rosey_model_latency_seconds: "Duration of the last probe.",
  rosey_model_answer_seconds: "From a question to the end of its answer.",
  rosey_model_tokens_per_second: "How fast the model wrote its last answer.",
  rosey_model_load_seconds: "How long the last answer waited for a load of the model.",
  rosey_model_prompt_seconds: "How long the model read the last prompt.",
  rosey_model_failures_total: "Failed requests and probes, by kind.",
  rosey_model_errors_last_hour: "Failures within the last hour.",
  rosey_model_loaded: "Whether the model is in the server's memory.",
  rosey_model_context_tokens: "Tokens that fit into the model's window.",
  rosey_model_memory_bytes: "Memory that the model takes on the server.",
  rosey_model_vram_bytes: "How much of that is a GPU's.",
} as const;

interface Sample {
  /** After the metric's name, e.g. `_sum`. */
  readonly suffix?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** An undefined value omits the sample. */
  readonly value: number | undefined;
}

type Value = number | undefined | readonly Sample[];

/** A metric without a value is omitted. */
export function metricsText(bot: BotReport, process: ProcessReport): string {
  const { connection, outbox, decisions, models } = bot;
  const { version, deno, target, commit } = process;
  const build = { version, deno, target, commit };
  const joined = Number(connection.state === "joined");
  const perServer = (value: (server: ServerReport) => Value): Sample[] =>
    models.flatMap((server) => {
      const labels = { host: server.host, model: server.modelName };
      return samplesOf(value(server))
        .map((sample) => ({ ...sample, labels: { ...labels, ...sample.labels } }));
    });
  const values: Readonly<Record<keyof typeof HELP, Value>> = {
    rosey_build_info: [{ labels: build, value: 1 }],
    rosey_start_time_seconds: process.startedAt / 1000,
    rosey_resident_memory_bytes: process.residentBytes,
    rosey_event_loop_lag_seconds: process.lagMs / 1000,
    rosey_channel_joined: [{ labels: { channel: bot.channel }, value: joined }],
    rosey_channel_people: bot.people,
    rosey_channel_joins_total: connection.joins,
    rosey_channel_losses_total: connection.losses,
    rosey_lines_said_total: outbox.said,
    rosey_lines_late_total: outbox.late,
    rosey_lines_delayed_total: outbox.delayed,
    rosey_lines_dropped_total: samplesBy("reason", outbox.dropped),
    rosey_channel_muted: Number(outbox.muted),
    rosey_lines_waiting: outbox.waiting,
    rosey_questions_waiting: bot.questionsWaiting,
    rosey_decisions_total: samplesBy("outcome", decisions.counts),
    rosey_model_state: perServer(statesOf),
    rosey_model_state_age_seconds: perServer(({ stateForMs }) => seconds(stateForMs)),
    rosey_model_next_probe_seconds: perServer(({ nextProbeInMs }) => seconds(nextProbeInMs)),
    rosey_model_latency_seconds: perServer(({ latencyMs }) => seconds(latencyMs)),
    rosey_model_answer_seconds: perServer(histogramOf),
    rosey_model_tokens_per_second: perServer(({ speed }) => speed?.tokensPerSecond),
    rosey_model_load_seconds: perServer(({ speed }) => speed?.loadSeconds),
    rosey_model_prompt_seconds: perServer(({ speed }) => speed?.promptSeconds),
    rosey_model_failures_total: perServer(({ failures }) => samplesBy("kind", failures)),
    rosey_model_errors_last_hour: perServer(({ errorsLastHour }) => errorsLastHour),
    rosey_model_loaded: perServer(({ model }) => model && Number(model.loaded)),
    rosey_model_context_tokens: perServer(({ model }) => model?.contextTokens),
    rosey_model_memory_bytes: perServer(({ model }) => model?.memoryBytes),
    rosey_model_vram_bytes: perServer(({ model }) => model?.vramBytes),
  };
  return Object.entries(values)
    .map(([name, value]) => metricText(name as keyof typeof HELP, samplesOf(value)))
    .join("");
}

function samplesOf(value: Value): readonly Sample[] {
  return typeof value === "object" ? value : [{ value }];
}

function metricText(name: keyof typeof HELP, samples: readonly Sample[]): string {
  const lines = samples.flatMap(({ suffix = "", labels = {}, value }) => {
    if (value === undefined) return [];
    const pairs = Object.entries(labels).map(([key, text]) => `${key}="${escaped(text)}"`);
    const braces = pairs.length > 0 ? `{${pairs.join(",")}}` : "";
    return [`${name}${suffix}${braces} ${value}\n`];
  });
  if (lines.length === 0) return "";
  const isHistogram = samples.some(({ suffix }) => suffix);
  const type = isHistogram ? "histogram" : name.endsWith("_total") ? "counter" : "gauge";
  return `# HELP ${name} ${HELP[name]}\n# TYPE ${name} ${type}\n${lines.join("")}`;
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

function seconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1000;
}

function statesOf(server: ServerReport): Sample[] {
  return ["checking", "loading", "up", "degraded", "down"]
    .map((state) => ({ labels: { state }, value: Number(server.state === state) }));
}

function histogramOf({ durations: { buckets, count, sumSeconds } }: ServerReport): Sample[] {
  const bucket = (le: string, value?: number) => ({ suffix: "_bucket", labels: { le }, value });
  return [
    ...DURATION_BUCKETS.map((bound, at) => bucket(String(bound), buckets[at])),
    bucket("+Inf", count),
    { suffix: "_sum", value: sumSeconds },
    { suffix: "_count", value: count },
  ];
}

function samplesBy(label: string, counts: Readonly<Partial<Record<string, number>>>): Sample[] {
  return Object.entries(counts).sort()
    .map(([name, value]) => ({ labels: { [label]: name }, value }));
}
