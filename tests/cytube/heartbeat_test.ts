import { assert, assertEquals } from "@std/assert";
import { watchHeartbeat } from "../../src/cytube/heartbeat.ts";
import { DemoChannel } from "../../src/demo/channel/server.ts";
import { until } from "../demo/client.ts";
import { systemClock } from "../../src/clock.ts";
import { FakeClock } from "../fakes/clock.ts";
import { TcpProxy } from "../fakes/tcp_proxy.ts";
import { test } from "../testing.ts";
import { ACCOUNTS, siteOf, Visitor } from "./visitor.ts";

/** Watches a fake engine. */
function engineUnderWatch(silenceTimeoutMs = 60_000) {
  const clock = new FakeClock();
  const listeners = new Map<string, (greeting: { pingInterval: number }) => void>();
  const silences: number[] = [];
  const stop = watchHeartbeat({ on: (event: string, listener) => listeners.set(event, listener) }, {
    clock,
    silenceTimeoutMs,
    onSilent: (ms) => void silences.push(ms),
  });
  const say = (event: "packet" | "handshake", pingInterval = 0) =>
    listeners.get(event)?.({ pingInterval });
  return { clock, silences, stop, say };
}

test("a connection that is silent for a minute is given up, not earlier", () => {
  const { clock, silences, say } = engineUnderWatch();
  say("handshake", 25_000);
  for (let pings = 0; pings < 10; pings++) {
    clock.advance(59_999);
    say("packet");
  }
  clock.advance(59_999);
  assertEquals(silences, []);
  clock.advance(1);
  assertEquals(silences, [60_000]);
  assertEquals(clock.pending, 0);
});

test("a server with a long ping interval may be silent for more than two intervals", () => {
  const { clock, silences, say } = engineUnderWatch();
  say("handshake", 50_000);
  clock.advance(119_999);
  assertEquals(silences, []);
  clock.advance(1);
  assertEquals(silences, [120_000]);
});

test("a stopped watch calls nothing", () => {
  const { clock, silences, stop } = engineUnderWatch();
  clock.advance(30_000);
  stop();
  clock.advance(60_000);
  assertEquals(silences, []);
  assertEquals(clock.pending, 0);
});

test("leaves a frozen connection, and stays on a quiet one with pings", async () => {
  await using channel = await DemoChannel.start({ accounts: ACCOUNTS, pingIntervalMs: 200 });
  await using proxy = new TcpProxy(channel.port);
  await using site = siteOf(proxy.url);
  await using visitor = new Visitor(site.url, { clock: systemClock, silenceTimeoutMs: 1000 });
  await visitor.joined();
  // Nobody says anything, yet the server pings.
  assertEquals(await until(() => visitor.client.report.state !== "joined", 2500), false);
  const begun = performance.now();
  proxy.freeze();
  assertEquals(await until(() => visitor.client.report.state === "waiting", 5000), true);
  const tookMs = performance.now() - begun;
  assert(tookMs > 700 && tookMs < 2500, `${tookMs} ms`);
  assertEquals(
    visitor.client.report.reason,
    "Lost the channel demo: nothing came for 1 s, not even a ping",
  );
  assertEquals(visitor.path, ["Rosey", null]);
});
