import { assertEquals, assertMatch } from "@std/assert";
import { DemoChannel } from "../../src/demo/channel/server.ts";
import { FakeOllama } from "../fakes/ollama/server.ts";
import { test } from "../testing.ts";
import { Rosey } from "./rosey.ts";

test("--dry-run logs what would be said, and says nothing", async () => {
  await using ollama = FakeOllama.start({ reply: () => "It is fine.", tokenDelayMs: 0 });
  await using channel = await DemoChannel.start({});
  await using rosey = Rosey.start(channel.url, {
    args: ["--dry-run"],
    llm: { ollama_host: ollama.url, llm_cooldown: 0 },
  });
  await rosey.ready();
  channel.addPuppet("alice", 1);
  channel.say("alice", "rosey, is it good?");
  assertMatch(await rosey.line("Would say"), /INFO +Would say: "It is fine\."$/);
  channel.say("alice", "!np");
  await rosey.line('Would say: "Nothing is playing');
  const from = rosey.log.length;
  channel.say("alice", "rosey, and now?");
  await rosey.line("LLM response", { from });
  const chats = ollama.requests.filter(({ path }) => path === "/api/chat");
  const { messages } = chats.at(-1)!.body as { messages: { content: string }[] };
  assertEquals(messages.some(({ content }) => content === "It is fine."), true);
  assertEquals(channel.lines.filter(({ username }) => username === "Rosey"), []);
  assertEquals((await rosey.stop()).code, 0);
});
