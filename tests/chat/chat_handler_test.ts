import { assertEquals, assertMatch, assertNotMatch } from "@std/assert";
import { RoomScene } from "../fakes/room_scene.ts";
import { REFUSED, REPLY } from "../fakes/scripted_provider.ts";
import { test } from "../testing.ts";

const last = (messages: readonly { content: string }[]) => messages.at(-1)!.content;

test("sends the model the room's lines, the media, and the question once", async () => {
  await using scene = await RoomScene.open({ llm: { room_context_lines: 2 } });
  scene.join("alice");
  const film = { id: "x", type: "yt", title: "A film", seconds: 0, currentTime: 0, paused: false };
  scene.room.update({ type: "changeMedia", media: film });
  scene.say("bob", "hello");
  scene.say("bob", "this film is slow");
  scene.echo("I like it.");
  scene.say("alice", "rosey, is it?");
  const [system, question, ...more] = await scene.answer();
  assertNotMatch(system!.content, /here|film/i);
  assertMatch(
    question!.content,
    /^bob: hello\nbob: this film is slow\nNow playing: A film \(live\)\.\nalice: rosey, is it\?$/,
  );
  assertEquals(more, []);
  scene.echo("Yes.");
  scene.say("alice", "rosey, sure?");
  const [, first, answer, next] = await scene.answer();
  assertEquals([first, answer].map((turn) => turn?.content), [
    "bob: hello\nbob: this film is slow\nalice: rosey, is it?",
    "Yes.",
  ]);
  assertMatch(next!.content, /^(?:Now playing: .*\n)?alice: rosey, sure\?$/);
});

test("uses repeated lines from before the join as context once and never answers them", async () => {
  await using scene = await RoomScene.open();
  const line = { user: "bob", text: "rosey?", time: 1, shadow: false, action: false };
  for (let joins = 0; joins < 3; joins++) {
    const decision = scene.chat.handleLine(line, { live: false, private: false });
    assertEquals(decision, { action: "ignore", reason: "history" });
  }
  scene.say("alice", "rosey, hi");
  const prompt = last(await scene.answer());
  assertEquals(prompt.split("bob: rosey?").length, 2);
});

test("answers a private message in private and keeps that conversation separate", async () => {
  await using scene = await RoomScene.open();
  scene.join("alice");
  assertEquals(scene.tell("alice", "my secret is 42"), "reply");
  await scene.answer({ text: "I keep it.", complete: true });
  assertEquals(scene.take(), ["alice< I keep it."]);
  assertEquals(scene.say("alice", "rosey, what did I say?"), "reply");
  assertNotMatch(JSON.stringify(await scene.answer()), /secret|keep it/);
  assertEquals(scene.tell("alice", "and here?"), "reply");
  assertMatch(JSON.stringify(await scene.answer()), /my secret is 42.*I keep it/);
  assertEquals(scene.take(), ["Yes.", "alice< Yes."]);
});

test("shares one cooldown between private messages and calls; answer_pm turns private messages off", async () => {
  await using scene = await RoomScene.open({ llm: { llm_cooldown: 10 } });
  assertEquals(scene.say("alice", "rosey?"), "reply");
  assertEquals(scene.tell("alice", "hello?"), "cooldown");
  await scene.answer();
  await using other = await RoomScene.open({ llm: { answer_pm: false } });
  assertEquals(other.tell("alice", "hello?"), "private messages off");
});

test("merges two questions of a user who waits into one", async () => {
  await using scene = await RoomScene.open();
  scene.say("bob", "rosey?");
  const busy = await scene.provider.take("chat");
  scene.say("alice", "rosey, one?");
  scene.say("alice", "rosey, two?");
  busy.resolve(REPLY);
  assertEquals(
    last(await scene.answer()).split("\n").slice(-2).join("|"),
    "alice: rosey, one?|alice: rosey, two?",
  );
  assertEquals(scene.said, ["bob: Yes.", "Yes."]);
  assertEquals(scene.chat.decisions.report.counts.merged, 1);
});

test("drops a question that is older than llm.stale_after", async () => {
  await using scene = await RoomScene.open({ llm: { stale_after: 20 } });
  scene.say("bob", "rosey?");
  const busy = await scene.provider.take("chat");
  scene.say("alice", "rosey?");
  scene.clock.advance(20_001);
  busy.resolve(REPLY);
  await scene.provider.flush();
  assertEquals(scene.said, ["Yes."]);
  assertEquals(scene.chat.decisions.report.counts["waited too long"], 1);
});

test("neither answers, quotes nor remembers a user who opted out, until they opt in", async () => {
  await using scene = await RoomScene.open();
  scene.say("alice", "rosey, I am alice the first");
  await scene.answer();
  scene.chat.controls.optOut("Alice");
  assertEquals(scene.say("alice", "rosey?"), "opted out");
  assertEquals(scene.tell("alice", "hello?"), "opted out");
  scene.say("bob", "rosey, who is here?");
  assertNotMatch(JSON.stringify(await scene.answer()), /alice/i);
  scene.chat.controls.optIn("alice");
  assertEquals(scene.say("alice", "rosey, again"), "reply");
  assertNotMatch(JSON.stringify(await scene.answer()), /the first/);
});

