import { assertEquals, assertMatch } from "@std/assert";
import { RoomScene, type SceneOptions } from "../fakes/room_scene.ts";
import { test } from "../testing.ts";

const open = (speak_on: Record<string, unknown>, options: SceneOptions = {}) =>
  RoomScene.open({ ...options, llm: { speak_on } });

test("never speaks unasked by default", async () => {
  await using scene = await open({});
  scene.join("alice");
  scene.chat.mediaChanged();
  for (let n = 0; n < 200; n++) scene.say("alice", "popcorn");
  assertEquals(scene.provider.calls, []);
});

test("speaks at a keyword, and again only after the cooldown", async () => {
  await using scene = await open({ keyword: { words: ["pop corn"], cooldown: 60 } });
  assertEquals(scene.say("alice", "I love POP  CORN"), "not called");
  const [, question] = await scene.answer();
  assertMatch(question!.content, /^Nobody called you this time: .*\nalice: I love POP {2}CORN$/);
  scene.clock.advance(59_999);
  scene.say("alice", "pop corn!");
  scene.clock.advance(1);
  scene.say("bob", "popcorn is one word");
  scene.say("bob", "pop corn are two");
  await scene.answer();
  assertEquals(scene.said, ["Yes.", "Yes."]);
});

test("each entry of a list of keywords has its own words, chance and cooldown", async () => {
  const keyword = [
    { words: ["popcorn"], cooldown: 60 },
    { words: ["nosferatu", "murnau"], cooldown: 0, chance: 0.5 },
  ];
  const chances = [0, 0.9, 0.4];
  await using scene = await open({ keyword }, { random: () => chances.shift()! });
  const said = async (text: string) => {
    scene.say("alice", text);
    if (scene.chat.waiting > 0) await scene.answer();
    return scene.take().length > 0;
  };
  assertEquals(await said("popcorn"), true);
  assertEquals(await said("popcorn again"), false);
  assertEquals(await said("I like Murnau"), false);
  assertEquals(await said("popcorn and Nosferatu"), true);
  assertEquals(await said("nothing of it"), false);
});

test("speaks after the configured number of lines of others", async () => {
  await using scene = await open({ messages: { every: 3, cooldown: 0 } });
  for (let n = 0; n < 5; n++) scene.say("alice", `line ${n}`);
  scene.echo("Mine do not count.");
  assertMatch((await scene.answer()).at(-1)!.content, /alice: line 2$/);
  scene.say("bob", "line 5");
  assertMatch((await scene.answer()).at(-1)!.content, /bob: line 5$/);
  assertEquals(scene.said, ["Yes.", "Yes."]);
});

test("greets a user who joins, once an hour, and speaks about new media", async () => {
  await using scene = await open({ join: { cooldown: 0 }, media: { cooldown: 30 } });
  scene.join("alice");
  assertMatch((await scene.answer()).at(-1)!.content, /^alice has just joined the room/);
  scene.leave("alice");
  scene.clock.advance(3_599_999);
  await scene.provider.flush();
  scene.join("alice");
  scene.join("bob");
  assertMatch((await scene.answer()).at(-1)!.content, /^bob has just joined/);
  scene.chat.mediaChanged();
  assertMatch((await scene.answer()).at(-1)!.content, /begun to play/);
  scene.chat.mediaChanged();
  assertEquals(scene.said.length, 3);
});

test("speaks with the configured chance; a missed chance starts no cooldown", async () => {
  const chances = [0.5, 0.49, 0];
  const random = () => chances.shift()!;
  await using scene = await open({ keyword: { words: ["x"], chance: 0.5 } }, { random });
  scene.say("alice", "x");
  scene.say("alice", "x x");
  assertMatch((await scene.answer()).at(-1)!.content, /alice: x x$/);
  assertEquals(chances, [0]);
});

test("never speaks unasked to users who opted out or are ignored, nor while paused, muted or busy", async () => {
  await using scene = await open({ keyword: { words: ["x"], cooldown: 0 } });
  scene.chat.controls.optOut("alice");
  scene.say("alice", "x");
  scene.chat.controls.ignore("bob");
  scene.say("bob", "x");
  scene.muted = true;
  scene.say("carol", "x");
  scene.muted = false;
  scene.chat.controls.pause();
  scene.say("carol", "x");
  scene.chat.controls.resume();
  scene.say("carol", "rosey?");
  const busy = await scene.provider.take("chat");
  scene.say("dave", "x");
  busy.resolve({ text: "Yes.", complete: true });
  await scene.provider.flush();
  assertEquals(scene.provider.calls, ["chat"]);
});
