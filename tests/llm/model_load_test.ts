import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { ProviderError } from "../../src/llm/errors.ts";
import { httpFailure, REFUSED, REPLY, setUp, TIMEOUT } from "../fakes/scripted_provider.ts";
import { test } from "../testing.ts";

test("a failed load makes the server unavailable, unless the load request itself was rejected", async () => {
  const { provider, clock, monitor, end } = setUp();
  const failures = [
    REFUSED,
    new ProviderError("timeout", "300 s"),
    new ProviderError("model_missing", "HTTP 404"),
    new ProviderError("auth", "HTTP 401"),
    httpFailure(500, "no memory"),
    httpFailure(504, "refused"),
  ];
  for (const [at, failure] of failures.entries()) {
    await provider.settle("probe");
    await provider.settle("load", failure);
    assertEquals([monitor.status.state, monitor.status.reason], ["down", failure.message]);
    clock.advance(Math.min(30_000, 1000 * 2 ** at));
  }
  await provider.settle("probe");
  await provider.settle("load", httpFailure(400, "refused"));
  assertEquals(monitor.status.state, "up");
  await end();
});

test("repeats a load that a proxy cuts off until load_timeout, one request at a time", async () => {
  const { provider, clock, monitor, end } = setUp();
  const givenUp = httpFailure(504, "timeout");
  await provider.settle("probe");
  await provider.take("load").then(async (first) => {
    clock.advance(15_000);
    await provider.settle("alive");
    clock.advance(45_000);
    const beside = await provider.take("load");
    first.reject(givenUp);
    await provider.flush();
    assertEquals(beside.signal.aborted, true);
  });
  for (let minute = 1; minute < 4; minute++) {
    clock.advance(1000);
    await provider.settle("alive");
    assertEquals(monitor.status.state, "loading", `${minute}`);
    const load = await provider.take("load");
    for (let check = 1; check <= 4; check++) {
      clock.advance(15_000);
      await provider.settle("alive");
    }
    load.reject(givenUp);
    await provider.flush();
  }
  clock.advance(1000);
  await provider.settle("alive");
  await provider.take("load");
  clock.advance(300_000 - clock.now());
  await provider.flush();
  assertEquals([monitor.status.state, monitor.status.reason], [
    "down",
    "not loaded within 300 s",
  ]);
  assertEquals(provider.calls.filter((call) => call === "load").length, 6);
  await end();
});

test("a second load request that fails does not end the first", async () => {
  const { provider, clock, monitor, end } = setUp();
  await provider.settle("probe");
  const first = await provider.take("load");
  clock.advance(15_000);
  await provider.settle("alive");
  await provider.settle("load", httpFailure(429, "refused"));
  assertEquals([monitor.status.state, first.signal.aborted], ["loading", false]);
  first.resolve(undefined);
  await provider.settle("status");
  assertEquals(monitor.status.state, "up");
  await end();
});

test("repeats a load after a reset if the server answers a check", async () => {
  const { provider, clock, monitor, end } = setUp();
  await provider.settle("probe");
  for (const alive of [{}, REFUSED]) {
    const load = await provider.take("load");
    clock.advance(10_000);
    load.reject(new ProviderError("reset", "closed"));
    await provider.flush();
    clock.advance(1000);
    await provider.settle("alive", alive);
  }
  assertEquals([monitor.status.state, monitor.status.reason], ["down", "closed"]);
  await end();
});

test("load_timeout covers all attempts of a load", async () => {
  const { provider, clock, monitor, end } = setUp();
  await provider.settle("probe");
  const first = await provider.take("load");
  clock.advance(14_000);
  first.reject(httpFailure(502, "refused"));
  await provider.flush();
  clock.advance(1000);
  await provider.settle("alive");
  await provider.take("load");
  clock.advance(284_999);
  await provider.flush();
  assertEquals(monitor.status.state, "loading");
  clock.advance(1);
  await provider.flush();
  assertEquals([monitor.status.state, monitor.status.reason], [
    "down",
    "not loaded within 300 s",
  ]);
  await end();
});

