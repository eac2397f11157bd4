import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { ProviderError } from "../../src/llm/errors.ts";
import { httpFailure, REFUSED, REPLY, setUp, TIMEOUT } from "../fakes/scripted_provider.ts";
import { test } from "../testing.ts";

test("the states at the start are checking, loading, up", async () => {
  const { provider, monitor, end } = setUp();
  assertEquals(monitor.status.state, "checking");
  await provider.settle("probe");
  assertEquals(monitor.status.state, "loading");
  await provider.settle("load");
  await provider.settle("status");
  assertEquals(monitor.status.state, "up");
  await end();
  assertEquals(monitor.status.state, "down");
});

test("pauses between failed probes double from 1 s to 30 s", async () => {
  const { provider, clock, monitor, end } = setUp();
  for (const seconds of [1, 2, 4, 8, 16, 30, 30]) {
    await provider.settle("probe", REFUSED);
    assertEquals([monitor.status.state, monitor.status.reason], [
      "down",
      "connection refused",
    ]);
    const probes = provider.calls.length;
    clock.advance(seconds * 1000 - 100);
    assertEquals(provider.calls.length, probes);
    clock.advance(100);
  }
  await provider.comeUp();
  assertEquals(monitor.status.state, "up");
  await end();
});

test("a question ends the pause of a server that is down, once in two seconds", async () => {
  const { provider, clock, monitor, pool, end } = setUp();
  for (const pauseMs of [1000, 2000]) {
    await provider.settle("probe", REFUSED);
    clock.advance(pauseMs);
  }
  await provider.settle("probe", REFUSED);
  // The next pause has four seconds.
  clock.advance(1999);
  assertEquals(pool.probeSoon(), false);
  clock.advance(1);
  assertEquals(pool.probeSoon(), true);
  assertEquals(monitor.status.state, "checking");
  assertEquals(pool.probeSoon(), false);
  await provider.comeUp();
  assertEquals(monitor.status.state, "up");
  assertEquals(pool.probeSoon(), false);
  await end();
});

test("a question does not end the pause that a server asks for", async () => {
  const { provider, clock, monitor, pool, end } = setUp();
  const busy = new ProviderError("busy", "429", { retryAfterMs: 60_000 });
  await provider.settle("probe", busy);
  clock.advance(30_000);
  assertEquals([pool.probeSoon(), monitor.status.state], [false, "down"]);
  await end();
});

test("a failure that blames the server starts a check, one that blames the request does not", async () => {
  const { provider, monitor, stop, end } = setUp();
  await provider.comeUp();
  for (
    const [error, state] of [
      [new ProviderError("aborted", "not needed"), "up"],
      [new ProviderError("empty", "nothing"), "up"],
      [httpFailure(400, "refused"), "up"],
      [httpFailure(500, "refused"), "degraded"],
      [new ProviderError("timeout", "30 s"), "checking"],
    ] as const
  ) {
    const chat = monitor.chat([], stop.signal);
    await Promise.all([
      assertRejects(() => chat).then((thrown) => assertStrictEquals(thrown, error)),
      provider.settle("chat", error),
    ]);
    assertEquals(monitor.status.state, state, error.kind);
  }
  await provider.comeUp();
  assertEquals(monitor.status.state, "degraded");
  const chat = monitor.chat([], stop.signal);
  await provider.settle("chat", REPLY);
  assertEquals(await chat, REPLY);
  assertEquals(monitor.status.state, "up");
  await end();
});

test("ready() resolves after a load and after a failure", async () => {
  const { provider, monitor, pool, stop, end } = setUp();
  const first = pool.ready(stop.signal);
  await provider.comeUp();
  assertEquals(await first, true);
  const chat = monitor.chat([], stop.signal);
  await Promise.all([assertRejects(() => chat), provider.settle("chat", TIMEOUT)]);
  const second = pool.ready(stop.signal);
  await provider.settle("probe", REFUSED);
  assertEquals(await second, false);
  await end();
});

test("waits for Retry-After before the next probe, at most a minute", async () => {
  const { provider, clock, end } = setUp();
  for (const [retryAfterMs, pauseMs] of [[20_000, 20_000], [3_600_000, 60_000]] as const) {
    await provider.settle("probe", new ProviderError("busy", "HTTP 429", { retryAfterMs }));
    const asked = provider.calls.length;
    clock.advance(pauseMs - 1);
    assertEquals(provider.calls.length, asked);
    clock.advance(1);
  }
  await provider.comeUp();
  await end();
});

test("three failed answers open the breaker, whatever the reasons", async () => {
  const { provider, clock, monitor, stop, end } = setUp();
  await provider.comeUp();
  const failure = httpFailure(500, "no memory");
  for (const state of ["degraded", "degraded", "down"]) {
    const chat = monitor.chat([], stop.signal);
    await Promise.all([
      assertRejects(() => chat).then((thrown) => assertStrictEquals(thrown, failure)),
      provider.settle("chat", failure),
    ]);
    assertEquals([monitor.status.state, monitor.status.reason], [state, "HTTP 500: no memory"]);
  }
  clock.advance(1000);
  await provider.comeUp();
  await provider.settle("chat", REPLY);
  // One more failure opens the breaker, until a request succeeds.
  assertEquals(monitor.status.state, "degraded");
  const again = monitor.chat([], stop.signal);
  await Promise.all([
    assertRejects(() => again).then((thrown) => assertStrictEquals(thrown, failure)),
    provider.settle("chat", failure),
  ]);
  assertEquals(monitor.status.state, "down");
  await end();
});

