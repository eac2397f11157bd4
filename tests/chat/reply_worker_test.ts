import { assertEquals, assertLess, assertMatch } from "@std/assert";
import { setupLogging } from "../../src/log.ts";
import { RoomScene } from "../fakes/room_scene.ts";
import { ProviderError } from "../../src/llm/errors.ts";
import type { Reply } from "../../src/llm/provider.ts";
import { REPLY } from "../fakes/scripted_provider.ts";
import { test } from "../testing.ts";

const last = (messages: readonly { content: string }[]) => messages.at(-1)!.content;

/** Unloads the model while nobody asks; the first question finds out. */
async function unloaded(scene: RoomScene): Promise<void> {
  scene.clock.advance(31_000);
  scene.provider.automatic = {};
  scene.say("alice", "rosey?");
  await scene.provider.settle("status", { loaded: false });
  await scene.provider.settle("probe");
  assertEquals(scene.models.state, "loading");
}

test("answers everybody who asks while an unloaded model loads again", async () => {
  await using scene = await RoomScene.open({ llm: { stale_after: 20 } });
  await unloaded(scene);
  for (const name of ["bob", "carol"]) {
    scene.clock.advance(1000);
    assertEquals(scene.say(name, "rosey?"), "reply");
  }
  scene.clock.advance(90_000);
  await scene.provider.settle("load");
  await scene.provider.settle("status", { loaded: true });
  for (const name of ["alice", "bob", "carol"]) {
    assertMatch(last(scene.provider.messages), new RegExp(`${name}: rosey\\?$`));
    await scene.answer();
  }
  assertEquals(scene.said.length, 3);
});

test("gives up waiting for a load that takes too long and says the fallback response", async () => {
  await using scene = await RoomScene.open({
    llm: { stale_after: 20, fallback_response: "Still waking up." },
  });
  await unloaded(scene);
  scene.clock.advance(15_000);
  scene.tell("bob", "rosey?");
  scene.clock.advance(125_000);
  await scene.provider.flush();
  assertEquals(scene.said, []);
  scene.clock.advance(1);
  await scene.provider.flush();
  assertEquals(scene.said, ["Still waking up."]);
  scene.clock.advance(15_000);
  await scene.provider.flush();
  assertEquals(scene.said, ["Still waking up.", "bob< Still waking up."]);
  assertEquals(scene.chat.decisions.report.counts["waited too long"], 2);
  const { recent: [entry] } = scene.chat.decisions.report;
  assertEquals(entry?.detail, "waited too long for the model");
  await scene.provider.settle("load");
  await scene.provider.settle("status", { loaded: true });
  scene.say("carol", "rosey?");
  await scene.answer();
});

test("does not answer users who left while the bot was disconnected", async () => {
  await using scene = await RoomScene.open();
  for (const name of ["alice", "bob"]) scene.join(name);
  scene.say("alice", "rosey?");
  const asked = await scene.provider.take("chat");
  scene.say("bob", "rosey?");
  scene.room.update({ type: "userlist", users: [] });
  scene.chat.userListReceived(["alice", "bob"]);
  scene.clock.advance(10_000);
  await scene.provider.flush();
  assertEquals(asked.signal.aborted, true);
  assertEquals(scene.chat.waiting, 0);
  assertEquals(scene.chat.decisions.report.counts["asker left"], 2);
});

test("shortens the prompt from then on after the model finds it too long", async () => {
  await using scene = await RoomScene.open({ llm: { loop_turns: 0 } });
  const ask = async (user: string, replies: readonly (Reply | Error)[]) => {
    scene.clock.advance(10_000);
    scene.say(user, `rosey, ${"what is it about ".repeat(15)}?`);
    const sizes: number[] = [];
    for (const reply of replies) {
      await scene.provider.flush();
      sizes.push(JSON.stringify(scene.provider.messages).length);
      await scene.provider.settle("chat", reply);
    }
    return sizes;
  };
  for (let turn = 0; turn < 4; turn++) await ask("alice", [REPLY]);
  const tooLong = new ProviderError("context_too_long", "HTTP 400: exceeds the context size");
  const [all, less] = await ask("alice", [tooLong, REPLY]);
  assertLess(less!, all!, `${less} of ${all}`);
  const [next] = await ask("alice", [REPLY]);
  assertLess(next!, all!, `${next} of ${all}`);
  assertEquals(scene.said.length, 6);
});

