import { DURATION_BUCKETS } from "../../src/llm/server_statistics.ts";
import type { BotReport } from "../../src/report.ts";

export const BUILD = {
  version: "1.2.3",
  commit: "abc1234",
  deno: "2.9.6",
  target: "x86_64-unknown-linux-gnu",
};

/** A report with every field, and hostile text in names and titles. */
export function reportOf(changes: Partial<BotReport> = {}): BotReport {
  const now = Date.now();
  const hostile = `<img src=x onerror="document.title='owned'">`;
  const durations = { buckets: DURATION_BUCKETS.map((_, at) => at), count: 11, sumSeconds: 19.8 };
  return {
    connection: { state: "joined", stateForMs: 7_200_000, reason: "", joins: 2, losses: 1 },
    domain: "https://cytu.be",
    channel: "demo",
    user: "Rosey",
    restrictions: [],
    rank: 1,
    people: 12,
    media: `Nosferatu ${hostile}`,
    outbox: {
      waiting: 1,
      muted: false,
      said: 41,
      late: 1,
      delayed: 2,
      dropped: {
        "refused": 1,
        "spam filter": 0,
        "muted": 0,
        "withdrawn": 0,
        "too fast": 0,
        "no echo": 0,
        "connection lost": 2,
        "too old": 0,
        "no room": 0,
      },
    },
    questionsWaiting: 1,
    decisions: {
      counts: { "answered": 38, "cooldown": 4, "model failed": 2, "not called": 1234 },
      recent: [
        { at: now, user: "alice", outcome: "waiting", detail: "", private: false, words: "rosey?" },
        {
          at: now - 20_000,
          user: hostile,
          outcome: "cooldown",
          detail: "",
          private: false,
          words: hostile,
        },
        {
          at: now - 60_000,
          user: "bob",
          outcome: "answered",
          detail: "1.80 s",
          private: false,
          words: "rosey?",
        },
        {
          at: now - 90_000,
          user: "carol",
          private: true,
          words: "",
          outcome: "model failed",
          detail: `HTTP 500: ${hostile}`,
        },
      ],
    },
    models: [
      {
        provider: "ollama",
        modelName: "llama3.2:3b",
        host: "http://gpu-1:11434",
        state: "up",
        stateForMs: 3_600_000,
        reason: "",
        latencyMs: 12.4,
        durations,
        speed: { tokensPerSecond: 35.2, loadSeconds: 4.1, promptSeconds: 0.4 },
        failures: { timeout: 1, refused: 3 },
        errorsLastHour: 2,
        model: { loaded: true, contextTokens: 8192, memoryBytes: 3.4e9, vramBytes: 3.4e9 },
      },
      {
        provider: "ollama",
        modelName: 'odd"name\\',
        host: "http://gpu-2:11434",
        state: "down",
        stateForMs: 60_000,
        reason: "connection refused",
        nextProbeInMs: 8000,
        durations: {
          ...durations,
          buckets: durations.buckets.map(() => 0),
          count: 0,
          sumSeconds: 0,
        },
        failures: {},
        errorsLastHour: 0,
      },
    ],
    ...changes,
  };
}
