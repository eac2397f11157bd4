import { assertEquals } from "@std/assert";
import { RoomScene } from "../fakes/room_scene.ts";
import { test } from "../testing.ts";

async function open(llm: Record<string, unknown> = {}): Promise<RoomScene> {
  const scene = await RoomScene.open({ llm });
  scene.join("mod", 2);
  for (const name of ["alice", "bob", "carol", "dave", "erin"]) scene.join(name, 1);
  return scene;
}

test("runs privacy commands despite the rate limit", async () => {
  await using scene = await open();
  scene.say("alice", "!optout");
  scene.say("bob", "!optout");
  scene.say("carol", "!np");
  scene.say("carol", "!optout");
  assertEquals(scene.take().length, 2);
  for (const name of ["alice", "bob", "carol"]) {
    assertEquals(scene.say(name, "rosey, hello?"), "opted out", name);
  }
});

test("!pause withdraws waiting lines and blocks summaries", async () => {
  await using scene = await open();
  scene.say("mod", "!pause");
  assertEquals(scene.withdrawn, ["a moderator paused the bot"]);
  scene.leave("alice");
  scene.clock.advance(11_000);
  scene.say("bob", "the film ends badly");
  scene.join("alice", 1);
  scene.take();
  scene.say("alice", "!missed");
  assertEquals(scene.take(), ["alice< I am silent until a moderator lets me speak."]);
});

test("does not say the current reply after a reset", async () => {
  await using scene = await open();
  scene.say("alice", "rosey, something awful?");
  await scene.provider.take("chat");
  scene.chat.controls.reset();
  await scene.provider.flush();
  assertEquals([scene.take(), scene.withdrawn], [[], ["the chat was reset"]]);
});

test("limits the mentions in a title", async () => {
  await using scene = await open();
  scene.room.update({
    type: "changeMedia",
    media: {
      id: "x",
      type: "yt",
      title: "alice bob carol dave erin mod",
      seconds: 60,
      currentTime: 0,
      paused: false,
    },
  });
  scene.say("alice", "!np");
  const [line] = scene.take();
  const named = ["alice", "bob", "carol", "dave", "erin", "mod"].filter((name) =>
    new RegExp(`\\b${name}\\b`).test(line!)
  );
  assertEquals(named.length, 3, line!);
});

test("accepts a name with @ in front", async () => {
  await using scene = await open();
  scene.say("mod", "!ignore @bob");
  assertEquals(scene.take(), ["I ignore bob from now on."]);
  assertEquals(scene.say("bob", "rosey, hello?"), "ignored");
});

test("says the fallback response at most once in ten seconds when the queue is full", async () => {
  await using scene = await open({ fallback_response: "Not now.", llm_cooldown: 0 });
  scene.say("alice", "rosey?");
  await scene.provider.take("chat");
  const turnedAway: string[] = [];
  for (let n = 0; turnedAway.length < 5; n++) {
    if (scene.say(`fan${n}`, "rosey?") === "queue full") turnedAway.push(`fan${n}`);
  }
  assertEquals(scene.take(), ["Not now."]);
  scene.clock.advance(10_000);
  scene.say("onemore", "rosey?");
  assertEquals(scene.take(), ["Not now."]);
});

test("rejects commands of users on llm.ignore_users whatever their rank", async () => {
  await using scene = await open({ ignore_users: ["FilmBot"] });
  scene.join("FilmBot", 3);
  assertEquals(scene.say("FilmBot", "!pause"), "command");
  assertEquals(scene.chat.controls.paused, false);
  scene.say("mod", "!ignore mod");
  scene.say("mod", "!pause");
  assertEquals(scene.chat.controls.paused, true);
});
