import { assertEquals } from "@std/assert";
import { DemoChannel } from "../../src/demo/channel/server.ts";
import { FakeOllama } from "../fakes/ollama/server.ts";
import { test } from "../testing.ts";
import { distinctWords, Rosey } from "./rosey.ts";

test("an answer is cancelled on the server when its asker leaves", async () => {
  await using ollama = FakeOllama.start({
    reply: (messages) =>
      messages.at(-1)?.content.includes("long") ? distinctWords(10_000) : "Short.",
    tokenDelayMs: 100,
  });
  await using channel = await DemoChannel.start({});
  await using rosey = Rosey.start(channel.url, {
    llm: { ollama_host: ollama.url, response_timeout: 120, options: { num_predict: -1 } },
  });
  await rosey.ready();
  channel.addPuppet("alice", 1);
  channel.addPuppet("bob", 1);
  channel.say("alice", "rosey, a long one");
  await rosey.line("LLM trigger: user=alice");
  channel.removePuppet("alice");
  await rosey.line("No answer for alice: asker left", { timeoutMs: 30_000 });
  const answer = channel.nextLine(({ username }) => username === "Rosey", 10_000);
  channel.say("bob", "rosey, a short one");
  assertEquals((await answer).msg, "Short.");
  assertEquals(ollama.cancelled, 1);
  assertEquals((await rosey.stop()).code, 0);
});
