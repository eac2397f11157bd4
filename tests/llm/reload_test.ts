/** Reloads of the model during a request, with real sockets. */
import {
  assertEquals,
  assertLess,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { delay } from "../../src/clock.ts";
import { parseHost } from "../../src/config/ollama_host.ts";
import type { ServerMonitor } from "../../src/llm/server_monitor.ts";
import { OllamaProvider } from "../../src/llm/ollama.ts";
import { ProviderError } from "../../src/llm/errors.ts";
import type { Message } from "../../src/llm/provider.ts";
import type { ServerStatus } from "../../src/llm/server_status.ts";
import { FaultyOllama } from "../fakes/ollama/faulty.ts";
import { poolOf } from "../fakes/scripted_provider.ts";
import { test } from "../testing.ts";

const never = new AbortController().signal;
const QUESTION: readonly Message[] = [{ role: "user", content: "alice: rosey?" }];
const RESPONSE_TIMEOUT_MS = 3000;
/** Longer than response_timeout. */
const RELOAD_MS = 5000;
const DIED = "an error was encountered while running the model: unexpected EOF";

interface ServerOptions {
  /** Events during the first answers, before or after the first word. */
  readonly events?: readonly ((server: FaultyOllama) => Promise<void>)[];
  readonly begins?: boolean;
  readonly reloadMs?: number;
}

/** A server whose first load is immediate and whose next loads take `reloadMs`. */
function serverOf({ events = [], begins = false, reloadMs = RELOAD_MS }: ServerOptions = {}) {
  let answers = 0;
  const server: FaultyOllama = FaultyOllama.start({
    loadDelayMs: [0, reloadMs],
    tokenDelayMs: 0,
    reply: async function* () {
      const event = events[answers++];
      if (begins) yield "It";
      await event?.(server);
      yield begins ? " is well." : "It is well.";
    },
  });
  return server;
}

/** The runner dies: the model is unloaded and the pending answer fails. */
async function die(server: FaultyOllama, words = DIED): Promise<void> {
  const unload = JSON.stringify({ model: "rosey-demo", keep_alive: 0 });
  const response = await fetch(`http://127.0.0.1:${server.backend.port}/api/generate`, {
    method: "POST",
    body: unload,
  });
  await response.body?.cancel();
  throw new Error(words);
}

/** The runner dies after 80 % of response_timeout. */
async function dieLate(server: FaultyOllama): Promise<void> {
  await delay(0.8 * RESPONSE_TIMEOUT_MS);
  await die(server);
}

/** Takes 60 % of response_timeout. */
function answerLate(): Promise<void> {
  return delay(0.6 * RESPONSE_TIMEOUT_MS);
}

/** Restarts the server without its model. */
async function restart(server: FaultyOllama): Promise<void> {
  await die(server).catch(() => {});
  await server.stop();
  server.restart();
}

/** A pool of some servers, all up. */
async function poolTo(servers: readonly FaultyOllama[], responseTimeoutMs = RESPONSE_TIMEOUT_MS) {
  const providers = servers.map(({ url }) =>
    new OllamaProvider({
      server: { ...parseHost(url), model: "rosey-demo" },
      connect: () => Deno.createHttpClient({ http2: false }),
      keepAlive: "5m",
      options: {},
      think: false,
      responseTimeoutMs,
      loadTimeoutMs: 60_000,
    })
  );
  const pool = poolOf(providers);
  const { monitors } = pool;
  for (const { status } of monitors) while (!status.available) await status.changed(never);
  return { pool, monitors, [Symbol.asyncDispose]: () => pool.close() };
}

async function loading(status: ServerStatus): Promise<void> {
  while (status.state !== "loading") await status.changed(never);
}

/** Number of requests for an answer: loads have no messages. */
function questionsAt({ requests }: FaultyOllama): number {
  return requests.filter(({ body }) => (Object(body).messages?.length ?? 0) > 0).length;
}

/** What versions of Ollama say, with status 500. */
const LAST_WORDS = [
  "model runner has unexpectedly stopped, this may be due to resource limitations or an internal " +
  "error, check ollama server logs for details",
  "llama-server process no longer running: -1 signal: killed",
  "mlx runner failed: [METAL] Command buffer execution failed",
  'Post "http://127.0.0.1:43211/completion": EOF',
];

const cases = [
  ["the runner dies before the first word", { events: [die] }],
  ["the runner dies after the first word", { events: [die], begins: true }],
  ["the server restarts", { events: [restart] }],
  ...LAST_WORDS.map((words): [string, ServerOptions] => [
    `the runner dies with the words ${words.slice(0, 40)}`,
    { events: [(server) => die(server, words)], reloadMs: RESPONSE_TIMEOUT_MS + 200 },
  ]),
  ["the runner dies late and the next answer takes long", { events: [dieLate, answerLate] }],
] satisfies [string, ServerOptions][];

for (const [what, options] of cases) {
  test(`answers after a load longer than response_timeout if ${what}`, async () => {
    await using server = serverOf(options);
    await using scene = await poolTo([server]);
    const [{ status }] = scene.monitors as [ServerMonitor];
    const [{ text }] = await Promise.all([scene.pool.chat(QUESTION, never), loading(status)]);
    assertEquals(text, "It is well.");
    assertEquals(status.state, "up");
    assertEquals([server.backend.loads, server.backend.loadsAborted], [2, 0]);
  });
}

test("fails after two retries at once if the server refuses connections", async () => {
  await using server = serverOf({ events: [(server) => server.stop()] });
  await using scene = await poolTo([server], 30_000);
  const begunMs = performance.now();
  const error = await assertRejects(() => scene.pool.chat(QUESTION, never), ProviderError);
  assertEquals(error.kind, "reset");
  const seconds = (performance.now() - begunMs) / 1000;
  assertLess(seconds, 10, `it took ${seconds} s`);
});

test("reloads the model once for a request that crashes the runner each time", async () => {
  await using server = serverOf({ events: [die, die, die, die], reloadMs: 1500 });
  await using scene = await poolTo([server]);
  const error = await assertRejects(() => scene.pool.chat(QUESTION, never), ProviderError);
  assertStringIncludes(error.reason, DIED);
  assertEquals(questionsAt(server), 2);
  assertNotEquals(scene.monitors[0]!.status.state, "up");
});

test("fails over to a loaded second server instead of waiting for a reload", async () => {
  await using first = serverOf({ events: [die], reloadMs: 60_000 });
  await using second = serverOf();
  await using scene = await poolTo([first, second]);
  assertEquals((await scene.pool.chat(QUESTION, never)).text, "It is well.");
  assertEquals([questionsAt(first), questionsAt(second)], [1, 1]);
  await loading(scene.monitors[0]!.status);
});

test("loads the model after the runner died, before the next request", async () => {
  await using server = serverOf({ events: [die, die], reloadMs: 1500 });
  await using scene = await poolTo([server]);
  await assertRejects(() => scene.pool.chat(QUESTION, never));
  assertEquals(await scene.pool.ready(never), true);
  assertEquals((await scene.pool.chat(QUESTION, never)).text, "It is well.");
  assertEquals(server.backend.loadsAborted, 0);
});
