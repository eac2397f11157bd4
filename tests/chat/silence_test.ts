import { assertEquals } from "@std/assert";
import { RoomScene } from "../fakes/room_scene.ts";
import { REPLY } from "../fakes/scripted_provider.ts";
import { test } from "../testing.ts";

/** What ends a question, and its outcome. */
const ENDS: Readonly<Record<string, readonly [(scene: RoomScene) => void, string]>> = {
  "!pause": [(scene) => scene.say("mod", "!pause"), "paused"],
  "!reset": [(scene) => scene.say("mod", "!reset"), "forgotten"],
  "!ignore": [(scene) => scene.say("mod", "!ignore alice"), "ignored"],
  "!optout": [(scene) => scene.say("alice", "!optout"), "forgotten"],
  "!forget": [(scene) => scene.say("alice", "!forget"), "forgotten"],
  "a cleared chat": [(scene) => scene.chat.controls.reset(), "forgotten"],
};

for (const [name, [end, outcome]] of Object.entries(ENDS)) {
  test(`does not say a reply that came right before ${name}`, async () => {
    await using scene = await RoomScene.open();
    scene.join("alice");
    scene.join("mod", 2);
    scene.tell("alice", "a private question");
    const { resolve } = await scene.provider.take("chat");
    resolve(REPLY);
    end(scene);
    const answered = scene.take();
    await scene.provider.flush();
    assertEquals(scene.take(), []);
    const { counts } = scene.chat.decisions.report;
    assertEquals(counts, { ...(answered.length > 0 ? { command: 1 } : {}), [outcome]: 1 });
  });
}

test("does not say a reply that came right before a stop", async () => {
  const scene = await RoomScene.open();
  scene.say("alice", "rosey?");
  const { resolve } = await scene.provider.take("chat");
  resolve(REPLY);
  await scene[Symbol.asyncDispose]();
  assertEquals(scene.said, []);
});

for (const [user, command] of [["alice", "!forget"], ["alice", "!optout"], ["mod", "!reset"]]) {
  test(`remembers nothing of an answer that is said or written during ${command}`, async () => {
    await using scene = await RoomScene.open({ llm: { loop_turns: 0 } });
    scene.join("mod", 2);
    const settles: (() => void)[] = [];
    scene.onSay = (settle) => settles.push(settle);
    scene.say("alice", "rosey, pineapple?");
    await scene.answer({ text: "Pineapple!", complete: true });
    scene.clock.advance(3001);
    scene.say("alice", "rosey, and pineapples?");
    await scene.provider.take("chat");
    scene.say(user!, command!);
    for (const settle of settles) settle();
    scene.say("alice", "!optin");
    assertEquals(scene.say("alice", "rosey, so?"), "reply");
    assertEquals(/pineapple/i.test(JSON.stringify(await scene.answer())), false);
  });
}
