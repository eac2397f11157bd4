/** A prompt that a server refuses as too long, and that is sent again, shorter. */
import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { parseHost } from "../../src/config/ollama_host.ts";
import { ProviderError } from "../../src/llm/errors.ts";
import { OllamaProvider } from "../../src/llm/ollama.ts";
import { OpenAiProvider } from "../../src/llm/openai.ts";
import type { Message, Provider } from "../../src/llm/provider.ts";
import { setupLogging } from "../../src/log.ts";
import { poolOf } from "../fakes/scripted_provider.ts";
import { serveHttp } from "../fakes/http_server.ts";
import { test } from "../testing.ts";

const never = new AbortController().signal;
const LIMIT_CHARS = 100;
const LONG = prompt("x".repeat(2 * LIMIT_CHARS));
const SHORT = prompt("alice: rosey?");

function prompt(content: string): readonly Message[] {
  return [{ role: "user", content }];
}

/** A server of both APIs that refuses long prompts with status 500. */
function serve(words: string) {
  let asked = 0;
  const server = serveHttp(async (request) => {
    const body = await request.text();
    if (request.method !== "POST") {
      return Response.json({ models: [{ name: "m:latest" }], data: [{ id: "m" }] });
    }
    const { messages = [] } = JSON.parse(body);
    if (messages.length > 0) asked++;
    if (JSON.stringify(messages).length > LIMIT_CHARS) {
      return Response.json({ error: words }, { status: 500 });
    }
    const message = { role: "assistant", content: "Fine." };
    return Response.json({ message, done: true, choices: [{ message, finish_reason: "stop" }] });
  });
  const limits = {
    server: { ...parseHost(server.url), model: "m" },
    connect: () => Deno.createHttpClient({}),
    responseTimeoutMs: 5000,
    loadTimeoutMs: 5000,
  };
  return {
    ollama: () => new OllamaProvider({ ...limits, keepAlive: "5m", options: {}, think: false }),
    openai: () => new OpenAiProvider(limits),
    asked: () => asked,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

async function upPoolOf(providers: readonly Provider[]) {
  const pool = poolOf(providers);
  for (const { status } of pool.monitors) while (!status.available) await status.changed(never);
  return { pool, [Symbol.asyncDispose]: () => pool.close() };
}

const CASES = [
  [
    "ollama",
    "input length (5120 tokens) exceeds the model's maximum context length (4096 tokens)",
  ],
  [
    "openai",
    "Trying to keep the first 6547 tokens when context the overflows. However, the model " +
    "is loaded with context length of only 4096 tokens",
  ],
] as const;

for (const [name, words] of CASES) {
  test(`${name}: a refused prompt that is sent again shorter is neither logged nor counted`, async () => {
    const lines: string[] = [];
    const write = (line: string) => void lines.push(line);
    await using _logging = await setupLogging({ level: "INFO", format: "journal", write });
    await using server = serve(words);
    await using scene = await upPoolOf([server[name]()]);
    const { pool, pool: { monitors: [monitor] } } = scene;
    for (let time = 1; time <= 4; time++) {
      const asked = () => pool.chat(LONG, never, { allowTruncation: false });
      assertEquals((await assertRejects(asked, ProviderError)).kind, "context_too_long");
    }
    assertEquals((await pool.chat(SHORT, never, { allowTruncation: false })).text, "Fine.");
    const { failures, errorsLastHour } = monitor!.report;
    assertEquals([monitor!.status.state, failures, errorsLastHour], ["up", {}, 0]);
    assertEquals(lines.filter((line) => !line.startsWith("<6>")), []);

    // The last attempt allows truncation; its failure is final.
    await assertRejects(() => pool.chat(LONG, never, { allowTruncation: true }), ProviderError);
    assertEquals(monitor!.report.failures, { context_too_long: 1 });
    const [error, ...more] = lines.filter((line) => !line.startsWith("<6>"));
    assertMatch(error!, /^<3>LLM error: HTTP 500: .* shorten the persona/);
    assertEquals([more, monitor!.status.state], [[], "up"]);
  });
}

test("a refused prompt is shortened before another server is asked", async () => {
  await using first = serve(CASES[0][1]);
  await using second = serve(CASES[0][1]);
  await using scene = await upPoolOf([first.ollama(), second.ollama()]);
  const asked = () => scene.pool.chat(LONG, never, { allowTruncation: false });
  assertEquals((await assertRejects(asked, ProviderError)).kind, "context_too_long");
  assertEquals([first.asked(), second.asked()], [1, 0]);
});
