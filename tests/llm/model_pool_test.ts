import { assertEquals } from "@std/assert";
import { ModelPool } from "../../src/llm/model_pool.ts";
import { FakeClock } from "../fakes/clock.ts";
import {
  httpFailure,
  poolOf,
  REFUSED,
  REPLY,
  ScriptedProvider,
  TIMEOUT,
} from "../fakes/scripted_provider.ts";
import { settingsOf } from "../fakes/room_scene.ts";
import { test } from "../testing.ts";

/** Two servers in a pool, on a clock that the test advances. */
function setUp() {
  const clock = new FakeClock();
  const [first, second] = [new ScriptedProvider(), new ScriptedProvider()];
  const pool = poolOf([first, second], { clock, random: () => 1 - 1e-9 });
  const { signal } = new AbortController();
  const end = async () => {
    await pool.close();
    assertEquals(clock.pending, 0);
  };
  return { clock, first, second, pool, signal, end };
}

test("fails over to a second server that becomes available during the first one's load", async () => {
  const { clock, first, second, pool, signal, end } = setUp();
  await first.settle("probe");
  await second.settle("probe", REFUSED);
  const ready = pool.ready(signal);
  clock.advance(1000);
  await second.comeUp();
  assertEquals(await ready, true);
  const answer = pool.chat([], signal);
  await second.settle("chat", REPLY);
  assertEquals(await answer, REPLY);
  assertEquals(first.calls, ["probe", "load"]);
  await end();
});

test("fails over to a second server with a loaded model while the first one reloads", async () => {
  const { clock, first, second, pool, signal, end } = setUp();
  await first.comeUp();
  await second.comeUp();
  clock.advance(31_000);
  const ready = pool.ready(signal);
  await first.settle("status", { loaded: false });
  await first.settle("probe");
  await second.settle("status", { loaded: true });
  assertEquals(await ready, true);
  const answer = pool.chat([], signal);
  await second.settle("chat", REPLY);
  await answer;
  await first.settle("load");
  await first.settle("status");
  const next = pool.chat([], signal);
  await first.settle("chat", REPLY);
  await next;
  await end();
});

test("if both servers unloaded their models, only the first one loads", async () => {
  const { clock, first, second, pool, signal, end } = setUp();
  await first.comeUp();
  await second.comeUp();
  clock.advance(31_000);
  second.automatic = { status: { loaded: false } };
  const ready = pool.ready(signal);
  await first.settle("status", { loaded: false });
  await first.comeUp();
  assertEquals(await ready, true);
  assertEquals(second.calls, ["probe", "load", "status"]);
  await end();
});

test("three timeouts open the first server's breaker; it is preferred again after a successful probe", async () => {
  const { clock, first, second, pool, signal, end } = setUp();
  await first.comeUp();
  await second.comeUp();
  for (let question = 1; question <= 3; question++) {
    const answer = pool.chat([], signal);
    await first.settle("chat", TIMEOUT);
    await second.settle("chat", REPLY);
    await answer;
    if (question < 3) await first.comeUp();
  }
  const asked = first.calls.length;
  for (let question = 1; question <= 3; question++) {
    const answer = pool.chat([], signal);
    await second.settle("chat", REPLY);
    await answer;
  }
  assertEquals(first.calls.length, asked);
  clock.advance(1000);
  await first.comeUp();
  await first.settle("chat", REPLY);
  const answer = pool.chat([], signal);
  await first.settle("chat", REPLY);
  await answer;
  await end();
});

test("a load on the second server does not prevent a load on the first", async () => {
  const { clock, first, second, pool, signal, end } = setUp();
  await first.comeUp();
  await second.settle("probe");
  clock.advance(31_000);
  const ready = pool.ready(signal);
  await first.settle("status", { loaded: false });
  await first.comeUp();
  assertEquals(await ready, true);
  await end();
});

test("loads the model of the second server if the first one fails", async () => {
  const { clock, first, second, pool, signal, end } = setUp();
  await first.comeUp();
  await second.comeUp();
  clock.advance(31_000);
  const ready = pool.ready(signal);
  await first.settle("status", { loaded: true });
  assertEquals(await ready, true);
  const answer = pool.chat([], signal);
  await first.settle("chat", TIMEOUT);
  for (let check = 1; check <= 2; check++) await second.settle("status", { loaded: false });
  await second.comeUp();
  await second.settle("chat", REPLY);
  assertEquals(await answer, REPLY);
  await first.take("probe");
  await end();
});

test("prefers a third server with a loaded model to a second without", async () => {
  const clock = new FakeClock();
  const providers = [1, 2, 3].map(() => new ScriptedProvider());
  const pool = poolOf(providers, { clock });
  for (const provider of providers) await provider.comeUp();
  clock.advance(31_000);
  const answer = pool.chat([], new AbortController().signal);
  const [first, second, third] = providers as [
    ScriptedProvider,
    ScriptedProvider,
    ScriptedProvider,
  ];
  await first.settle("status", { loaded: true });
  await first.settle("chat", httpFailure(500, "refused"));
  await second.settle("status", { loaded: false });
  await third.settle("status", { loaded: true });
  await third.settle("chat", REPLY);
  assertEquals(await answer, REPLY);
  await pool.close();
});

test("ready() resolves to false when all servers are down", async () => {
  const { first, second, pool, signal, end } = setUp();
  const ready = pool.ready(signal);
  await first.settle("probe", REFUSED);
  await second.settle("probe", REFUSED);
  assertEquals(await ready, false);
  await end();
});

class Other extends ScriptedProvider {
  override readonly model = "other" as "m";
}

/** Applies new settings while the first settings' model loads. */
async function reloaded(second: ScriptedProvider) {
  const first = new ScriptedProvider();
  const made = [first, second];
  const pool = new ModelPool({ clock: new FakeClock(), setup: () => [made.shift()!] });
  pool.use(settingsOf({ llm: { enabled: true } }).llm);
  await first.settle("probe");
  const load = await first.take("load");
  pool.use(settingsOf({ llm: { enabled: true, response_timeout: 60 } }).llm);
  await first.flush();
  return { pool, load };
}

test("new settings for the same model do not abort its load", async () => {
  const second = new ScriptedProvider();
  const { pool, load } = await reloaded(second);
  assertEquals(load.signal.aborted, false);
  await second.settle("probe");
  await second.settle("load");
  assertEquals(load.signal.aborted, false);
  await second.settle("status");
  assertEquals([pool.state, load.signal.aborted], ["up", true]);
  await pool.close();
});

test("new settings with another model abort the load", async () => {
  const { pool, load } = await reloaded(new Other());
  assertEquals(load.signal.aborted, true);
  await pool.close();
});

test("close() aborts a load that was kept for new settings", async () => {
  const { pool, load } = await reloaded(new ScriptedProvider());
  await pool.close();
  assertEquals(load.signal.aborted, true);
});

test("offers the models of the main servers, also while a fallback answers", async () => {
  const { first, second, pool, end } = setUp();
  Object.assign(second, { isFallback: true });
  await first.settle("probe", { models: ["of-main"] });
  await first.settle("load", REFUSED);
  await second.settle("probe", { models: ["of-fallback"] });
  await second.settle("load");
  await second.settle("status");
  assertEquals([pool.state, pool.offered], ["up", ["of-main"]]);
  await end();
});
