import { assert, assertEquals, assertMatch } from "@std/assert";
import { DemoChannel } from "../../src/demo/channel/server.ts";
import { FakeOllama } from "../fakes/ollama/server.ts";
import { test } from "../testing.ts";
import { Rosey } from "./rosey.ts";

/** Longer than an answer may take, and than two looks at a server that loads. */
const LOAD_MS = 34_000;

test("questions during a model load wait for it: one load, none aborted", async () => {
  await using ollama = FakeOllama.start({
    loadDelayMs: LOAD_MS,
    reply: () => "Awake.",
    tokenDelayMs: 0,
  });
  await using channel = await DemoChannel.start({});
  await using rosey = Rosey.start(channel.url, { llm: { ollama_host: ollama.url } });
  await rosey.line("Joined demo");
  const answer = channel.nextLine(({ username }) => username === "Rosey", LOAD_MS + 20_000);
  for (const asker of ["alice", "bob", "carol"]) {
    channel.say(asker, "rosey?");
    await rosey.line(`LLM trigger: user=${asker}`);
  }
  assertEquals((await answer).msg, "alice: Awake.");
  assertMatch(await rosey.line("LLM response"), /user=alice/);
  await rosey.line("LLM response: user=carol");
  assertEquals([ollama.loads, ollama.loadsAborted], [1, 0]);
  assert(!rosey.log.some((line) => /LLM (?:timeout|error|connection error)/.test(line)));
});

test("questions are answered after a runner crash and reload", async () => {
  let answers = 0;
  await using ollama = FakeOllama.start({
    loadDelayMs: [0, 12_000],
    reply: async function* () {
      if (answers++ === 0) {
        await rosey.line("LLM trigger: user=bob");
        const body = JSON.stringify({ model: "rosey-demo", keep_alive: 0 });
        await (await fetch(`${ollama.url}/api/generate`, { method: "POST", body })).text();
        throw new Error("an error was encountered while running the model: unexpected EOF");
      }
      yield "Back again.";
    },
  });
  await using channel = await DemoChannel.start({});
  await using rosey = Rosey.start(channel.url, {
    llm: { ollama_host: ollama.url, response_timeout: 5, stale_after: 10 },
  });
  await rosey.ready();
  channel.say("alice", "rosey?");
  await rosey.line("LLM trigger: user=alice");
  channel.say("bob", "rosey?");
  await rosey.line("LLM response: user=alice");
  await rosey.line("LLM response: user=bob");
  assertEquals([ollama.loads, ollama.loadsAborted], [2, 0]);
  assert(!rosey.log.some((line) => /LLM (?:timeout|error|connection error)/.test(line)));
});
