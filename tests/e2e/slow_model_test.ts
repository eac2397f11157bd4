import { assert, assertEquals, assertLess, assertMatch } from "@std/assert";
import { DemoChannel } from "../../src/demo/channel/server.ts";
import { FakeOllama } from "../fakes/ollama/server.ts";
import { FaultyOllama } from "../fakes/ollama/faulty.ts";
import { test } from "../testing.ts";
import { Rosey } from "./rosey.ts";

const byRosey = ({ username }: { username: string }) => username === "Rosey";

test("an answer that takes 30 s is given up, and chat is handled meanwhile", async () => {
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
  assertLess(performance.now() - begun, 5000);
  await rosey.line("LLM timeout: no complete answer within 30 s", { timeoutMs: 40_000 });
  const seconds = (performance.now() - begun) / 1000;
  assert(seconds > 28 && seconds < 35, `it took ${seconds} s`);
  const answer = channel.nextLine(byRosey, 20_000);
  ollama.fault = null;
  assertEquals((await answer).msg, "Here.");
  assertEquals((await rosey.stop()).code, 0);
  assertEquals(rosey.chatLog().filter((line) => line.startsWith("<bob>")).length, 5);
});

test("an endless reply fills its lines and is cancelled", async () => {
  const stopped = Promise.withResolvers<void>();
  await using ollama = FakeOllama.start({
    tokenDelayMs: 0,
    reply: async function* () {
      try {
        for (let word = 0;; word++) {
          yield `popcorn ${word} `;
          await new Promise((resolve) => setTimeout(resolve));
        }
      } finally {
        stopped.resolve();
      }
    },
  });
  await using channel = await DemoChannel.start({});
  const llm = { ollama_host: ollama.url, max_lines: 3 };
  await using rosey = Rosey.start(channel.url, { llm });
  await rosey.ready();
  const lines: string[] = [];
  const third = channel.nextLine((line) => byRosey(line) && lines.push(line.msg) === 3, 20_000);
  channel.say("alice", "rosey, write an essay on popcorn");
  await third;
  await stopped.promise;
  const words = lines.join(" ").replace("…", "").trim().split(" ").slice(0, -1);
  const whole = Array.from({ length: 500 }, (_, word) => `popcorn ${word} `).join("").split(" ");
  assertEquals(words, whole.slice(0, words.length));
  assertMatch(lines[2]!, /…$/);
  assert(rosey.log.every((line) => !line.includes("was cut")), rosey.log.join("\n"));
});
