import assert from "node:assert/strict";
import { DemoChannel } from "../../src/demo/channel/server.ts";
import { FaultyOllama } from "../fakes/ollama.ts";
import { test } from "../testing.ts";
import { Rosey } from "./rosey.ts";

const byRosey = ({ username }: { username: string }) => username === "Rosey";

test("an answer that takes 30 s is given up, and the chat stays alive meanwhile", async () => {
  await using ollama = FaultyOllama.start({ reply: () => "Here.", tokenDelayMs: 0 });
  await using channel = await DemoChannel.start({});
  await using rosey = Rosey.start(channel.url, {
    llm: { ollama_host: ollama.url },
    config: { log_level: "DEBUG" },
  });
  await rosey.line("Joined demo");
  await rosey.line("is loaded");
  ollama.fault = { kind: "hang", on: "chat" };
  channel.say("alice", "rosey, think hard");
  await rosey.line("LLM trigger: user=alice");
  const begun = performance.now();
  for (let line = 0; line < 5; line++) channel.say("bob", `nobody waits for a model ${line}`);
  channel.say("carol", "rosey, and me?");
  await rosey.line("LLM trigger: user=carol");
  assert.ok(performance.now() - begun < 5000);
  await rosey.line("LLM timeout: no complete answer within 30 s", { timeoutMs: 40_000 });
  const seconds = (performance.now() - begun) / 1000;
  assert.ok(seconds > 28 && seconds < 35, `it took ${seconds} s`);
  const answer = channel.nextLine(byRosey, 20_000);
  ollama.fault = null;
  assert.equal((await answer).msg, "Here.");
  assert.equal((await rosey.stop()).code, 0);
  assert.equal(rosey.chatLog().filter((line) => line.startsWith("<bob>")).length, 5);
});
