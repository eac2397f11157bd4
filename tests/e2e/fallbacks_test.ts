import { assert, assertEquals, assertMatch } from "@std/assert";
import { DemoChannel } from "../../src/demo/channel/server.ts";
import { FaultyOllama, holdPort } from "../fakes/ollama/faulty.ts";
import { FakeOpenAi } from "../fakes/openai.ts";
import { test } from "../testing.ts";
import { Rosey } from "./rosey.ts";

const byRosey = ({ username }: { username: string }) => username === "Rosey";

async function tell(channel: DemoChannel, user: string, text: string): Promise<string> {
  const answer = channel.nextLine(byRosey, 15_000);
  channel.say(user, text);
  return (await answer).msg;
}

/** An Ollama, an OpenAI-compatible server, and the `llm` section that has one before the other. */
function servers() {
  // A reply like the one before is not said.
  let count = 0;
  const ollama = FaultyOllama.start({
    models: ["rosey-demo:latest", "other:latest"],
    reply: () => `From home, ${++count}.`,
    tokenDelayMs: 0,
  });
  const openai = new FakeOpenAi();
  openai.mode = {
    kind: "stream",
    get text() {
      return `From the cloud, ${++count}.`;
    },
  };
  const sent: Headers[] = [];
  openai.onChat = ({ headers }) => void sent.push(headers);
  const fallback = {
    provider: "openai",
    model: "small-model",
    openai_base_url: openai.url,
    openai_api_key: "key-of-the-cloud",
    headers: { "X-Gateway": { env: "GATEWAY_KEY" } },
  };
  const llm = {
    ollama_host: ollama.url.replace("://", "://rosey:pw-of-home@"),
    headers: { "CF-Access-Client-Secret": "secret-of-home" },
    personas: { Pirate: "You are a pirate." },
    fallbacks: [fallback],
  };
  return { ollama, openai, sent, llm, env: { GATEWAY_KEY: "secret-of-gateway" } };
}

test("an OpenAI-compatible fallback answers while Ollama is away, and Ollama when it is back", async () => {
  const { ollama, openai, sent, llm, env } = servers();
  await using _servers = { [Symbol.asyncDispose]: () => close(ollama, openai) };
  await ollama.stop();
  await using channel = await DemoChannel.start({});
  channel.addPuppet("mod", 2);
  await using rosey = Rosey.start(channel.url, { llm, env, config: { log_level: "DEBUG" } });
  await rosey.ready();
  await rosey.line(`Ollama server unavailable at ${ollama.url}: connection refused`);
  await rosey.line(`LLM enabled: provider=openai, model=small-model, host=${openai.url}`);
  assertMatch(await tell(channel, "alice", "rosey, who answers?"), /^From the cloud/);
  await rosey.line(
    `LLM answers now come from ${openai.url}: provider=openai, model=small-model`,
  );
  assertMatch(await tell(channel, "mod", "!persona pirate"), /I am Pirate now/);
  assertMatch(await tell(channel, "alice", "rosey, who are you?"), /^From the cloud/);
  assertMatch(JSON.stringify(openai.requests.at(-1)!.body), /You are a pirate\./);

  ollama.restart();
  await rosey.line("Model rosey-demo is loaded", { timeoutMs: 60_000 });
  assertMatch(await tell(channel, "alice", "rosey, and now?"), /^From home/);
  await rosey.line(`LLM answers now come from ${ollama.url}`);
  assertMatch(await tell(channel, "mod", "!model other"), /I use other:latest from now on/);
  await rosey.line("Model other:latest is loaded");
  assertMatch(await tell(channel, "alice", "rosey, and now?"), /^From home/);
  await ollama.stop();
  assertMatch(await tell(channel, "alice", "rosey, who answers?"), /^From the cloud/);
  assertEquals((await rosey.stop()).code, 0);

  for (const { model } of openai.requests.map(({ body }) => Object(body))) {
    assertEquals(model, "small-model");
  }
  for (const headers of sent) {
    assertEquals(headers.get("authorization"), "Bearer key-of-the-cloud");
    assertEquals(headers.get("x-gateway"), "secret-of-gateway");
    assertEquals(headers.get("cf-access-client-secret"), null);
  }
  for (const { headers } of ollama.requests) {
    assertEquals(headers.authorization, `Basic ${btoa("rosey:pw-of-home")}`);
    assertEquals(headers["cf-access-client-secret"], "secret-of-home");
    assertEquals(headers["x-gateway"], undefined);
  }
  assert(!/-of-(?:home|the-cloud|gateway)/.test(rosey.log.join("\n")));
});

