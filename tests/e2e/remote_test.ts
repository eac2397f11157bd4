import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { DemoChannel } from "../../src/demo/channel/server.ts";
import { FakeOllama } from "../fakes/ollama/server.ts";
import { blackHole, silentServer } from "../fakes/blackhole.ts";
import { makeCerts } from "../fakes/certs.ts";
import { FaultyOllama, holdPort } from "../fakes/ollama/faulty.ts";
import { test } from "../testing.ts";
import { Rosey } from "./rosey.ts";

const byRosey = ({ username }: { username: string }) => username === "Rosey";

/** The bot hears what is said, answers nothing and says nothing of its trouble. */
async function assertAliveAndSilent(rosey: Rosey, channel: DemoChannel): Promise<void> {
  const from = rosey.log.length;
  channel.say("[server]", "a line that must be heard");
  channel.say("alice", "rosey, are you well?");
  await rosey.line(/No answer for alice/, { from });
  assertEquals(channel.lines.filter(byRosey).length, 0);
  assertEquals((await rosey.stop()).code, 0);
  assertEquals(rosey.chatLog(), [
    "[server] a line that must be heard",
    "<alice> rosey, are you well?",
  ]);
}

test("a host that refuses is logged with the reason, and the bot goes on without a model", async () => {
  const host = `http://127.0.0.1:${holdPort()}`;
  await using channel = await DemoChannel.start({});
  await using rosey = Rosey.start(channel.url, { llm: { ollama_host: host } });
  await rosey.ready();
  const said = await rosey.line("unavailable");
  assertStringIncludes(said, `Ollama server unavailable at ${host}: connection refused`);
  await assertAliveAndSilent(rosey, channel);
  assertEquals(rosey.log.filter((line) => line.includes("unavailable at")).length, 1);
});

test("a name that cannot be resolved is logged as such, and the bot goes on", async () => {
  // A label of more than 63 characters is refused before any question leaves this machine.
  const host = `http://${"x".repeat(64)}.invalid:11434`;
  await using channel = await DemoChannel.start({});
  await using rosey = Rosey.start(channel.url, { llm: { ollama_host: host } });
  await rosey.ready();
  assertMatch(await rosey.line("unavailable"), /DNS resolution failed: the name "x+\.invalid"/);
  await assertAliveAndSilent(rosey, channel);
});

test("a black hole and a server that never answers are given up after probe_timeout", async () => {
  await using hole = await blackHole();
  await using silent = silentServer();
  for (const { url } of [hole, silent]) {
    await using channel = await DemoChannel.start({});
    await using rosey = Rosey.start(channel.url, { llm: { ollama_host: url, probe_timeout: 1 } });
    await rosey.line("Joined demo");
    const said = await rosey.line("unavailable");
    assertStringIncludes(said, `unavailable at ${url}: no complete answer within 1 s; curl `);
    await assertAliveAndSilent(rosey, channel);
  }
}, { needs: "linux" });

test("a server that comes up later, goes and comes back is used each time without a restart", async () => {
  const port = holdPort();
  await using channel = await DemoChannel.start({});
  await using rosey = Rosey.start(channel.url, {
    llm: { ollama_host: `http://127.0.0.1:${port}` },
  });
  await rosey.ready();
  await rosey.line("unavailable");
  for (const reply of ["I am up.", "I am back."]) {
    const from = rosey.log.length;
    await using _ollama = FakeOllama.start({ port, reply: () => reply, tokenDelayMs: 0 });
    await rosey.line("LLM enabled", { from, timeoutMs: 60_000 });
    const answer = channel.nextLine(byRosey, 10_000);
    channel.say("alice", "rosey?");
    assertEquals((await answer).msg, reply);
    await _ollama.close();
    channel.say("bob", "rosey?");
    await rosey.line("LLM connection error: connection refused", { from });
    await rosey.line("Ollama server unavailable", { from });
  }
});

test("HTTP errors are logged, not said in chat; the bot recovers with the server", async () => {
  await using ollama = FaultyOllama.start({ reply: () => "Well again.", tokenDelayMs: 0 });
  await using channel = await DemoChannel.start({});
  await using rosey = Rosey.start(channel.url, {
    llm: { ollama_host: ollama.url },
    config: { log_level: "DEBUG" },
  });
  await rosey.line("Joined demo");
  await rosey.line("is loaded");
  for (
    const [status, body, said] of [
      [
        404,
        `{"error":"model 'rosey-demo' not found"}`,
        'model "rosey-demo" is not on http://127.0.0.1:',
      ],
      [404, "404 page not found", "HTTP 404: no such API there"],
      [500, `{"error":"llama runner process has terminated"}`, "HTTP 500: llama runner process"],
      [502, "<html>Bad Gateway</html>", "HTTP 502 with HTML: a proxy answered"],
      [503, `{"error":"server busy, please try again."}`, "HTTP 503: server busy"],
    ] as const
  ) {
    const from = rosey.log.length;
    ollama.fault = { kind: "status", status, body, on: "chat" };
    const before = channel.lines.filter(byRosey).length;
    channel.say("alice", "rosey?");
    await rosey.line(`LLM error: ${said}`, { from });
    assertEquals(channel.lines.filter(byRosey).length, before);
    ollama.fault = null;
    // The model could not be loaded again either.
    if (status === 500 || status === 502) await rosey.line("is loaded", { from });
    const answer = channel.nextLine(byRosey, 10_000);
    channel.say(`bob${before}`, "rosey?");
    assertEquals((await answer).msg, "Well again.");
  }
});