test("allows truncation once when persona and question alone are too long", async () => {
  await using scene = await RoomScene.open();
  scene.say("alice", "rosey?");
  const tooLong = new ProviderError("context_too_long", "HTTP 400: context length exceeded");
  await scene.answer(tooLong);
  await scene.answer(tooLong);
  await scene.provider.flush();
  assertEquals(scene.provider.calls.filter((call) => call === "chat").length, 2);
  assertEquals(scene.chat.decisions.report.counts["model failed"], 1);
});

test("survives an unexpected exception: logs it and says the fallback response", async () => {
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  await using _ = await setupLogging({ level: "ERROR", format: "journal", write });
  await using scene = await RoomScene.open({ llm: { fallback_response: "Not now." } });
  scene.say("alice", "rosey?");
  await scene.answer(new TypeError("odd"));
  assertEquals(scene.take(), ["Not now."]);
  assertEquals(lines, ["<3>LLM error: odd"]);
  const { recent, counts } = scene.chat.decisions.report;
  assertEquals(counts, { "model failed": 1 });
  assertEquals(recent.map(({ outcome, detail }) => [outcome, detail]), [
    ["model failed", "internal error, see the log"],
  ]);
  scene.say("bob", "rosey?");
  await scene.answer();
  assertEquals(scene.take(), ["Yes."]);
});

test("does not loop when waiting for the model throws", async () => {
  await using scene = await RoomScene.open({ llm: { fallback_response: "Not now." } });
  scene.models.ready = () => Promise.reject(new TypeError("odd"));
  scene.say("alice", "rosey?");
  await scene.provider.flush();
  assertEquals(scene.take(), ["Not now."]);
  assertEquals(scene.chat.decisions.report.counts, { "model unavailable": 1 });
});

test("does not count a reload during an answer as waiting time of the next question", async () => {
  await using scene = await RoomScene.open({ llm: { stale_after: 20 } });
  scene.provider.automatic = { alive: undefined, probe: {}, status: { loaded: true } };
  scene.say("alice", "rosey?");
  scene.say("bob", "rosey?");
  await scene.answer(new ProviderError("truncated", "the model may have crashed"));
  scene.clock.advance(300);
  const load = await scene.provider.take("load");
  assertEquals(scene.models.state, "loading");
  scene.clock.advance(90_000);
  load.resolve(undefined);
  await scene.answer();
  await scene.provider.flush();
  assertEquals(scene.chat.decisions.report.counts["waited too long"], undefined);
  await scene.answer();
  await scene.provider.flush();
  assertEquals(scene.said.length, 2);
});

test("the first question after a server came back is answered", async () => {
  await using scene = await RoomScene.open();
  const { provider, clock } = scene;
  scene.clock.advance(61_000);
  provider.automatic = {};
  scene.say("alice", "rosey?");
  await provider.settle("status", new ProviderError("refused", "connection refused"));
  const gone = new ProviderError("refused", "connection refused");
  for (const pauseMs of [1000, 2000, 0]) {
    await provider.settle("probe", gone);
    clock.advance(pauseMs);
  }
  assertEquals(scene.models.state, "down");
  clock.advance(2500);
  assertEquals(scene.say("bob", "rosey?"), "reply");
  assertEquals(scene.say("carol", "rosey?"), "reply");
  await provider.comeUp();
  await scene.answer();
  await scene.answer();
  assertEquals(scene.take(), ["Yes.", "Yes."]);
});

test("a line of the last moment goes on with the question that is being answered", async () => {
  await using scene = await RoomScene.open();
  scene.say("alice", "rosey?");
  const first = await scene.provider.take("chat");
  scene.clock.advance(2999);
  const now = scene.clock.now.bind(scene.clock);
  let late = 0;
  // Time passes while the line is decided on.
  scene.clock.now = () => now() + late++;
  assertEquals(scene.say("alice", "is this the old one?"), "reply");
  scene.clock.now = now;
  assertEquals(first.signal.aborted, true);
  assertMatch(last(await scene.answer()), /alice: rosey\?\nalice: is this the old one\?$/);
  assertEquals(scene.chat.decisions.report.counts.merged, 1);
});
