import { assertEquals, assertMatch, assertNotMatch } from "@std/assert";
import { distinctWords } from "../e2e/rosey.ts";
import { RoomScene } from "../fakes/room_scene.ts";
import { test } from "../testing.ts";

const last = (messages: readonly { content: string }[]) => messages.at(-1)!.content;

test("tells everybody one conversation, each line once", async () => {
  await using scene = await RoomScene.open();
  const told = async (user: string, text: string) => {
    scene.clock.advance(10_000);
    scene.say(user, text);
    const messages = await scene.answer();
    scene.echo("Yes.");
    return messages.map(({ content }) => content);
  };
  await told("alice", "rosey, is it good?");
  scene.say("bob", "it is dreadful");
  scene.say("bob", "is it?");
  const again = await told("alice", "rosey, are you sure?");
  assertEquals(again.slice(1, 3), ["alice: rosey, is it good?", "Yes."]);
  assertMatch(
    again[3]!,
    /^bob: it is dreadful\nbob: is it\?\nalice: rosey, are you sure\?$/,
  );
  const other = await told("bob", "rosey, what says alice?");
  assertEquals(other.slice(1, 3), again.slice(1, 3));
  assertEquals(
    other[3],
    "bob: it is dreadful\nbob: is it?\nalice: rosey, are you sure?",
  );
});

test("tells the asker's earlier conversation when the room's lines have none of it", async () => {
  await using scene = await RoomScene.open({ llm: { room_context_lines: 2, llm_cooldown: 0 } });
  scene.say("alice", "rosey, I like popcorn");
  await scene.answer();
  for (let n = 0; n < 10; n++) scene.say("bob", `line ${n}`);
  scene.say("alice", "rosey, what do I like?");
  const messages = await scene.answer();
  assertEquals(messages.slice(1, -1).map(({ content }) => content), [
    "bob: line 8\nbob: line 9\nalice: rosey, I like popcorn",
    "Yes.",
  ]);
  scene.say("bob", "rosey, what do I like?");
  assertNotMatch(JSON.stringify(await scene.answer()), /popcorn/);
});

test("keeps of an answer what was said", async () => {
  await using scene = await RoomScene.open();
  scene.settles = () => [];
  scene.say("alice", "rosey, hi");
  await scene.answer();
  assertEquals(scene.chat.decisions.report.counts, { "not said": 1 });
  scene.settles = (lines) => lines.slice(0, 1);
  scene.say("alice", "rosey, a story?");
  await scene.answer({
    text: `So ${"a longer story ".repeat(2)}and ${distinctWords(100)}`,
    complete: true,
  });
  assertEquals(scene.chat.decisions.report.counts.answered, 1);
  scene.say("alice", "rosey, more?");
  const [, , answer] = await scene.answer();
  assertEquals(answer, { role: "assistant", content: scene.said[1]! });
});

test("names whom an answer is for when others have said two lines meanwhile", async () => {
  const cases = [
    ["auto", 1, "Yes."],
    ["auto", 2, "alice: Yes."],
    ["always", 0, "alice: Yes."],
    ["never", 9, "Yes."],
  ] as const;
  for (const [address, between, expected] of cases) {
    await using scene = await RoomScene.open({ llm: { address } });
    scene.say("alice", "rosey, hi");
    for (let n = 0; n < between; n++) scene.say("bob", "ha");
    await scene.answer();
    assertEquals(scene.take(), [expected], `${address} ${between}`);
    scene.say("alice", "rosey, so?");
    const messages = await scene.answer();
    // The model would put names in front, too.
    assertEquals(messages.find(({ role }) => role === "assistant")?.content, "Yes.");
    scene.take();
    scene.tell("alice", "hi");
    await scene.answer();
    assertEquals(scene.take(), ["alice< Yes."]);
  }
});

test("takes the asker's next line for a follow-up, until somebody else is answered", async () => {
  await using scene = await RoomScene.open({ llm: { follow_up_seconds: 20, llm_cooldown: 10 } });
  scene.join("bob");
  assertEquals(scene.say("alice", "the 1922 one"), "not called");
  scene.say("alice", "rosey, which film?");
  await scene.answer();
  assertEquals(scene.say("bob", "the 1922 one"), "not called");
  // The cooldown does not hold the conversation up.
  assertEquals(scene.say("Alice", "the 1922 one"), "reply");
  await scene.answer();
  assertEquals(scene.say("alice", "@bob no"), "not called");
  assertEquals(scene.say("alice", "only the next line may go on"), "not called");
  scene.clock.advance(10_000);
  scene.say("alice", "rosey, which film?");
  await scene.answer();
  scene.clock.advance(20_000);
  assertEquals(scene.say("alice", "or not"), "not called");
  scene.clock.advance(10_000);
  scene.say("alice", "rosey, which film?");
  await scene.answer();
  scene.say("bob", "rosey, which film?");
  await scene.answer();
  assertEquals(scene.say("alice", "the 1922 one"), "not called");
  await using other = await RoomScene.open();
  other.say("alice", "rosey, which film?");
  await other.answer();
  assertEquals(other.say("alice", "the 1922 one"), "not called");
});

test("the model may stop when the lines of the site are full", async () => {
  await using scene = await RoomScene.open({ llm: { max_lines: 1 } });
  for (const [units, ended] of [[320, undefined], [200, "enough"]] as const) {
    scene.room.setLineLimit(units);
    scene.say("alice", "rosey, tell me all of it");
    await scene.provider.flush();
    const { shouldStop } = scene.provider.asked!;
    assertEquals(shouldStop!(distinctWords(40)), undefined);
    assertEquals(shouldStop!(distinctWords(90)), ended);
    await scene.answer();
  }
});

