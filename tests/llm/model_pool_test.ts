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

test("a question that waits for the first server's load is answered by a second that comes up", async () => {
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

test("while the first server loads its model anew, a second that has its own loaded answers", async () => {
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

test("of two servers that have unloaded their models the first one loads, and no other", async () => {
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

test("a first server that answers nothing costs three questions, and is wanted again when it answers", async () => {
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

test("a second server that loads does not keep the first from loading", async () => {
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

test("where the first server fails and the second has unloaded its model, that is loaded and answers", async () => {
  const { clock, first, second, pool, signal, end } = setUp();
  await first.comeUp();
  await second.comeUp();
  clock.advance(31_000);
  const ready = pool.ready(signal);
  await first.settle("status", { loaded: true });
  assertEquals(await ready, true);
  const answer = pool.chat([], signal);
  await first.settle("chat", TIMEOUT);
  for (let look = 1; look <= 2; look++) await second.settle("status", { loaded: false });
  await second.comeUp();
  await second.settle("chat", REPLY);
  assertEquals(await answer, REPLY);
  await first.take("probe");
  await end();
});

test("a third server that has its model loaded is asked before a second that has not", async () => {
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

test("questions wait no longer once all servers are down", async () => {
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

/** Two generations of settings; the second one begins while the first one's model loads. */
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

test("a reload of the settings does not restart a load", async () => {
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

test("a reload to another model aborts the load", async () => {
  const { pool, load } = await reloaded(new Other());
  assertEquals(load.signal.aborted, true);
  await pool.close();
});

test("closing the pool aborts a load that the new settings wait for", async () => {
  const { pool, load } = await reloaded(new ScriptedProvider());
  await pool.close();
  assertEquals(load.signal.aborted, true);
});
