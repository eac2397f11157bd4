import assert from "node:assert/strict";
import { Responder } from "../../src/chat/responder.ts";
import { Room } from "../../src/chat/room.ts";
import { loadConfig } from "../../src/config/load.ts";
import { Models } from "../../src/llm/models.ts";
import { FakeClock } from "../fakes/clock.ts";
import { REPLY, ScriptedProvider } from "../fakes/scripted_provider.ts";
import { test } from "../testing.ts";

function settingsOf(llm: Record<string, unknown>) {
  const readFile = () => JSON.stringify({ channel: "demo", user: "Rosey", llm });
  return loadConfig("config.json", { readFile, env: () => undefined }).settings.llm;
}

async function open() {
  const provider = new ScriptedProvider();
  const clock = new FakeClock();
  const stop = new AbortController();
  const talk = settingsOf({ llm_cooldown: 0, fallback_response: "Not now." });
  const models = new Models({ setup: () => [provider], clock });
  models.use(talk);
  const room = new Room();
  room.ownName = "Rosey";
  const said: string[] = [];
  const responder = new Responder({
    models,
    room,
    say: (lines) => said.push(...lines) > 0,
    channel: "demo",
    talk,
    clock,
  });
  const running = responder.run(stop.signal);
  await provider.comeUp();
  const user = (name: string) => ({ name, rank: 1, afk: false, muted: false });
  return {
    provider,
    clock,
    said,
    join: (name: string) => room.update({ type: "addUser", user: user(name) }),
    leave: (name: string) => {
      room.update({ type: "userLeave", name });
      responder.left(name);
    },
    ask: (name: string) => {
      const line = { user: name, text: "rosey?", time: 0, shadow: false, action: false };
      responder.hear(line, true);
    },
    end: async () => {
      stop.abort();
      await running;
      await models.close();
      assert.equal(clock.pending, 0);
    },
  };
}

test("a question whose asker left is cancelled, and nothing is said to nobody", async () => {
  const { provider, clock, said, join, leave, ask, end } = await open();
  join("alice");
  join("bob");
  ask("alice");
  const asked = await provider.take("chat");
  ask("bob");
  leave("Alice");
  clock.advance(9999);
  assert.equal(asked.signal.aborted, false);
  clock.advance(1);
  assert.equal(asked.signal.aborted, true);
  await provider.settle("chat", REPLY);
  assert.deepEqual(said, ["Yes."]);
  await end();
});

test("a question that waits is dropped when its asker left", async () => {
  const { provider, clock, said, join, leave, ask, end } = await open();
  for (const name of ["alice", "bob", "carol"]) join(name);
  for (const name of ["alice", "bob", "carol"]) ask(name);
  const first = await provider.take("chat");
  leave("bob");
  clock.advance(10_000);
  first.resolve(REPLY);
  await provider.settle("chat", REPLY);
  assert.deepEqual(said, ["Yes.", "Yes."]);
  assert.deepEqual(provider.calls.filter((call) => call === "chat").length, 2);
  await end();
});

test("an asker who is back in a moment is answered", async () => {
  const { provider, clock, said, join, leave, ask, end } = await open();
  join("alice");
  ask("alice");
  const asked = await provider.take("chat");
  leave("alice");
  clock.advance(2000);
  join("alice");
  clock.advance(8000);
  assert.equal(asked.signal.aborted, false);
  asked.resolve(REPLY);
  await provider.flush();
  assert.deepEqual(said, ["Yes."]);
  await end();
});
