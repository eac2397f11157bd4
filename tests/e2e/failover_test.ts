import { assert, assertEquals, assertMatch } from "@std/assert";
import { DemoChannel } from "../../src/demo/channel/server.ts";
import { FakeOllama } from "../fakes/ollama/server.ts";
import { FaultyOllama, holdPort } from "../fakes/ollama/faulty.ts";
import { test } from "../testing.ts";
import { Rosey } from "./rosey.ts";

const byRosey = ({ username }: { username: string }) => username === "Rosey";

async function ask(channel: DemoChannel): Promise<string> {
  const answer = channel.nextLine(byRosey, 15_000);
  channel.say("alice", "rosey, who answers?");
  return (await answer).msg;
}

test("the second host answers while the first is down", async () => {
  await using first = FaultyOllama.start({ reply: () => "The first.", tokenDelayMs: 0 });
  await using second = FakeOllama.start({
    models: ["other:latest"],
    reply: () => "The second.",
    tokenDelayMs: 0,
  });
  await using channel = await DemoChannel.start({});
  await using rosey = Rosey.start(channel.url, {
    llm: {
      ollama_host: [first.url, { url: second.url, model: "other", api_key: "key-of-the-second" }],
    },
    config: { log_level: "DEBUG" },
  });
  await rosey.ready();
  await rosey.line("Model rosey-demo is loaded");
  await rosey.line("Model other is loaded");
  assertEquals(await ask(channel), "The first.");

  await first.stop();
  assertEquals(await ask(channel), "The second.");
  await rosey.line(`LLM answers now come from ${second.url}`);
  await rosey.line(new RegExp(`LLM connection error: .*; asked ${first.url}$`));
  const unavailable = await rosey.line(`Ollama server unavailable at ${first.url}`);
  assertMatch(unavailable, /connection refused/);

  const from = rosey.log.length;
  first.restart();
  await rosey.line("Model rosey-demo is loaded", { from, timeoutMs: 60_000 });
  assertEquals(await ask(channel), "The first.");
  await rosey.line(`LLM answers now come from ${first.url}`, { from });

  assertEquals((await rosey.stop()).code, 0);
  const keys = (requests: readonly { headers: Readonly<Record<string, string>> }[]) =>
    new Set(requests.map(({ headers }) => headers.authorization));
  assertEquals(keys(first.requests), new Set([undefined]));
  assertEquals(keys(second.requests), new Set(["Bearer key-of-the-second"]));
  assert(rosey.log.every((line) => !line.includes("key-of-the-second")));
});

test("a host that is down from the start costs no answer", async () => {
  await using second = FakeOllama.start({ reply: () => "Here.", tokenDelayMs: 0 });
  await using channel = await DemoChannel.start({});
  await using rosey = Rosey.start(channel.url, {
    llm: { ollama_host: [`http://127.0.0.1:${holdPort()}`, second.url] },
  });
  await rosey.ready();
  await rosey.line("LLM enabled");
  assertEquals(await ask(channel), "Here.");
});

for (
  const [status, error] of [
    [404, "model 'rosey-demo' not found"],
    [500, "model requires more system memory (9.0 GiB) than is available (4.0 GiB)"],
    [429, "too many requests"],
    [401, "unauthorized"],
  ] as const
) {
  test(`a first host that answers ${status} leaves the question to the next one`, async () => {
    const fault = { kind: "status", status, body: JSON.stringify({ error }), on: "chat" } as const;
    await using first = FaultyOllama.start({ fault });
    await using second = FaultyOllama.start({ reply: () => "From the second.", tokenDelayMs: 0 });
    await using channel = await DemoChannel.start({});
    await using rosey = Rosey.start(channel.url, {
      llm: { ollama_host: [first.url, second.url] },
    });
    await rosey.ready();
    const answer = channel.nextLine(({ username }) => username === "Rosey", 20_000);
    channel.say("alice", "rosey, are you there?");
    assertEquals((await answer).msg, "From the second.");
  });
}