test("does not send the model what was said before a reset", async () => {
  await using scene = await RoomScene.open();
  const remembers = async () => {
    scene.clock.advance(10_000);
    scene.say("alice", "rosey, so?");
    return JSON.stringify(await scene.answer()).includes("pineapple");
  };
  const tell = async () => {
    scene.clock.advance(10_000);
    scene.say("bob", "pineapple");
    scene.say("alice", "rosey, pineapple?");
    await scene.answer();
  };
  await tell();
  assertEquals(await remembers(), true);
  scene.chat.controls.reset();
  assertEquals(await remembers(), false);
  await tell();
  scene.chat.controls.reset();
  assertEquals(await remembers(), false);
});

test("answers nobody while paused or muted and drops the questions that wait", async () => {
  await using scene = await RoomScene.open({ llm: { fallback_response: "Not now." } });
  scene.say("bob", "rosey?");
  const asked = await scene.provider.take("chat");
  scene.say("alice", "rosey?");
  scene.chat.controls.pause();
  assertEquals(asked.signal.aborted, true);
  assertEquals(scene.chat.waiting, 0);
  assertEquals(scene.say("carol", "rosey?"), "paused");
  scene.chat.controls.resume();
  scene.muted = true;
  assertEquals(scene.say("carol", "rosey?"), "muted");
  scene.muted = false;
  assertEquals(scene.say("carol", "rosey?"), "reply");
  await scene.answer();
  assertEquals(scene.said, ["Yes."]);
  assertEquals(scene.chat.decisions.report.counts.paused, 3);
});

test("never answers users of llm.ignore_users", async () => {
  await using scene = await RoomScene.open({ llm: { ignore_users: ["OtherBot"] } });
  assertEquals(scene.say("otherbot", "rosey?"), "ignored");
  assertEquals(scene.tell("otherbot", "hello?"), "ignored");
});

test("ignores a bot after three fast replies, but not a person", async () => {
  await using scene = await RoomScene.open();
  const turn = async (user: string, ms: number) => {
    scene.clock.advance(ms);
    const became = scene.say(user, "rosey, that is interesting, tell me more!");
    if (became === "reply") {
      await scene.answer();
      scene.echo("Yes.");
    }
    return became;
  };
  const bot = [];
  for (let n = 0; n < 6; n++) bot.push(await turn("robot", 800));
  assertEquals(bot, ["reply", "reply", "reply", "bot loop", "bot loop", "bot loop"]);
  for (let n = 0; n < 8; n++) assertEquals(await turn("alice", 6000), "reply");
  scene.clock.advance(600_000);
  assertEquals(await turn("robot", 0), "reply");
});

test("answers a user who was taken for a bot again after !unignore", async () => {
  await using scene = await RoomScene.open();
  scene.join("mod", 2);
  const turn = async () => {
    scene.clock.advance(800);
    const became = scene.say("hasty", "rosey, and then?");
    if (became === "reply") await scene.answer();
    return became;
  };
  for (let n = 0; n < 3; n++) assertEquals(await turn(), "reply");
  assertEquals(await turn(), "bot loop");
  scene.say("mod", "!unignore Hasty");
  assertEquals(scene.said.at(-1), "I listen to Hasty again.");
  assertEquals(await turn(), "reply");
  scene.say("mod", "!unignore hasty");
  assertEquals(scene.said.at(-1), "hasty is not ignored.");
});

test("ends a slow loop of two users after twelve turns, for a minute", async () => {
  await using scene = await RoomScene.open();
  const became = [];
  for (let n = 0; n < 14; n++) {
    scene.clock.advance(20_000);
    const was = scene.say("slowbot", "rosey, hm?");
    became.push(was);
    if (was === "reply") await scene.answer();
  }
  assertEquals(became.slice(0, 12), Array(12).fill("reply"));
  assertEquals(became.slice(12), ["bot loop", "bot loop"]);
  scene.clock.advance(60_000);
  assertEquals(scene.say("slowbot", "rosey, hm?"), "reply");
  await scene.answer();
});

test("says the fallback response where the question was asked", async () => {
  await using scene = await RoomScene.open({ llm: { fallback_response: "/me sleeps" } });
  scene.tell("alice", "hello?");
  for (let tries = 0; tries < 3; tries++) {
    await scene.provider.settle("chat", REFUSED);
    scene.clock.advance(5000);
    if (tries < 2) await scene.provider.settle("alive", REFUSED);
  }
  await scene.provider.flush();
  assertEquals(scene.said, ["alice< me sleeps"]);
});

test("does not remember forgotten lines again when the server repeats them after a join", async () => {
  await using scene = await RoomScene.open({ llm: { room_context_lines: 20 } });
  const lines = ["alice", "bob", "alice"].map((user, time) => ({
    user,
    text: `line ${time} of ${user}`,
    time,
    shadow: false,
    action: false,
  }));
  const hear = (live: boolean) => {
    for (const line of lines) scene.chat.handleLine(line, { live, private: false });
  };
  hear(true);
  scene.chat.controls.forget("alice");
  const missed = { ...lines[0]!, user: "carol", text: "said meanwhile", time: 3 };
  hear(false);
  scene.chat.handleLine(missed, { live: false, private: false });
  scene.say("dave", "rosey, what was said?");
  const { content } = (await scene.answer()).at(-1)!;
  assertMatch(content, /^bob: line 1 of bob\ncarol: said meanwhile\ndave/);
  assertNotMatch(content, /alice/);
});
