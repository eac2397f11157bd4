import { assertEquals, assertMatch, assertNotMatch } from "@std/assert";
import { RoomScene } from "../fakes/room_scene.ts";
import { REPLY, TIMEOUT } from "../fakes/scripted_provider.ts";
import { test } from "../testing.ts";

const last = (messages: readonly { content: string }[]) => messages.at(-1)!.content;

test("asks anew with a second line that comes within three seconds", async () => {
  await using scene = await RoomScene.open({ llm: { llm_cooldown: 10 } });
  scene.say("alice", "rosey, which film?");
  const first = await scene.provider.take("chat");
  scene.clock.advance(3000);
  assertEquals(scene.say("alice", "the one with the ghost"), "reply");
  assertEquals(first.signal.aborted, true);
  assertMatch(
    last(await scene.answer()),
    /^alice: rosey, which film\?\nalice: the one with the ghost$/,
  );
  assertEquals(scene.take(), ["Yes."]);
  assertEquals(scene.chat.decisions.report.counts, { merged: 1, answered: 1 });
  scene.clock.advance(10_000);
  scene.say("alice", "rosey, which film?");
  scene.clock.advance(3001);
  assertEquals(scene.say("alice", "the one with the ghost"), "not called");
  assertEquals(scene.say("alice", "rosey, the one with the ghost"), "cooldown");
  await scene.answer();
});

test("asks anew with a second line that comes while the answer waits to be said", async () => {
  await using scene = await RoomScene.open({ llm: { llm_cooldown: 10 } });
  const settle: (() => void)[] = [];
  scene.onSay = (said) => settle.push(said);
  scene.say("alice", "rosey, which film?");
  await scene.answer({ ...REPLY, text: "Which one do you mean?" });
  assertEquals(scene.said, ["Which one do you mean?"]);
  assertEquals(scene.say("alice", "the one with the ghost"), "reply");
  assertEquals(scene.take(), []);
  assertMatch(
    last(await scene.answer({ ...REPLY, text: "It is Casper." })),
    /^alice: rosey, which film\?\nalice: the one with the ghost$/,
  );
  settle.at(-1)!();
  assertEquals(scene.take(), ["It is Casper."]);
  assertEquals(scene.chat.decisions.report.counts, { merged: 1, answered: 1 });
  // Now it is said.
  assertEquals(scene.say("alice", "rosey, the other one"), "cooldown");
});

test("a second line belongs to the question that waits, not to an older one whose answer waits", async () => {
  await using scene = await RoomScene.open({ llm: { llm_cooldown: 3 } });
  const settle: (() => void)[] = [];
  scene.onSay = (said) => settle.push(said);
  scene.say("alice", "rosey, who made it?");
  await scene.answer({ ...REPLY, text: "Murnau." });
  scene.clock.advance(4000);
  scene.say("alice", "rosey, which film?");
  await scene.answer({ ...REPLY, text: "Which one?" });
  scene.clock.advance(1000);
  assertEquals(scene.say("alice", "the one with the ghost"), "reply");
  assertEquals(scene.said, ["Murnau."]);
  await scene.answer();
  for (const said of settle) said();
});

test("a second line does not bring forgotten words back", async () => {
  await using scene = await RoomScene.open({ llm: { llm_cooldown: 10 } });
  scene.onSay = () => {};
  scene.say("alice", "rosey, is pineapple a secret?");
  await scene.answer();
  scene.say("alice", "!forget");
  assertEquals(scene.say("alice", "rosey, hello"), "cooldown");
});

test("an answer that waits at the end is said, whatever its asker adds", async () => {
  const scene = await RoomScene.open({ llm: { llm_cooldown: 10 } });
  const settle: (() => void)[] = [];
  scene.onSay = (said) => settle.push(said);
  scene.say("alice", "rosey, which film?");
  await scene.answer({ ...REPLY, text: "It is Casper." });
  await scene[Symbol.asyncDispose]();
  scene.say("alice", "rosey, thanks");
  assertEquals(scene.said, ["It is Casper."]);
  for (const said of settle) said();
});

test("an answer that was taken back is said if there is no other", async () => {
  await using scene = await RoomScene.open({ llm: { llm_cooldown: 10 } });
  const settle: (() => void)[] = [];
  scene.onSay = (said) => settle.push(said);
  const nothing = { ...REPLY, text: "" };
  for (const others of [[nothing, nothing], [TIMEOUT]]) {
    scene.say("alice", "rosey, which film?");
    await scene.answer({ ...REPLY, text: "It is Casper." });
    scene.say("alice", "thanks");
    for (const other of others) await scene.answer(other);
    for (const said of settle.splice(0)) said();
    assertEquals(scene.take(), ["It is Casper."]);
    scene.clock.advance(20_000);
  }
  assertEquals(scene.chat.decisions.report.counts, { merged: 2, answered: 2 });
});

test("never merges a private message with a line of the room", async () => {
  await using scene = await RoomScene.open();
  scene.tell("alice", "my password is hunter2");
  const asked = await scene.provider.take("chat");
  scene.clock.advance(12_000);
  assertEquals(scene.say("alice", "rosey, what is on?"), "reply");
  scene.clock.advance(1000);
  assertEquals(scene.say("alice", "tonight, I mean"), "reply");
  assertEquals(asked.signal.aborted, false);
  asked.resolve(REPLY);
  const messages = await scene.answer();
  assertNotMatch(JSON.stringify(messages), /hunter2/);
  assertMatch(last(messages), /alice: rosey, what is on\?\nalice: tonight, I mean$/);
  assertEquals(scene.take(), ["alice< Yes.", "Yes."]);
});
