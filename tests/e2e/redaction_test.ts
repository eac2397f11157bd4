import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { DemoChannel } from "../../src/demo/channel/server.ts";
import { FakeOllama } from "../fakes/ollama/server.ts";
import { FaultyOllama, holdPort } from "../fakes/ollama/faulty.ts";
import { test } from "../testing.ts";
import { Rosey } from "./rosey.ts";

const byRosey = ({ username }: { username: string }) => username === "Rosey";

/** Words of a server's protocol, of the program's log lines and of the answer below. */
const SHORT_KEYS = ["ollama", "done", "content", "null", "model", "connection refused: ollama"];

for (const key of SHORT_KEYS) {
  test(`with the API key "${key}" answers and the program's own words stay as they are`, async () => {
    const reply = "I run on ollama, the content is done: null model.";
    await using ollama = FakeOllama.start({ reply: () => reply, tokenDelayMs: 0 });
    await using channel = await DemoChannel.start({});
    const config = { ollama_host: ollama.url, model: "rosey-demo", openai_api_key: key };
    await using rosey = Rosey.start(channel.url, {
      llm: config,
      env: /\s/.test(key) ? {} : { OLLAMA_API_KEY: key },
    });
    await rosey.ready();
    const enabled = await rosey.line("LLM enabled");
    const text = `LLM enabled: provider=ollama, model=rosey-demo, host=${ollama.url}`;
    assert(enabled.endsWith(text), enabled);
    const answer = channel.nextLine(byRosey, 10_000);
    channel.say("alice", "rosey, what do you run on?");
    assertEquals((await answer).msg, reply);
    await rosey.line(`LLM response: user=alice, length=${reply.length}`);
    assert(!rosey.log.some((line) => line.includes("was cut")), rosey.log.join("\n"));
    await ollama.close();
    channel.say("bob", "rosey, and now?");
    await rosey.line(`Ollama server unavailable at ${ollama.url}: connection refused`);
    assertEquals(rosey.log.filter((line) => line.includes("[redacted]")), []);
  });
}

test("a server that repeats the key is quoted without it, in the log and on the status page", async () => {
  const key = "context-length-of-a-key";
  await using ollama = FaultyOllama.start({ tokenDelayMs: 0 });
  const json = JSON.stringify({ error: `no ${key} for this model: input exceeds it` });
  await using channel = await DemoChannel.start({});
  await using rosey = Rosey.start(channel.url, {
    llm: { ollama_host: ollama.url },
    config: { status: { port: holdPort() } },
    env: { OLLAMA_API_KEY: key },
  });
  await rosey.ready();
  await rosey.line("LLM enabled");
  ollama.fault = { kind: "status", status: 400, body: json, on: "chat" };
  channel.say("alice", "rosey, hello?");
  const failed = await rosey.line("LLM error");
  assertMatch(failed, /HTTP 400: no \[redacted\] for this model: input exceeds it/);
  const url = /http:\S+/.exec(await rosey.line("Status page"))![0];
  const events = await fetch(`${url}/events`);
  for await (const event of events.body!.pipeThrough(new TextDecoderStream())) {
    if (event.includes('"model failed"')) break;
  }
  const pages = await Promise.all(
    ["/status.json", "/metrics", "/readyz"].map(async (path) => (await fetch(url + path)).text()),
  );
  assertStringIncludes(pages[0]!, "no [redacted] for this model");
  for (const text of [...rosey.log, ...pages]) assert(!text.includes(key), text);
});

test("a model whose name holds the key is named without it where the model is missing", async () => {
  const key = "sekret-key-123";
  await using ollama = FaultyOllama.start({ models: [`m-${key}:latest`] });
  await using channel = await DemoChannel.start({});
  await using rosey = Rosey.start(channel.url, {
    llm: { ollama_host: ollama.url },
    env: { OLLAMA_API_KEY: key },
  });
  const line = await rosey.line("Ollama server unavailable");
  assert(line.includes("(it has m-[redacted]:latest)"), line);
  for (const text of rosey.log) assert(!text.includes(key), text);
});
