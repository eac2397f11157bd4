import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { DURATION_BUCKETS, ServerStatistics } from "../../src/llm/server_statistics.ts";
import { ProviderError } from "../../src/llm/errors.ts";
import { FakeClock } from "../fakes/clock.ts";
import { REFUSED, REPLY, setUp, TIMEOUT } from "../fakes/scripted_provider.ts";
import { test } from "../testing.ts";

const MINUTE_MS = 60_000;

test("counts errors of the last hour, and failures by kind since the start", () => {
  const clock = new FakeClock();
  const health = new ServerStatistics(clock);
  health.failed("refused");
  clock.advance(30 * MINUTE_MS);
  health.failed("refused");
  health.failed("timeout");
  assertEquals(health.measures.errorsLastHour, 3);
  clock.advance(29 * MINUTE_MS);
  assertEquals(health.measures.errorsLastHour, 3);
  clock.advance(MINUTE_MS);
  assertEquals(health.measures.errorsLastHour, 2);
  health.failed("idle");
  assertEquals(health.measures.errorsLastHour, 3);
  clock.advance(24 * 60 * MINUTE_MS);
  assertEquals(health.measures.errorsLastHour, 0);
  assertEquals(health.measures.failures, { refused: 2, timeout: 1, idle: 1 });
});

test("counts a duration in every bucket with a larger bound", () => {
  const health = new ServerStatistics(new FakeClock());
  for (const ms of [100, 250, 3000, 1_000_000]) health.answered(ms);
  const { buckets, count, sumSeconds } = health.measures.durations;
  const inBucket = (bound: number) => buckets[DURATION_BUCKETS.findIndex((b) => b === bound)];
  assertEquals([0.25, 0.5, 2.5, 5, 300].map(inBucket), [2, 2, 2, 3, 3]);
  assertEquals([count, sumSeconds], [4, 1003.35]);
});

test("reports state, its duration, the next probe and measurements", async () => {
  const { provider, clock, monitor, stop, end } = setUp();
  clock.advance(40);
  await provider.settle("probe", REFUSED);
  clock.advance(400);
  const down = monitor.report;
  assertEquals([
    down.state,
    down.reason,
    down.stateForMs,
    Math.round(down.nextProbeInMs!),
    down.errorsLastHour,
  ], ["down", "connection refused", 400, 600, 1]);
  clock.advance(600);
  const probe = await provider.take("probe");
  clock.advance(25);
  probe.resolve({});
  await provider.settle("load");
  const status = { loaded: true, contextTokens: 4096, memoryBytes: 3e9, vramBytes: 2e9 };
  await provider.settle("status", status);
  const chat = monitor.chat([], stop.signal);
  const request = await provider.take("chat");
  clock.advance(700);
  const timing = { loadMs: 30, promptMs: 250, tokens: 14, tokensMs: 400 };
  request.resolve({ ...REPLY, timing });
  await chat;
  const { durations, ...up } = monitor.report;
  assertEquals(up, {
    provider: "ollama",
    modelName: "m",
    host: "http://gpu:11434",
    state: "up",
    stateForMs: 700,
    reason: "",
    latencyMs: 25,
    offered: undefined,
    nextProbeInMs: undefined,
    errorsLastHour: 1,
    failures: { refused: 1 },
    speed: { tokensPerSecond: 35, loadSeconds: 0.03, promptSeconds: 0.25 },
    model: status,
  });
  assertEquals([durations.count, durations.sumSeconds], [1, 0.7]);
  await end();
});

test("probes an idle server every minute", async () => {
  const { provider, clock, monitor, end } = setUp();
  await provider.comeUp();
  clock.advance(MINUTE_MS);
  await provider.settle("probe");
  await provider.settle("status", { loaded: false });
  assertEquals([monitor.status.state, monitor.report.model], ["up", { loaded: false }]);
  clock.advance(MINUTE_MS);
  await provider.settle("probe", TIMEOUT);
  assertEquals(monitor.status.state, "checking");
  await provider.settle("probe", REFUSED);
  assertEquals([monitor.status.state, monitor.report.model], ["down", undefined]);
  await end();
});

test("a request fails after two failed checks before the answer begins", async () => {
  const { provider, clock, monitor, stop, end } = setUp();
  await provider.comeUp();
  const chat = monitor.chat([], stop.signal);
  const rejected = assertRejects(() => chat).then((thrown) => assertStrictEquals(thrown, TIMEOUT));
  const request = await provider.take("chat");
  clock.advance(2500);
  await provider.settle("alive", TIMEOUT);
  clock.advance(2500);
  await provider.settle("alive", TIMEOUT);
  await rejected;
  assertEquals(request.signal.aborted, true);
  assertEquals(monitor.status.state, "checking");
  await provider.settle("probe", REFUSED);
  assertEquals(monitor.status.state, "down");
  await end();
});

test("checks end when the answer begins; a single failed check does not abort the request", async () => {
  const { provider, clock, monitor, stop, end } = setUp();
  await provider.comeUp();
  const chat = monitor.chat([], stop.signal);
  const request = await provider.take("chat");
  for (const answer of [TIMEOUT, {}, new ProviderError("busy", "HTTP 503"), {}]) {
    clock.advance(2500);
    await provider.settle("alive", answer);
  }
  provider.begin!();
  const asked = provider.calls.length;
  clock.advance(20_000);
  assertEquals(provider.calls.length, asked);
  request.resolve(REPLY);
  assertEquals(await chat, REPLY);
  await end();
});
