/** Another client of the server loads the same model with another window. */
import { assertEquals, assertRejects } from "@std/assert";
import { parseHost } from "../../src/config/ollama_host.ts";
import { OllamaProvider } from "../../src/llm/ollama.ts";
import { FakeClock } from "../fakes/clock.ts";
import { FakeOllama } from "../fakes/ollama/server.ts";
import { poolOf, REPLY, setUp, TIMEOUT } from "../fakes/scripted_provider.ts";
import { test } from "../testing.ts";

const never = new AbortController().signal;
const QUESTION = [{ role: "user", content: "bob: hi" }] as const;

/** A load takes longer than an answer may. */
async function scene(numCtx: number | undefined) {
  const ollama = FakeOllama.start({ tokenDelayMs: 0, reply: () => "Fine.", loadDelayMs: 500 });
  const provider = new OllamaProvider({
    server: { ...parseHost(ollama.url), model: "rosey-demo" },
    connect: () => Deno.createHttpClient({}),
    keepAlive: "5m",
    options: numCtx === undefined ? {} : { num_ctx: numCtx },
    think: false,
    responseTimeoutMs: 300,
    loadTimeoutMs: 10_000,
  });
  const clock = new FakeClock();
  const pool = poolOf([provider], { clock });
  assertEquals(await pool.ready(never), true);
  /** Asks after a pause as long as a load. */
  const ask = async () => {
    clock.advance(500);
    assertEquals(await pool.ready(never), true);
    return (await pool.chat(QUESTION, never)).text;
  };
  /** What the other client does. */
  const displace = async (options: Record<string, unknown>) => {
    const body = JSON.stringify({ model: "rosey-demo", messages: QUESTION, options });
    await (await fetch(`${ollama.url}/api/chat`, { method: "POST", body })).text();
  };
  const close = async () => {
    await pool.close();
    await ollama.close();
  };
  return { ollama, ask, displace, [Symbol.asyncDispose]: close };
}

for (const [own, other] of [[8192, 2048], [8192, undefined], [undefined, 2048]]) {
  const name = (tokens: number | undefined) => tokens === undefined ? "no num_ctx" : `${tokens}`;
  test(`with ${name(own)}, the model is loaded again before a question after another client's ${name(other)}`, async () => {
    await using room = await scene(own);
    for (let question = 1; question <= 3; question++) {
      await room.displace(other === undefined ? {} : { num_ctx: other });
      assertEquals(await room.ask(), "Fine.", `${question}`);
    }
    assertEquals([room.ollama.loads, room.ollama.loadsAborted], [7, 0]);
  });
}

test("two bots with different windows are both answered", async () => {
  const loadDelayMs = 1200;
  await using ollama = FakeOllama.start({ tokenDelayMs: 0, reply: () => "Fine.", loadDelayMs });
  const answers = async (num_ctx: number) => {
    const provider = new OllamaProvider({
      server: { ...parseHost(ollama.url), model: "rosey-demo" },
      connect: () => Deno.createHttpClient({}),
      keepAlive: "5m",
      options: { num_ctx },
      think: false,
      // Two loads are longer.
      responseTimeoutMs: 2000,
      loadTimeoutMs: 20_000,
    });
    const pool = poolOf([provider]);
    const texts: (string | undefined)[] = [];
    for (let question = 0; question < 4; question++) {
      await pool.ready(never);
      texts.push((await pool.chat(QUESTION, never).catch(() => undefined))?.text);
    }
    assertEquals(pool.state, "up");
    await pool.close();
    return texts.slice(1);
  };
  const all = await Promise.all([answers(2048), answers(8192)]);
  assertEquals(all.flat(), Array(6).fill("Fine."));
});

test("the model is not loaded again if the other client's window is the same, or num_ctx is too large", async () => {
  for (const numCtx of [undefined, 8192, 1_000_000]) {
    await using room = await scene(numCtx);
    await room.displace(numCtx === undefined ? {} : { num_ctx: numCtx });
    assertEquals([await room.ask(), await room.ask()], ["Fine.", "Fine."]);
    assertEquals(room.ollama.loads, 1, `${numCtx}`);
  }
});

const DISPLACED = { loaded: false, displaced: true, contextTokens: 2048 };

test("after a question waited for another client's load, each question looks first", async () => {
  const { provider, clock, pool, stop, end } = setUp();
  await provider.comeUp();
  const lost = assertRejects(() => pool.chat([], stop.signal));
  await provider.settle("chat", TIMEOUT);
  await lost;
  await provider.settle("probe");
  const load = await provider.take("load");
  clock.advance(2000);
  load.resolve(undefined);
  await provider.settle("status");
  for (let question = 1; question <= 2; question++) {
    clock.advance(1500);
    const answer = pool.ready(stop.signal).then(() => pool.chat([], stop.signal));
    await provider.settle("status", DISPLACED);
    await provider.comeUp();
    await provider.settle("chat", REPLY);
    assertEquals(await answer, REPLY);
  }
  await end();
});

test("after an answer that waited for a load, the next question looks first", async () => {
  const { provider, clock, pool, stop, end } = setUp();
  await provider.comeUp();
  for (const [loadMs, calls] of [[20, 0], [4000, 0], [20, 1], [20, 1]] as const) {
    clock.advance(1500);
    const before = provider.calls.length;
    const answer = pool.ready(stop.signal).then(() => pool.chat([], stop.signal));
    if (calls > 0) await provider.settle("status", { loaded: true });
    await provider.settle("chat", { ...REPLY, timing: { loadMs } });
    await answer;
    assertEquals(provider.calls.length - before, calls + 1);
  }
  await end();
});
