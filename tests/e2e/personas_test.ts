import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { DemoChannel } from "../../src/demo/channel/server.ts";
import { FakeOllama } from "../fakes/ollama/server.ts";
import { test } from "../testing.ts";
import { Rosey } from "./rosey.ts";

const PERSONAS = new URL("../../personas", import.meta.url).pathname;

test("!persona describes the personas that ship, and their options are in use with them", async () => {
  let count = 0;
  await using ollama = FakeOllama.start({ reply: () => `Film ${++count}.`, tokenDelayMs: 0 });
  await using channel = await DemoChannel.start({});
  channel.addPuppet("mod", 2);
  const llm = { ollama_host: ollama.url, personas: PERSONAS, options: { temperature: 0.1 } };
  await using rosey = Rosey.start(channel.url, { llm });
  await rosey.ready();
  const tell = async (user: string, text: string) => {
    const answer = channel.nextLine(({ username }) => username === "Rosey", 15_000);
    channel.say(user, text);
    return (await answer).msg;
  };
  const ask = async () => {
    await tell("alice", `rosey, what is film ${count}?`);
    const { options, messages } = Object(ollama.requests.at(-1)!.body);
    return { temperature: options.temperature, system: String(messages[0].content) };
  };
  const list = await tell("mod", "!persona");
  assertMatch(list, /^I am default\. I can be default, critic \(a dry film critic .*\), usher \(/);
  assertEquals((await ask()).temperature, 0.1);
  for (const [name, temperature] of [["critic", 0.9], ["usher", 0.6], ["default", 0.1]] as const) {
    assertEquals(await tell("mod", `!persona ${name}`), `I am ${name} now.`);
    const asked = await ask();
    assertEquals(asked.temperature, temperature);
    assertEquals(asked.system.includes(`${name} `), name !== "default");
    assertEquals(asked.system.includes("---"), false);
    assertStringIncludes(asked.system, "Rosey");
  }
  assertEquals(rosey.log.filter((line) => line.includes("LLM enabled")).length, 1);
});
