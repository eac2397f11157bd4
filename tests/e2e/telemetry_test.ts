import { assert, assertEquals, assertGreaterOrEqual, assertLess } from "@std/assert";
import { DemoChannel } from "../../src/demo/channel/server.ts";
import { FakeOllama } from "../fakes/ollama/server.ts";
import { attributesOf, OtlpCollector } from "../fakes/otlp_collector.ts";
import { test } from "../testing.ts";
import { Rosey } from "./rosey.ts";
import manifest from "../../deno.json" with { type: "json" };

const byRosey = ({ username }: { username: string }) => username === "Rosey";
/** A binary exports only if it was compiled with `OTEL_DENO=true`. */
const [, ...args] = manifest.tasks.start.command.split(" ");
const SOURCES = { command: Deno.execPath(), args };

/** Secrets, names and words; none of them may be exported. */
const PLANTED = [
  "login-planted",
  "url-planted",
  btoa("bot:url-planted"),
  "alice",
  "popcorn",
  "butter",
];

test("exports a span per question, with the model's requests as children and without any text", async () => {
  await using collector = new OtlpCollector();
  const ollama = FakeOllama.start({ reply: () => "Salted, no butter.", tokenDelayMs: 20 });
  await using _ollama = ollama;
  await using channel = await DemoChannel.start({
    accounts: { Rosey: { password: "login-planted", rank: 2 } },
  });
  await using rosey = Rosey.start(channel.url, {
    program: SOURCES,
    llm: { ollama_host: ollama.url.replace("://", "://bot:url-planted@") },
    config: { user: ["Rosey", "login-planted"] },
    env: collector.env,
  });
  await rosey.ready();
  await rosey.line("LLM enabled");
  channel.addPuppet("alice", 1);
  const answer = channel.nextLine(byRosey, 10_000);
  const begunMs = Date.now();
  channel.say("alice", "rosey, which popcorn?");
  await answer;
  await ollama.close();
  channel.say("alice", "rosey, more popcorn?");
  await rosey.line("Ollama server unavailable");
  await rosey.stop();

  const questions = collector.spans.filter(({ name }) => name === "question");
  const [answered, failed] = questions.map(attributesOf);
  assertEquals(Object.keys(answered!).sort(), [
    "rosey.kind",
    "rosey.load_seconds",
    "rosey.model_seconds",
    "rosey.outcome",
    "rosey.say_seconds",
    "rosey.wait_seconds",
  ]);
  assertEquals([answered!["rosey.kind"], answered!["rosey.outcome"]], ["call", "answered"]);
  assertGreaterOrEqual(Number(answered!["rosey.model_seconds"]), 0.06);
  for (const step of ["load", "wait", "say"]) {
    assertLess(Number(answered![`rosey.${step}_seconds`]), 5);
  }
  assertLess(Math.abs(Number(questions[0]!.startTimeUnixNano) / 1e6 - begunMs), 5000);
  assert(["model failed", "model unavailable"].includes(String(failed!["rosey.outcome"])));

  const children = collector.spans.filter(({ parentSpanId }) =>
    parentSpanId === questions[0]!.spanId
  );
  const chat = children.map(attributesOf).filter((span) => span["url.path"] === "/api/chat");
  assertEquals(chat.map((span) => span["url.full"]), [`${ollama.url}/api/chat`]);
  for (const { path, body } of collector.requests) {
    for (const word of PLANTED) assert(!body.includes(word), `${path} has ${word}`);
  }
});
