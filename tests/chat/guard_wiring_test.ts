import assert from "node:assert/strict";
import { Responder } from "../../src/chat/responder.ts";
import { Room } from "../../src/chat/room.ts";
import { loadConfig } from "../../src/config/load.ts";
import { Models } from "../../src/llm/models.ts";
import { FakeClock } from "../fakes/clock.ts";
import { REPLY, ScriptedProvider } from "../fakes/scripted_provider.ts";
import { test } from "../testing.ts";

function settingsOf(llm: Record<string, unknown>) {
  const file = { channel: "demo", user: "Rosey", llm: { llm_cooldown: 0, ...llm } };
  const readFile = () => JSON.stringify(file);
  return loadConfig("config.json", { readFile, env: () => undefined }).settings.llm;
}

test("links and names in a reply are those that settings and room allow, at once", async () => {
  const provider = new ScriptedProvider();
  const clock = new FakeClock();
  const stop = new AbortController();
  const models = new Models({ setup: () => [provider], clock });
  const talk = settingsOf({ fallback_response: "Not now: https://status.example.com" });
  models.use(talk);
  const room = new Room();
  room.ownName = "Rosey";
  for (const name of ["Alice", "Bob", "Carol", "Dave"]) {
    room.update({ type: "addUser", user: { name, rank: 1, afk: false, muted: false } });
  }
  const said: string[] = [];
  const say = (lines: readonly string[]) => said.push(...lines) > 0;
  const responder = new Responder({ models, room, say, channel: "demo", talk, clock });
  const running = responder.run(stop.signal);
  await provider.comeUp();
  const asked = async (text: string) => {
    const line = { user: "alice", text: "rosey?", time: 0, shadow: false, action: false };
    responder.hear(line, true);
    await provider.settle("chat", { ...REPLY, text });
    return said.splice(0);
  };

  assert.deepEqual(await asked("See https://example.com/x."), ["See [link]."]);
  responder.adopt(settingsOf({ allow_links: true }));
  assert.deepEqual(await asked("See https://example.com/x."), ["See https://example.com/x."]);
  responder.adopt(talk);
  assert.deepEqual(await asked("See https://example.com/x."), ["See [link]."]);
  assert.deepEqual(await asked("alice bob carol dave erin"), ["alice bob carol d·ave erin"]);
  room.update({ type: "userLeave", name: "Dave" });
  assert.deepEqual(await asked("alice bob carol dave erin"), ["alice bob carol dave erin"]);
  assert.deepEqual(await asked("/"), ["Not now: https://status.example.com"]);

  stop.abort();
  await running;
  await models.close();
});
