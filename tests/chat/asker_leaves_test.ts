import { assertEquals } from "@std/assert";
import { RoomScene } from "../fakes/room_scene.ts";
import { REPLY } from "../fakes/scripted_provider.ts";
import { test } from "../testing.ts";

test("cancels the current question 10 s after its asker left", async () => {
  await using scene = await RoomScene.open();
  const { provider, clock } = scene;
  for (const name of ["alice", "bob"]) scene.join(name);
  scene.say("alice", "rosey?");
  const asked = await provider.take("chat");
  scene.say("bob", "rosey?");
  scene.leave("Alice");
  clock.advance(9999);
  assertEquals(asked.signal.aborted, false);
  clock.advance(1);
  assertEquals(asked.signal.aborted, true);
  await scene.answer();
  assertEquals(scene.said, ["Yes."]);
  assertEquals(scene.chat.decisions.report.counts["asker left"], 1);
});

test("drops a waiting question after its asker left", async () => {
  await using scene = await RoomScene.open();
  const { provider, clock } = scene;
  for (const name of ["alice", "bob", "carol"]) scene.join(name);
  for (const name of ["alice", "bob", "carol"]) scene.say(name, "rosey?");
  const first = await provider.take("chat");
  scene.leave("bob");
  clock.advance(10_000);
  first.resolve(REPLY);
  await scene.answer();
  assertEquals(scene.said, ["alice: Yes.", "Yes."]);
  assertEquals(provider.calls.filter((call) => call === "chat").length, 2);
});

test("answers an asker who leaves and is back within 10 s", async () => {
  await using scene = await RoomScene.open();
  const { provider, clock } = scene;
  scene.join("alice");
  scene.say("alice", "rosey?");
  const asked = await provider.take("chat");
  scene.leave("alice");
  clock.advance(2000);
  scene.join("alice");
  clock.advance(8000);
  assertEquals(asked.signal.aborted, false);
  asked.resolve(REPLY);
  await provider.flush();
  assertEquals(scene.said, ["Yes."]);
});
