import { assertEquals } from "@std/assert";
import { ModelPool } from "../../src/llm/model_pool.ts";
import { FakeClock } from "../fakes/clock.ts";
import { settingsOf } from "../fakes/room_scene.ts";
import { ScriptedProvider } from "../fakes/scripted_provider.ts";
import { test } from "../testing.ts";

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

test("settings that are read again do not have a load begin anew", async () => {
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

test("a model that is not wanted any more is not loaded on", async () => {
  const { pool, load } = await reloaded(new Other());
  assertEquals(load.signal.aborted, true);
  await pool.close();
});

test("a load that is waited for does not keep the program from ending", async () => {
  const { pool, load } = await reloaded(new ScriptedProvider());
  await pool.close();
  assertEquals(load.signal.aborted, true);
});