test("a Retry-After longer than response_timeout makes the server unavailable at once", async () => {
  const { provider, clock, monitor, stop, end } = setUp();
  await provider.comeUp();
  const busy = new ProviderError("busy", "HTTP 429", { retryAfterMs: 45_000 });
  const chat = monitor.chat([], stop.signal);
  await Promise.all([
    assertRejects(() => chat).then((thrown) => assertStrictEquals(thrown, busy)),
    provider.settle("chat", busy),
  ]);
  await provider.flush();
  assertEquals(monitor.status.state, "down");
  const asked = provider.calls.length;
  clock.advance(44_999);
  assertEquals(provider.calls.length, asked);
  clock.advance(1);
  await provider.comeUp();
  assertEquals(monitor.status.state, "degraded");
  await end();
});

test("retries a request twice, after Retry-After", async () => {
  const { provider, clock, monitor, stop, end } = setUp();
  await provider.comeUp();
  const chat = monitor.chat([], stop.signal);
  // The runner died during an answer.
  const died = "an error was encountered while running the model: unexpected EOF";
  await provider.settle("chat", httpFailure(500, died));
  clock.advance(300);
  await provider.settle("chat", new ProviderError("busy", "503", { retryAfterMs: 5000 }));
  const asked = provider.calls.length;
  clock.advance(4999);
  assertEquals(provider.calls.length, asked);
  clock.advance(1);
  await provider.settle("chat", REPLY);
  assertEquals(await chat, REPLY);
  assertEquals(monitor.status.state, "up");

  const hopeless = monitor.chat([], stop.signal);
  const rejected = assertRejects(() => hopeless, Error, "closed");
  for (const pause of [300, 600, 0]) {
    await provider.settle("chat", new ProviderError("reset", "closed"));
    clock.advance(pause);
  }
  await rejected;
  await provider.comeUp();
  await end();
});

test("does not retry if Retry-After exceeds the time left", async () => {
  const { provider, clock, monitor, stop, end } = setUp();
  await provider.comeUp();
  const chat = monitor.chat([], stop.signal);
  const busy = new ProviderError("busy", "429", { retryAfterMs: 30_000 });
  await Promise.all([
    assertRejects(() => chat).then((thrown) => assertStrictEquals(thrown, busy)),
    provider.settle("chat", busy),
  ]);
  clock.advance(29_999);
  assertEquals(provider.calls, ["probe", "load", "status", "chat"]);
  await end();
});

test("an open breaker pauses longer each time, up to 30 s, until a probe is answered", async () => {
  const { provider, clock, monitor, stop, end } = setUp();
  await provider.comeUp();
  const asked = [{ role: "system", content: "long" }, {
    role: "user",
    content: "bob: hi",
  }] as const;
  for (const state of ["degraded", "degraded", "down"]) {
    const chat = monitor.chat(asked, stop.signal);
    await Promise.all([
      assertRejects(() => chat).then((thrown) => assertStrictEquals(thrown, TIMEOUT)),
      provider.settle("chat", TIMEOUT),
    ]);
    if (state === "degraded") await provider.comeUp();
    assertEquals([monitor.status.state, monitor.status.reason], [state, "30 s"]);
  }
  // User requests neither probe the server nor wait for the probe.
  const persona = { role: "system", content: "long" } as const;
  for (const pause of [1000, 2000, 4000, 8000, 16_000, 30_000]) {
    clock.advance(pause - 1);
    const asked = provider.calls.length;
    clock.advance(1);
    await provider.comeUp();
    assertEquals(monitor.status.state, "down");
    await provider.settle("chat", new ProviderError("timeout", "30 s"));
    assertEquals(provider.calls.length, asked + 4);
    assertEquals(provider.messages, [persona, { role: "user", content: "Say hello." }]);
  }
  assertEquals(monitor.report.failures.timeout, 9);
  clock.advance(30_000);
  await provider.comeUp();
  await provider.settle(
    "chat",
    new ProviderError("empty", "the model spent its length on thinking"),
  );
  assertEquals(monitor.status.state, "degraded");
  const chat = monitor.chat([], stop.signal);
  await provider.settle("chat", REPLY);
  await chat;
  assertEquals(monitor.status.state, "up");
  await end();
});

test("logs the failure that ended the server, not the refused retry", async () => {
  const { provider, clock, monitor, stop, end } = setUp();
  await provider.comeUp();
  const closed = new ProviderError("reset", "closed in the middle");
  const rejected = assertRejects(() => monitor.chat([], stop.signal)).then((thrown) =>
    assertStrictEquals(thrown, closed)
  );
  await provider.settle("chat", closed);
  for (const pause of [300, 600]) {
    clock.advance(pause);
    await provider.settle("chat", REFUSED);
  }
  await rejected;
  await provider.comeUp();
  await end();
});

test("an unexpected error of a provider is a failure, and the monitor continues", async () => {
  const { provider, clock, monitor, pool, stop, end } = setUp();
  const broken = new TypeError("Cannot convert object to primitive value");
  await provider.settle("probe", broken);
  assertEquals([monitor.status.state, monitor.status.reason], [
    "down",
    "cannot be understood: Cannot convert object to primitive value",
  ]);
  clock.advance(1000);
  await provider.comeUp();
  clock.advance(31_000);
  const ready = pool.ready(stop.signal);
  await provider.settle("status", broken);
  await provider.comeUp();
  assertEquals(await ready, true);
  clock.advance(60_000);
  await provider.settle("probe");
  await provider.settle("status", broken);
  assertEquals(monitor.status.state, "checking");
  await provider.comeUp();
  await end();
});
