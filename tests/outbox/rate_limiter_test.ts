import { assert, assertEquals, assertGreaterOrEqual, assertLessOrEqual } from "@std/assert";
import type { AntifloodLimits } from "../../src/cytube/events.ts";
import { RateLimiter, SERVER_LIMITS } from "../../src/outbox/rate_limiter.ts";
import { loadTrace } from "../demo/trace.ts";
import { test } from "../testing.ts";

/** CyTube's default limits of a channel. */
const ANTIFLOOD: AntifloodLimits = { enabled: true, burst: 4, perSecond: 1, resetSeconds: 4 };
const SERVER: AntifloodLimits = { enabled: true, ...SERVER_LIMITS };

/**
 * CyTube's limiter: a burst is free, then lines must be an interval apart, and after a quiet time the
 * burst is free again. What is refused does not count.
 */
class ServerLimiter {
  #count = 0;
  #lastMs = -Infinity;

  /** Whether a line that arrives at `now` is let through. */
  admits(now: number, { burst, perSecond, resetSeconds }: AntifloodLimits): boolean {
    if (this.#lastMs < now - resetSeconds * 1000) this.#count = 1;
    else if (this.#count < burst) this.#count++;
    else if (now - this.#lastMs < 1000 / perSecond) return false;
    this.#lastMs = now;
    return true;
  }
}

interface Simulation {
  readonly limits: AntifloodLimits;
  readonly lines: number;
  readonly limiter?: RateLimiter;
  /** Milliseconds before a line is ready; default 0. */
  readonly pauseMs?: (line: number) => number;
  /** Milliseconds that a line is on its way. */
  readonly latencyMs?: (line: number) => number;
}

/** Says lines as fast as the limiter allows. Returns the number of refused lines and the duration. */
function simulate(simulation: Simulation): { refused: number; tookMs: number } {
  const { limits, lines, pauseMs = () => 0, latencyMs = () => 0 } = simulation;
  const limiter = simulation.limiter ?? new RateLimiter();
  const server = new ServerLimiter();
  let now = 0;
  let arrival = 0;
  let refused = 0;
  for (let line = 0; line < lines; line++) {
    now += pauseMs(line);
    now += limiter.waitMs(now);
    assertEquals(limiter.waitMs(now), 0);
    limiter.sent(now);
    // A connection keeps its order.
    arrival = Math.max(arrival, now + latencyMs(line));
    if (!server.admits(arrival, limits)) refused++;
  }
  return { refused, tookMs: now };
}

function limiterFor(limits: AntifloodLimits, rank = 1): RateLimiter {
  const limiter = new RateLimiter();
  limiter.setLimits(limits, rank);
  return limiter;
}

/** Numbers in [0, 1), the same in every run. */
function numbers(seed: number): () => number {
  return () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed / 4_294_967_296;
  };
}

test("the server limiter of these tests refuses what the recorded server refused", () => {
  const trace = loadTrace("08-throttle.jsonl");
  const sayings = (prefix: string) =>
    trace.filter(({ dir, who, args }) =>
      dir === "out" && who === "Rosey" && String(Object(args).msg).startsWith(prefix)
    );
  const cooldowns = (from: number, to: number) =>
    trace.filter(({ t, ev, who }) => ev === "cooldown" && who === "Rosey" && t >= from && t < to);
  const bursts = sayings("burst ");
  const limiter = new ServerLimiter();
  const lost = bursts.filter(({ t }) => !limiter.admits(t, SERVER));
  assertEquals(bursts.length, 40);
  assertEquals(lost.length, 20);
  assertEquals(cooldowns(3153, 4155).length, 20);
});

test("500 lines at once are never refused, and take no longer than the limits want", () => {
  for (const [limits, longestMs] of [[SERVER, 480 * 160], [ANTIFLOOD, 496 * 1100]] as const) {
    const { refused, tookMs } = simulate({ limits, lines: 500, limiter: limiterFor(limits) });
    assertEquals(refused, 0);
    assertLessOrEqual(tookMs, longestMs, `${tookMs} ms`);
  }
});

test("500 lines at random times are never refused, at any latency", () => {
  for (const limits of [SERVER, ANTIFLOOD]) {
    for (let seed = 1; seed <= 50; seed++) {
      const random = numbers(seed);
      const { refused } = simulate({
        limits,
        lines: 500,
        limiter: limiterFor(limits),
        // Mostly at once, sometimes about as late as the burst's return.
        pauseMs: () => random() < 0.8 ? 0 : random() * 2.2 * limits.resetSeconds * 1000,
        latencyMs: () => 30 + random() * 45,
      });
      assertEquals(refused, 0, `seed ${seed}`);
    }
  }
});

test("private messages between lines cause no refusals", () => {
  for (let seed = 1; seed <= 50; seed++) {
    const random = numbers(seed);
    const limiter = limiterFor(ANTIFLOOD);
    const server = new ServerLimiter();
    let now = 0;
    for (let line = 0; line < 500; line++) {
      if (random() < 0.1) now += random() * 9000;
      const pm = random() < 0.5;
      now += limiter.waitMs(now, { pm });
      limiter.sent(now, { pm });
      assert(server.admits(now, pm ? SERVER : ANTIFLOOD), `seed ${seed}, line ${line}`);
    }
  }
});

test("the burst is free again after the quiet time", () => {
  const limiter = limiterFor(ANTIFLOOD);
  const waits = (now: number) => {
    const wait = limiter.waitMs(now);
    if (wait === 0) limiter.sent(now);
    return wait > 0;
  };
  assertEquals([0, 0, 0, 0, 0].map(waits), [false, false, false, false, true]);
  assertEquals([4100, 4100, 4100, 4100, 4100].map(waits), [false, false, false, false, true]);
});

test("the burst is not free before the quiet time", () => {
  const limiter = limiterFor(ANTIFLOOD);
  for (let line = 0; line < 4; line++) limiter.sent(0);
  assertEquals(limiter.waitMs(3900), 0);
  limiter.sent(3900);
  assertGreaterOrEqual(limiter.waitMs(3900), 1000);
});

test("the channel's limits do not apply to moderators or when disabled", () => {
  const free = { limits: SERVER, lines: 500 };
  const off = { ...ANTIFLOOD, enabled: false };
  const cases: readonly (readonly [AntifloodLimits, number, boolean])[] = [
    [ANTIFLOOD, -1, true],
    [ANTIFLOOD, 0, true],
    [ANTIFLOOD, 1, true],
    [ANTIFLOOD, 1.5, true],
    [ANTIFLOOD, 2, false],
    [ANTIFLOOD, 255, false],
    [off, 1, false],
    [{ ...ANTIFLOOD, perSecond: 0 }, 1, false],
    [{ ...ANTIFLOOD, perSecond: -1 }, 1, false],
  ];
  for (const [limits, rank, bound] of cases) {
    const { refused, tookMs } = simulate({ ...free, limiter: limiterFor(limits, rank) });
    assertEquals(refused, 0);
    assertEquals(tookMs > 400_000, bound, `${tookMs} ms at rank ${rank}`);
  }
});

test("changed limits apply at once", () => {
  const limiter = new RateLimiter();
  for (let line = 0; line < 10; line++) limiter.sent(0);
  limiter.setLimits(ANTIFLOOD, 1);
  assertGreaterOrEqual(limiter.waitMs(0), 1000);
  limiter.setLimits({ ...ANTIFLOOD, enabled: false }, 1);
  assertEquals(limiter.waitMs(0), 0);
});

test("a refusal ends the burst and delays the next line as the server wants", () => {
  const limiter = new RateLimiter();
  limiter.sent(0);
  limiter.refused(10, 1000);
  assertGreaterOrEqual(limiter.waitMs(10), 1000);
  assertEquals(limiter.waitMs(1100), 0);
  limiter.sent(1100);
  assertGreaterOrEqual(limiter.waitMs(1100), 100);
});

test("a refused line passes although the server counted unknown lines", () => {
  for (const limits of [SERVER, ANTIFLOOD]) {
    const server = new ServerLimiter();
    for (let line = 0; line < limits.burst; line++) server.admits(0, limits);
    const limiter = limiterFor(limits);
    let now = 0;
    let tries = 0;
    for (let said = 0; said < 20;) {
      now += limiter.waitMs(now);
      limiter.sent(now);
      tries++;
      if (server.admits(now, limits)) said++;
      else limiter.refused(now, 1000 / limits.perSecond);
    }
    assertEquals(tries, 21);
  }
});
