import {
  assert,
  assertEquals,
  assertGreater,
  assertGreaterOrEqual,
  assertMatch,
} from "@std/assert";
import { DemoChannel } from "../../src/demo/channel/server.ts";
import { FaultyOllama, holdPort } from "../fakes/ollama/faulty.ts";
import { test } from "../testing.ts";
import { Rosey } from "./rosey.ts";

const SECRETS = ["pw-planted", "tok-planted", "key-planted"];

async function get(url: string): Promise<{ status: number; text: string }> {
  const response = await fetch(url);
  return { status: response.status, text: await response.text() };
}

function metric(text: string, name: string): number {
  const line = text.split("\n").find((line) => line.startsWith(name));
  assert(line, `${name} is not in\n${text}`);
  return Number(line.split(" ").at(-1));
}

test("the status server shows readiness and metrics without secrets", async () => {
  await using ollama = FaultyOllama.start({ reply: () => "Hello.", tokenDelayMs: 0 });
  const accounts = { Rosey: { password: "pw-planted", rank: 1 } };
  await using channel = await DemoChannel.start({ accounts });
  const port = holdPort();
  await using rosey = Rosey.start(channel.url, {
    config: { status: { port }, user: ["Rosey", "pw-planted"] },
    llm: {
      ollama_host: { url: ollama.url.replace("://", "://bot:pw-planted@"), api_key: "tok-planted" },
      openai_api_key: "key-planted",
    },
  });
  const url = `http://127.0.0.1:${port}`;
  await rosey.line(`Status page: ${url}`);
  assertEquals(await get(`${url}/healthz`), { status: 200, text: "ok\n" });
  await rosey.ready();
  await rosey.line("Joined demo");
  assertEquals((await get(`${url}/readyz`)).status, 200);

  const answer = channel.nextLine(({ username }) => username === "Rosey", 15_000);
  channel.say("alice", "rosey?");
  assertEquals((await answer).msg, "Hello.");
  ollama.fault = { kind: "status", status: 500, body: `{"error":"boom"}`, on: "chat" };
  channel.say("bob", "rosey?");
  await rosey.line("LLM error");
  const { text } = await get(`${url}/metrics`);
  const labels = `{host="${ollama.url}",model="rosey-demo"`;
  assertEquals(metric(text, `rosey_model_answer_seconds_count${labels}`), 1);
  assertEquals(metric(text, `rosey_model_failures_total${labels},kind="http"}`), 1);
  assertEquals(metric(text, `rosey_model_errors_last_hour${labels}`), 1);
  assertEquals(metric(text, 'rosey_decisions_total{outcome="answered"}'), 1);
  assertGreater(metric(text, `rosey_model_latency_seconds${labels}`), 0);
  assertGreaterOrEqual(metric(text, "rosey_lines_said_total"), 1);

  const shown = await Promise.all(
    ["/", "/metrics", "/status.json", "/readyz"].map((path) => get(url + path)),
  );
  const all = [...shown.map(({ text }) => text), ...rosey.log].join("\n");
  assertEquals(SECRETS.filter((secret) => all.includes(secret)), []);

  const other = await secondBot(channel.url, port);
  assertMatch(other, /No status page: port \d+ of 127\.0\.0\.1 cannot be used: .*in use/);
  assertEquals((await rosey.stop()).code, 0);
});

/** A second bot at the same port goes on without its page. */
async function secondBot(domain: string, port: number): Promise<string> {
  await using rosey = Rosey.start(domain, {
    config: { status: { port }, user: "Second" },
    llm: { enabled: false },
  });
  await rosey.line("Joined demo");
  return await rosey.line("No status page");
}
