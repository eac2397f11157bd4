import { assert, assertEquals, assertMatch } from "@std/assert";
import { DemoChannel } from "../../src/demo/channel/server.ts";
import { FakeOllama } from "../fakes/ollama/server.ts";
import { makeCerts } from "../fakes/certs.ts";
import { ForwardProxy } from "../fakes/forward_proxy.ts";
import { test } from "../testing.ts";
import { Rosey, type StartOptions } from "./rosey.ts";

const REPLY = { reply: () => "By the way.", tokenDelayMs: 0 };

/** Starts a bot, has it asked, and stops it. */
async function answers(channel: DemoChannel, options: StartOptions): Promise<string[]> {
  await using rosey = Rosey.start(channel.url, options);
  await rosey.ready();
  const answer = channel.nextLine(({ username }) => username === "Rosey", 15_000);
  channel.say("alice", "rosey?");
  assertEquals((await answer).msg, "By the way.");
  assertEquals((await rosey.stop()).code, 0);
  return [...rosey.log];
}

test("HTTP_PROXY is used, with its credentials, and NO_PROXY keeps hosts from it", async () => {
  await using ollama = FakeOllama.start(REPLY);
  await using proxy = new ForwardProxy("rosey:pw-of-the-proxy");
  await using channel = await DemoChannel.start({});
  const llm = { ollama_host: ollama.url.replace("127.0.0.1", "localhost") };
  const { port } = new URL(ollama.url);
  const log = await answers(channel, {
    llm,
    env: { HTTP_PROXY: proxy.url, NO_PROXY: "127.0.0.1" },
  });
  const asked = proxy.requests.map((line) => line.split(" ").slice(0, 2).join(" "));
  assertEquals([...new Set(asked)].sort(), [
    `GET http://localhost:${port}/api/ps`,
    `GET http://localhost:${port}/api/tags`,
    `POST http://localhost:${port}/api/chat`,
    `POST http://localhost:${port}/api/show`,
  ]);
  assert(!log.some((line) => line.includes("pw-of-the-proxy")));

  const before = proxy.requests.length;
  await answers(channel, { llm, env: { HTTP_PROXY: proxy.url, NO_PROXY: "127.0.0.1,localhost" } });
  assertEquals(proxy.requests.length, before);
});

test("HTTPS_PROXY is used by tunnel, and the certificate is the server's", async () => {
  await using certs = await makeCerts();
  const tls = { cert: certs.cert, key: certs.key };
  await using ollama = FakeOllama.start({ tls, ...REPLY });
  await using proxy = new ForwardProxy();
  await using channel = await DemoChannel.start({});
  const ollama_host = ollama.url.replace("127.0.0.1", "localhost");
  const env = { HTTPS_PROXY: proxy.url };
  await answers(channel, { llm: { ollama_host, ca_file: certs.caPath }, env });
  const { host } = new URL(ollama_host);
  assertEquals([...new Set(proxy.requests)], [`CONNECT ${host} HTTP/1.1`]);
}, { needs: "openssl" });

test("errors of the proxy are distinguished from errors of the server", async () => {
  await using ollama = FakeOllama.start(REPLY);
  await using proxy = new ForwardProxy("rosey:secret");
  await using channel = await DemoChannel.start({});
  const gone = new ForwardProxy();
  const { url: goneUrl } = gone;
  await gone[Symbol.asyncDispose]();
  const ollama_host = ollama.url.replace("127.0.0.1", "localhost");
  for (
    const [HTTP_PROXY, said] of [
      [proxy.url.replace("secret", "wrong"), /HTTP 407: .*proxy/],
      [goneUrl, /unavailable at http:\/\/localhost:\d+: .*proxy/],
    ] as const
  ) {
    await using rosey = Rosey.start(channel.url, {
      llm: { ollama_host },
      env: { HTTP_PROXY, NO_PROXY: "127.0.0.1" },
    });
    assertMatch(await rosey.line("unavailable at"), said);
    assert(!rosey.log.some((line) => line.includes("wrong")));
  }
});
