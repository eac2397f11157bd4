import assert from "node:assert/strict";
import { ProviderError } from "../../src/llm/provider.ts";
import { REFUSED, REPLY, setUp, TIMEOUT } from "../fakes/scripted_provider.ts";
import { test } from "../testing.ts";

test("the link is checking, loading, then up", async () => {
  const { provider, link, end } = setUp();
  assert.equal(link.state, "checking");
  await provider.settle("probe");
  assert.equal(link.state, "loading");
  await provider.settle("load");
  await provider.settle("status");
  assert.equal(link.state, "up");
  await end();
  assert.equal(link.state, "down");
});

test("while the server is away, pauses double from 1 s to 30 s", async () => {
  const { provider, clock, link, end } = setUp();
  for (const seconds of [1, 2, 4, 8, 16, 30, 30]) {
    await provider.settle("probe", REFUSED);
    assert.deepEqual([link.state, link.reason], ["down", "connection refused"]);
    const probes = provider.calls.length;
    clock.advance(seconds * 1000 - 100);
    assert.equal(provider.calls.length, probes);
    clock.advance(100);
  }
  await provider.comeUp();
  assert.equal(link.state, "up");
  await end();
});

test("a failure of the server makes the link ask again at once, one of the request does not", async () => {
  const { provider, link, stop, end } = setUp();
  await provider.comeUp();
  for (
    const [error, state] of [
      [new ProviderError("http", "HTTP 500", { status: 500 }), "up"],
      [new ProviderError("model_missing", "HTTP 404", { status: 404 }), "up"],
      [new ProviderError("aborted", "not needed"), "up"],
      [new ProviderError("empty", "nothing"), "up"],
      [new ProviderError("timeout", "30 s"), "checking"],
    ] as const
  ) {
    const chat = link.chat([], stop.signal);
    await Promise.all([assert.rejects(chat, error), provider.settle("chat", error)]);
    assert.equal(link.state, state, error.kind);
  }
  await provider.comeUp();
  assert.equal(link.state, "degraded");
  const chat = link.chat([], stop.signal);
  await provider.settle("chat", REPLY);
  assert.deepEqual(await chat, REPLY);
  assert.equal(link.state, "up");
  await end();
});

test("whoever waits for the link hears of the end of a load, or of a failure", async () => {
  const { provider, link, stop, end } = setUp();
  const first = link.ready(stop.signal);
  await provider.comeUp();
  assert.equal(await first, true);
  const chat = link.chat([], stop.signal);
  await Promise.all([assert.rejects(chat), provider.settle("chat", TIMEOUT)]);
  const second = link.ready(stop.signal);
  await provider.settle("probe", REFUSED);
  assert.equal(await second, false);
  await end();
});

test("a model that cannot be loaded is asked all the same, unless the server is gone", async () => {
  const { provider, clock, link, end } = setUp();
  await provider.settle("probe");
  await provider.settle("load", REFUSED);
  assert.equal(link.state, "down");
  clock.advance(1000);
  await provider.settle("probe");
  await provider.settle("load", new ProviderError("timeout", "300 s"));
  assert.equal(link.state, "up");
  await end();
});

test("a request that may succeed in a moment is tried twice more, after the pause the server wants", async () => {
  const { provider, clock, link, stop, end } = setUp();
  await provider.comeUp();
  const chat = link.chat([], stop.signal);
  await provider.settle("chat", new ProviderError("reset", "closed"));
  clock.advance(300);
  await provider.settle("chat", new ProviderError("busy", "503", { retryAfterMs: 5000 }));
  const asked = provider.calls.length;
  clock.advance(4999);
  assert.equal(provider.calls.length, asked);
  clock.advance(1);
  await provider.settle("chat", REPLY);
  assert.deepEqual(await chat, REPLY);
  assert.equal(link.state, "up");

  const hopeless = link.chat([], stop.signal);
  const rejected = assert.rejects(hopeless, /closed/);
  for (const pause of [300, 600, 0]) {
    await provider.settle("chat", new ProviderError("reset", "closed"));
    clock.advance(pause);
  }
  await rejected;
  await provider.comeUp();
  await end();
});

