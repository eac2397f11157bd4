import { assertEquals } from "@std/assert";
import { Models } from "../../src/llm/models.ts";
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
  const models = new Models({ clock: new FakeClock(), setup: () => [made.shift()!] });
  models.use(settingsOf({ llm: { enabled: true } }).llm);
  await first.settle("probe");
  const load = await first.take("load");
  models.use(settingsOf({ llm: { enabled: true, response_timeout: 60 } }).llm);
  await first.flush();
  return { models, load };
}

test("settings that are read again do not have a load begin anew", async () => {
  const second = new ScriptedProvider();
  const { models, load } = await reloaded(second);
  assertEquals(load.signal.aborted, false);
  await second.settle("probe");
  await second.settle("load");
  assertEquals(load.signal.aborted, false);
  await second.settle("status");
  assertEquals([models.state, load.signal.aborted], ["up", true]);
  await models.close();
});

test("a model that is not wanted any more is not loaded on", async () => {
  const { models, load } = await reloaded(new Other());
  assertEquals(load.signal.aborted, true);
  await models.close();
});

test("a load that is waited for does not keep the program from ending", async () => {
  const { models, load } = await reloaded(new ScriptedProvider());
  await models.close();
  assertEquals(load.signal.aborted, true);
});