test("asks the model no more than max_replies_per_minute times in a minute", async () => {
  await using scene = await RoomScene.open({ llm: { max_replies_per_minute: 2 } });
  assertEquals(scene.say("alice", "rosey, one?"), "reply");
  assertEquals(scene.say("bob", "rosey, two?"), "reply");
  assertEquals(scene.say("carol", "rosey, three?"), "too many replies");
  await scene.answer();
  await scene.answer();
  scene.clock.advance(60_000);
  assertEquals(scene.say("carol", "rosey, three?"), "reply");
  await scene.answer();
});

test("refuses a question whose answer could not be said soon", async () => {
  await using scene = await RoomScene.open({ llm: { fallback_response: "Busy." } });
  // One that is being answered and one that waits.
  scene.busyFrom = 2;
  for (const user of ["dave", "erin"]) assertEquals(scene.say(user, "rosey?"), "reply");
  await scene.provider.flush();
  assertEquals(scene.say("alice", "rosey?"), "busy");
  assertEquals(scene.say("bob", "rosey?"), "busy");
  assertEquals(scene.take(), ["Busy."]);
  await scene.answer();
  assertEquals(scene.say("carol", "rosey?"), "reply");
  for (let more = 0; more < 2; more++) await scene.answer();
});

test("answers once what was said to it during a reconnect, at most a minute ago", async () => {
  await using scene = await RoomScene.open();
  const line = { user: "alice", text: "rosey?", shadow: false, action: false };
  const hear = (time: number, live: boolean, user = "alice") => {
    const decision = scene.chat.handleLine({ ...line, user, time }, { live, private: false });
    return decision.action === "reply" ? "reply" : decision.reason;
  };
  // Before the first join nothing was missed.
  assertEquals(hear(1000, false), "history");
  hear(5000, true, "[server]");
  scene.clock.advance(65_000);
  assertEquals(hear(9_999, false, "bob"), "history");
  assertEquals(hear(10_000, false), "reply");
  await scene.answer();
  assertEquals(hear(10_000, false), "history");
  assertEquals(hear(11_000, false, "Rosey"), "history");
  assertEquals(scene.take(), ["Yes."]);
  // Said in the same millisecond.
  assertEquals(hear(10_000, false, "carol"), "reply");
  await scene.answer();
  for (const user of ["alice", "carol"]) assertEquals(hear(10_000, false, user), "history");
});

test("a trigger may look like a command, which the bot has not", async () => {
  await using scene = await RoomScene.open({ llm: { llm_triggers: ["!ai", "!ask"] } });
  assertEquals(scene.say("alice", "!ask what is on?"), "reply");
  assertMatch(last(await scene.answer()), /alice: !ask what is on\?$/);
  for (const text of ["!asking", "!roll", "ask !", "ai"]) {
    assertEquals(scene.say("alice", text), "not called");
  }
  assertEquals(scene.say("bob", "so, !AI?"), "reply");
  assertEquals(scene.say("bob", "!help"), "command");
  // Said while the connection was lost.
  scene.echo("Yes.");
  const line = { user: "carol", time: 1e6, shadow: false, action: false };
  const origin = { live: false, private: false };
  assertEquals(scene.chat.handleLine({ ...line, text: "!help !ai" }, origin).action, "ignore");
  assertEquals(scene.chat.handleLine({ ...line, text: "!ai hello" }, origin).action, "reply");
});

test("tells the model the lore that a question names", async () => {
  const lore = [
    { keywords: ["popcorn"], text: "Popcorn is on Fridays." },
    { keywords: ["bob", "robert"], text: "x".repeat(600) },
  ];
  await using scene = await RoomScene.open({ llm: { lore } });
  scene.say("alice", "rosey, popcorn?");
  assertMatch(
    last(await scene.answer()),
    /^Popcorn is on Fridays\.\nalice: rosey, popcorn\?$/,
  );
  scene.say("alice", "rosey, is Robert's popcorn good?");
  assertMatch(last(await scene.answer()), /^Popcorn is on Fridays\. x{477}\nalice: /);
  scene.say("alice", "rosey, hi");
  assertNotMatch(last(await scene.answer()), /Popcorn is|xx/);
});

test("asks once more with another seed when nothing useful is left", async () => {
  await using scene = await RoomScene.open();
  scene.say("alice", "rosey, hi");
  await scene.answer({ text: "<|im_end|>", complete: true });
  const seed = scene.provider.asked?.seed;
  await scene.provider.flush();
  assertEquals(typeof (seed ?? scene.provider.asked?.seed), "number");
  await scene.answer();
  assertEquals(scene.take(), ["Yes."]);
});

test("hides lines of llm.ignore_users from the model", async () => {
  await using scene = await RoomScene.open({ llm: { ignore_users: ["OtherBot"] } });
  scene.say("otherbot", "beep");
  scene.say("bob", "hello");
  scene.say("alice", "rosey, hi");
  assertEquals(last(await scene.answer()), "bob: hello\nalice: rosey, hi");
});

test("a line of the room that is as a command is not answered after a reconnect", async () => {
  await using scene = await RoomScene.open();
  const line = { user: "alice", text: "!why rosey", shadow: false, action: false };
  const hear = (time: number, live: boolean) =>
    scene.chat.handleLine({ ...line, time }, { live, private: false });
  scene.chat.handleLine({ ...line, text: "hi", time: 1 }, { live: true, private: false });
  assertEquals(hear(2, false), { action: "ignore", reason: "history" });
});