test("a reload adds a fallback, changes its headers and removes it", async () => {
  const { ollama, openai, sent, llm, env } = servers();
  await using _servers = { [Symbol.asyncDispose]: () => close(ollama, openai) };
  await using channel = await DemoChannel.start({});
  const alone = { ...llm, fallbacks: [] };
  await using rosey = Rosey.start(channel.url, { llm: alone, env });
  await rosey.ready();
  await ollama.stop();
  rosey.reload(channel.url, { llm });
  await rosey.line(/Reloaded .*: llm\.fallbacks$/);
  assertMatch(await tell(channel, "alice", "rosey, who answers?"), /^From the cloud/);

  let from = rosey.log.length;
  const headers = { "X-Gateway": "another-secret" };
  rosey.reload(channel.url, { llm: { ...llm, fallbacks: [{ ...llm.fallbacks[0], headers }] } });
  await rosey.line(/Reloaded .*: llm\.fallbacks$/, { from });
  assertMatch(await tell(channel, "alice", "rosey, who answers?"), /^From the cloud/);
  assertEquals(sent.map((headers) => headers.get("x-gateway")), [
    "secret-of-gateway",
    "another-secret",
  ]);

  from = rosey.log.length;
  ollama.restart();
  rosey.reload(channel.url, { llm: alone });
  await rosey.line(/Reloaded .*: llm\.fallbacks$/, { from });
  assertMatch(await tell(channel, "alice", "rosey, who answers?"), /^From home/);
});

test("servers that repeat their secrets do not bring them into the log or onto the status page", async () => {
  const { ollama, openai, llm, env } = servers();
  await using _servers = { [Symbol.asyncDispose]: () => close(ollama, openai) };
  await using channel = await DemoChannel.start({});
  await using rosey = Rosey.start(channel.url, {
    llm: {
      ...llm,
      headers: { ...llm.headers, Cookie: "CF_Authorization=cookie-of-home; lang=en" },
    },
    config: { status: { port: holdPort() }, log_level: "DEBUG" },
    env,
  });
  await rosey.ready();
  const ofHome = ["pw-of-home", btoa("rosey:pw-of-home"), "secret-of-home", "cookie-of-home"];
  const ofCloud = ["key-of-the-cloud", "secret-of-gateway"];
  const bodyWith = (secrets: string[]) => JSON.stringify({ error: `no ${secrets.join(" and ")}` });
  const page = /http:\S+/.exec(await rosey.line("Status page"))![0];
  const pages: string[] = [];
  for (const status of [400, 401, 403, 404, 500]) {
    const from = rosey.log.length;
    ollama.fault = { kind: "status", status, body: bodyWith(ofHome), on: "chat" };
    openai.mode = { kind: "status", status, body: bodyWith(ofCloud) };
    channel.say("alice", `rosey, hello ${status}?`);
    await rosey.line(`; asked ${openai.url}`, { from });
    for (const path of ["/", "/status.json", "/metrics", "/readyz", "/healthz"]) {
      pages.push(await (await fetch(page + path)).text());
    }
  }
  const said = [...rosey.log, ...pages];
  assert(said.some((line) => line.includes("[redacted]")), rosey.log.join("\n"));
  for (const line of said) {
    for (const secret of [...ofHome, ...ofCloud]) assert(!line.includes(secret), line);
  }
});

async function close(ollama: FaultyOllama, openai: FakeOpenAi): Promise<void> {
  await Promise.all([ollama.close(), openai[Symbol.asyncDispose]()]);
}
