import { assertEquals } from "@std/assert";
import { RoomScene, settingsOf } from "../fakes/room_scene.ts";
import { REPLY } from "../fakes/scripted_provider.ts";
import { test } from "../testing.ts";

test("applies the settings' links and the room's names to the next reply", async () => {
  const fallback_response = "Not now: https://status.example.com";
  await using scene = await RoomScene.open({ llm: { fallback_response } });
  for (const name of ["Alice", "Bob", "Carol", "Dave"]) scene.join(name);
  const asked = async (text: string) => {
    scene.clock.advance(10_000);
    scene.say("alice", "rosey?");
    await scene.answer({ ...REPLY, text });
    return scene.take();
  };
  const adopt = (llm: Record<string, unknown>) =>
    scene.chat.updateSettings(settingsOf({ llm: { llm_cooldown: 0, ...llm } }).llm);

  assertEquals(await asked("See https://example.com/x."), ["See [link]."]);
  adopt({ allow_links: true });
  assertEquals(await asked("Look: https://example.com/x."), ["Look: https://example.com/x."]);
  adopt({ fallback_response });
  assertEquals(await asked("Read https://example.com/y."), ["Read [link]."]);
  assertEquals(await asked("alice bob carol dave erin"), ["alice bob carol d·ave erin"]);
  scene.leave("Dave");
  assertEquals(await asked("bob alice carol dave erin"), ["bob alice carol dave erin"]);
  assertEquals(await asked("/"), []);
  // It is asked once more.
  await scene.answer({ ...REPLY, text: "//" });
  assertEquals(scene.take(), ["Not now: https://status.example.com"]);
});