test("a server that wants more time than the request has is not asked again", async () => {
  const { provider, clock, link, stop, end } = setUp();
  await provider.comeUp();
  const chat = link.chat([], stop.signal);
  const busy = new ProviderError("busy", "429", { retryAfterMs: 30_000 });
  await Promise.all([assert.rejects(chat, busy), provider.settle("chat", busy)]);
  clock.advance(29_999);
  assert.deepEqual(provider.calls, ["probe", "load", "status", "chat"]);
  await end();
});

test("after three failures in a row the server is left alone, longer each time, until it answers", async () => {
  const { provider, clock, link, stop, end } = setUp();
  await provider.comeUp();
  for (const [strike, pause] of [[1, 0], [2, 0], [3, 1000], [4, 2000], [5, 4000]] as const) {
    const chat = link.chat([], stop.signal);
    await Promise.all([assert.rejects(chat, TIMEOUT), provider.settle("chat", TIMEOUT)]);
    if (pause > 0) {
      assert.deepEqual([link.state, link.reason], ["down", "30 s"], `strike ${strike}`);
      clock.advance(pause);
    }
    await provider.comeUp();
    assert.equal(link.state, "degraded");
  }
  const chat = link.chat([], stop.signal);
  await provider.settle("chat", REPLY);
  await chat;
  assert.equal(link.state, "up");
  await end();
});

test("a model that rested is loaded before it is asked, under the load's own limit", async () => {
  const { provider, clock, link, stop, end } = setUp();
  await provider.comeUp();
  clock.advance(31_000);
  const first = link.chat([], stop.signal);
  await provider.settle("status", { loaded: false });
  await provider.settle("probe");
  assert.equal(link.state, "loading");
  clock.advance(60_000);
  await provider.settle("load");
  await provider.settle("status");
  await provider.settle("chat", REPLY);
  assert.deepEqual(await first, REPLY);
  const calls = provider.calls.length;
  const second = link.chat([], stop.signal);
  await provider.settle("chat", REPLY);
  await second;
  assert.equal(provider.calls.length, calls + 1);
  clock.advance(31_000);
  const third = link.chat([], stop.signal);
  await provider.settle("status", { loaded: true });
  await provider.settle("chat", REPLY);
  assert.deepEqual(await third, REPLY);
  await end();
});

test("a load is asked for again beside the first while the server is there, and ends when it is gone", async () => {
  const { provider, clock, link, end } = setUp();
  await provider.settle("probe");
  const pass = async () => {
    clock.advance(15_000);
    await new Promise((resolve) => setTimeout(resolve, 0));
  };
  await pass();
  assert.deepEqual(provider.calls, ["probe", "load", "probe"]);
  const hanging = await provider.take("load");
  await provider.settle("probe");
  assert.deepEqual(provider.calls.slice(3), ["load"]);
  await provider.take("load");
  for (const state of ["loading", "down"]) {
    await pass();
    await provider.settle("probe", TIMEOUT);
    assert.equal(link.state, state);
  }
  assert.equal(link.reason, "lost while the model was loading: 30 s");
  hanging.reject(TIMEOUT);
  await end();
});

test("a model that was unloaded is loaded at once, also after failures", async () => {
  const { provider, clock, link, stop, end } = setUp();
  await provider.comeUp();
  for (let strike = 1; strike <= 3; strike++) {
    const chat = link.chat([], stop.signal);
    await Promise.all([assert.rejects(chat, TIMEOUT), provider.settle("chat", TIMEOUT)]);
    if (link.state === "down") clock.advance(1000);
    await provider.comeUp();
  }
  clock.advance(31_000);
  const chat = link.chat([], stop.signal);
  await provider.settle("status", { loaded: false });
  await provider.settle("probe");
  assert.equal(link.state, "loading");
  await provider.settle("load");
  await provider.settle("status");
  await provider.settle("chat", REPLY);
  assert.deepEqual(await chat, REPLY);
  await end();
});
