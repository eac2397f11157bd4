import { assert, assertEquals, assertMatch, assertNotMatch } from "@std/assert";
import { RoomScene, settingsOf } from "../fakes/room_scene.ts";
import { REFUSED } from "../fakes/scripted_provider.ts";
import { test } from "../testing.ts";

/** Alice was here, is away while others talk, and comes back. */
async function comeBack(talk: (scene: RoomScene) => void): Promise<RoomScene> {
  const scene = await RoomScene.open();
  scene.join("alice");
  scene.say("bob", "before she left");
  scene.leave("alice");
  talk(scene);
  scene.join("alice");
  scene.say("bob", "after she came back");
  return scene;
}

test("summarizes in private what was said while the user was away, and sends the model nothing else", async () => {
  await using scene = await comeBack((scene) => {
    scene.say("bob", "the film ends badly");
    scene.chat.controls.optOut("carol");
    scene.say("carol", "do not quote me");
    scene.tell("dave", "a private word");
  });
  await scene.answer();
  assertEquals(scene.take(), ["dave< Yes."]);
  assertEquals(scene.say("alice", "!missed"), "command");
  const prompt = await scene.answer({ text: "Bob spoiled the film.", complete: true });
  assertEquals(prompt.length, 2);
  assertMatch(prompt[1]!.content, /^bob: the film ends badly\nalice was away/);
  assertNotMatch(prompt[1]!.content, /before she left|after she came|quote me|private word/);
  assertMatch(prompt[1]!.content, /alice was away\. Tell them/);
  assertEquals(scene.said, ["alice< Bob spoiled the film."]);
});

test("needs an account that was seen to leave, and something to tell", async () => {
  await using scene = await comeBack(() => {});
  scene.say("alice", "!missed");
  assertEquals(scene.take(), ["alice< Nothing was said while you were away."]);
  scene.join("newcomer");
  scene.say("newcomer", "!missed");
  assertEquals(scene.take(), [
    "newcomer< I have not seen you leave, so I do not know what you missed.",
  ]);
  scene.join("guest", 0);
  scene.leave("guest");
  scene.say("bob", "secret");
  scene.join("guest", 0);
  scene.say("guest", "!missed");
  assertEquals(scene.take(), [
    "guest< Only for registered users: anybody can take a guest's name.",
  ]);
  assertEquals(scene.provider.calls, []);
});

test("starts the cooldown", async () => {
  await using scene = await comeBack((scene) => scene.say("bob", "well"));
  scene.chat.updateSettings(settingsOf({ llm: { llm_cooldown: 60 } }).llm);
  scene.say("alice", "!missed");
  await scene.answer();
  assertEquals(scene.say("alice", "rosey?"), "cooldown");
  scene.clock.advance(5000);
  scene.say("alice", "!missed");
  assertEquals(scene.said, [
    "alice< Yes.",
    "alice< I have just been asked; try again in a moment.",
  ]);
});

test("does not count a page reload as a return", async () => {
  await using scene = await comeBack((scene) => scene.say("bob", "the film ends badly"));
  scene.leave("alice");
  scene.join("alice");
  scene.say("alice", "!missed");
  assertMatch((await scene.answer())[1]!.content, /the film ends badly/);
});

test("does not tell lines that were cleared", async () => {
  await using scene = await comeBack((scene) => {
    scene.say("bob", "something rude");
    scene.chat.controls.reset();
  });
  scene.say("alice", "!missed");
  assertEquals(scene.said, ["alice< Nothing was said while you were away."]);
});

test("sends the newest lines that fit", async () => {
  await using scene = await comeBack((scene) => {
    for (let n = 0; n < 5000; n++) scene.say("bob", `line ${n} ${"x".repeat(80)}`);
  });
  scene.say("alice", "!missed");
  const { content } = (await scene.answer())[1]!;
  assert(content.length < 24_000 && content.length > 20_000, `${content.length}`);
  assertMatch(content, /bob: line 4999 /);
});

test("says in private that the model failed", async () => {
  await using scene = await comeBack((scene) => scene.say("bob", "well"));
  scene.say("alice", "!missed");
  for (let tries = 0; tries < 3; tries++) {
    await scene.provider.settle("chat", REFUSED);
    scene.clock.advance(5000);
    if (tries < 2) await scene.provider.settle("alive", REFUSED);
  }
  await scene.provider.flush();
  assertEquals(scene.said, [
    "alice< I could not sum it up: the model did not answer. Try again later.",
  ]);
});