test("does not repeat a load that a proxy cuts off at once", async () => {
  const { provider, clock, monitor, end } = setUp();
  await provider.settle("probe");
  clock.advance(500);
  await provider.settle("load", httpFailure(504, "refused"));
  assertEquals(monitor.status.state, "down");
  await end();
});

test("loads an unloaded model under load_timeout before a request", async () => {
  const { provider, clock, monitor, pool, stop, end } = setUp();
  await provider.comeUp();
  clock.advance(31_000);
  const asked = async () => {
    assertEquals(await pool.ready(stop.signal), true);
    return await pool.chat([], stop.signal);
  };
  const first = asked();
  await provider.settle("status", { loaded: false });
  await provider.settle("probe");
  assertEquals(monitor.status.state, "loading");
  clock.advance(60_000);
  await provider.settle("load");
  await provider.settle("status");
  await provider.settle("chat", REPLY);
  assertEquals(await first, REPLY);
  const calls = provider.calls.length;
  const second = asked();
  await provider.settle("chat", REPLY);
  await second;
  assertEquals(provider.calls.length, calls + 1);
  clock.advance(31_000);
  const third = asked();
  await provider.settle("status", { loaded: true });
  await provider.settle("chat", REPLY);
  assertEquals(await third, REPLY);
  await end();
});

test("a load ends after two failed checks of the server", async () => {
  const { provider, clock, monitor, end } = setUp();
  await provider.settle("probe");
  const pass = async () => {
    clock.advance(15_000);
    await new Promise((resolve) => setTimeout(resolve, 0));
  };
  await pass();
  assertEquals(provider.calls, ["probe", "load", "alive"]);
  const hanging = await provider.take("load");
  await provider.settle("alive");
  assertEquals(provider.calls.slice(3), ["load"]);
  await provider.take("load");
  for (const state of ["loading", "down"]) {
    await pass();
    await provider.settle("alive", TIMEOUT);
    assertEquals(monitor.status.state, state);
  }
  assertEquals(monitor.status.reason, "lost while the model was loading: 30 s");
  hanging.reject(TIMEOUT);
  await end();
});

test("loads an unloaded model at once, also after the breaker was open", async () => {
  const { provider, clock, monitor, pool, stop, end } = setUp();
  await provider.comeUp();
  for (let failure = 1; failure <= 3; failure++) {
    const chat = monitor.chat([], stop.signal);
    await Promise.all([
      assertRejects(() => chat).then((thrown) => assertStrictEquals(thrown, TIMEOUT)),
      provider.settle("chat", TIMEOUT),
    ]);
    if (monitor.status.state === "down") clock.advance(1000);
    await provider.comeUp();
  }
  await provider.settle("chat", REPLY);
  clock.advance(31_000);
  const ready = pool.ready(stop.signal);
  await provider.settle("status", { loaded: false });
  await provider.settle("probe");
  assertEquals(monitor.status.state, "loading");
  await provider.settle("load");
  await provider.settle("status");
  assertEquals(await ready, true);
  await end();
});

test("checks the server if a request for the model's status times out", async () => {
  const { provider, clock, monitor, pool, stop, end } = setUp();
  await provider.comeUp();
  clock.advance(31_000);
  const ready = pool.ready(stop.signal);
  await provider.settle("status", TIMEOUT);
  assertEquals(monitor.status.state, "checking");
  await provider.comeUp();
  assertEquals(await ready, true);
  await end();
});

test("a timeout of the status request after a load or a probe leaves the server up", async () => {
  const { provider, clock, monitor, end } = setUp();
  await provider.settle("probe");
  await provider.settle("load");
  await provider.settle("status", TIMEOUT);
  assertEquals(monitor.status.state, "up");
  for (let heartbeat = 1; heartbeat <= 3; heartbeat++) {
    clock.advance(60_000);
    await provider.settle("probe");
    await provider.settle("status", TIMEOUT);
    assertEquals(monitor.status.state, "up", `${heartbeat}`);
  }
  await end();
});