test("a model that is pulled later is used without a restart, and its lack is logged once", async () => {
  await using ollama = FaultyOllama.start({ reply: () => "Pulled.", tokenDelayMs: 0 });
  const error = "model 'rosey-demo' not found";
  ollama.fault = { kind: "status", status: 404, body: JSON.stringify({ error }), on: "chat" };
  await using channel = await DemoChannel.start({});
  await using rosey = Rosey.start(channel.url, { llm: { ollama_host: ollama.url } });
  await rosey.line("Joined demo");
  const lacks = /unavailable at http:\S+: model "rosey-demo" is not on .*; run: .* pull/;
  await rosey.line(lacks);
  for (const name of ["alice", "bob"]) {
    channel.say(name, "rosey?");
    await rosey.line(`No answer for ${name}: model unavailable`);
  }
  const from = rosey.log.length;
  ollama.fault = null;
  await rosey.line("LLM enabled", { from, timeoutMs: 60_000 });
  const answer = channel.nextLine(byRosey, 10_000);
  channel.say("carol", "rosey?");
  assertEquals((await answer).msg, "Pulled.");
  assertEquals(rosey.log.filter((line) => lacks.test(line)).length, 1);
  assertEquals(rosey.log.filter((line) => line.includes("LLM error")).length, 0);
});

test(
  "a server with a certificate of a private authority is used with ca_file, refused without",
  async () => {
    await using certs = await makeCerts();
    const { cert, key } = certs;
    await using ollama = FakeOllama.start({
      tls: { cert, key },
      reply: () => "Sealed.",
      tokenDelayMs: 0,
    });
    const ollama_host = ollama.url.replace("127.0.0.1", "localhost");
    await using channel = await DemoChannel.start({});
    {
      await using rosey = Rosey.start(channel.url, { llm: { ollama_host } });
      await rosey.ready();
      assertMatch(
        await rosey.line("unavailable"),
        /unavailable at https:\/\/localhost:\d+: TLS: the certificate's authority is not known here/,
      );
    }
    await using rosey = Rosey.start(channel.url, { llm: { ollama_host, ca_file: certs.caPath } });
    await rosey.ready();
    assertMatch(await rosey.line("LLM enabled"), /host=https:\/\/localhost:\d+$/);
    const answer = channel.nextLine(byRosey, 10_000);
    channel.say("alice", "rosey?");
    assertEquals((await answer).msg, "Sealed.");
  },
  { needs: "openssl" },
);

test("mistakes in the llm section leave the model off and the bot running", async () => {
  for (
    const [llm, said] of [
      [
        { ollama_host: "192.168.1.100:11434" },
        'must begin with http:// or https://, found "192.168.1.100:11434"; did you mean "http://192.168.1.100:11434"?',
      ],
      [{ provider: "olama" }, "Unknown LLM provider: olama"],
      [{ provider: "openai" }, "LLM error: no API key: set llm.openai_api_key or OPENAI_API_KEY"],
      [{ model: "" }, "LLM error: no model: set llm.model"],
    ] as const
  ) {
    await using channel = await DemoChannel.start({});
    await using rosey = Rosey.start(channel.url, { llm });
    assertStringIncludes(await rosey.line("the bot runs without a model"), said);
    await rosey.line("Joined demo");
    channel.say("alice", "rosey?");
    channel.say("[server]", "heard");
    assertEquals((await rosey.stop()).code, 0);
  }
});

test("the fallback text is said when there is no answer", async () => {
  await using channel = await DemoChannel.start({});
  const ollama_host = `http://127.0.0.1:${holdPort()}`;
  await using rosey = Rosey.start(channel.url, {
    llm: { ollama_host, fallback_response: "/me is asleep." },
  });
  await rosey.ready();
  await rosey.line("unavailable");
  const answer = channel.nextLine(byRosey, 10_000);
  channel.say("alice", "rosey?");
  assertEquals((await answer).msg, "me is asleep.");
});
