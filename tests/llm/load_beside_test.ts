import { assertEquals, assertRejects } from "@std/assert";
import type { Clock } from "../../src/clock.ts";
import { parseHost } from "../../src/config/ollama_host.ts";
import { loadModel } from "../../src/llm/retry.ts";
import { OllamaProvider } from "../../src/llm/ollama.ts";
import { FakeClock } from "../fakes/clock.ts";
import { FaultyOllama } from "../fakes/ollama/faulty.ts";
import { test } from "../testing.ts";

const CHECK_MS = 15_000;

/** Counts concurrent loads. */
class CountingProvider extends OllamaProvider {
  open = 0;
  most = 0;

  override async load(signal: AbortSignal): Promise<void> {
    this.most = Math.max(this.most, ++this.open);
    try {
      await super.load(signal);
    } finally {
      this.open--;
    }
  }
}

/** Starts a load on a faulty server, with a clock for its checks. */
function begin(ollama: FaultyOllama) {
  const time = new FakeClock();
  let check = Promise.withResolvers<void>();
  const setTimer: Clock["setTimer"] = (fn, ms) => {
    if (ms === CHECK_MS) check.resolve();
    return time.setTimer(fn, ms);
  };
  const clock: Clock = { now: () => time.now(), wall: () => time.wall(), setTimer };
  const limits = { responseTimeoutMs: 30_000, loadTimeoutMs: 1_200_000 };
  const provider = new CountingProvider({
    server: { ...parseHost(ollama.url), model: "rosey-demo" },
    keepAlive: "5m",
    options: {},
    think: false,
    ...limits,
  });
  const stop = new AbortController();
  const loading = loadModel(provider, { signal: stop.signal, clock, onRestart() {} });
  const end = async () => {
    stop.abort();
    await assertRejects(() => loading);
  };
  /** Advances to the next check and waits until the server has answered it. */
  const next = async () => {
    await check.promise;
    check = Promise.withResolvers();
    time.advance(CHECK_MS);
    await check.promise;
  };
  return { provider, loading, next, end };
}

function loadsAt(ollama: FaultyOllama): number {
  return ollama.requests.filter(({ path }) => path === "/api/chat").length;
}

test("sends at most one more request beside a long load", async () => {
  await using ollama = FaultyOllama.start({ fault: { kind: "hang", on: "chat" } });
  const { provider, next, end } = begin(ollama);
  for (let check = 1; check <= 40; check++) await next();
  assertEquals([provider.open, loadsAt(ollama)], [2, 2]);
  await end();
});

test("repeats the second load request after it failed; either request may succeed", async () => {
  await using ollama = FaultyOllama.start({ fault: { kind: "hang", on: "chat" } });
  const { provider, loading, next } = begin(ollama);
  while (loadsAt(ollama) < 1) await new Promise((resolve) => setTimeout(resolve));
  ollama.fault = { kind: "status", status: 503, on: "chat" };
  while (loadsAt(ollama) < 4) await next();
  ollama.fault = null;
  let isLoaded = false;
  const loaded = loading.then(() => isLoaded = true);
  while (!isLoaded) await Promise.race([loaded, next()]);
  assertEquals([provider.most, ollama.backend.loads], [2, 1]);
});
