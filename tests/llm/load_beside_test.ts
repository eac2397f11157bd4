import { assertEquals, assertRejects } from "@std/assert";
import type { Clock } from "../../src/clock.ts";
import { parseHost } from "../../src/config/ollama_host.ts";
import { loadModel } from "../../src/llm/model_load.ts";
import { OllamaProvider } from "../../src/llm/ollama.ts";
import { FakeClock } from "../fakes/clock.ts";
import { FaultyOllama } from "../fakes/ollama/faulty.ts";
import { test } from "../testing.ts";

const LOOK_MS = 15_000;

/** Counts the loads that it has open. */
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

/** A load that begins while the server has a fault, on a clock that is told when to look. */
function begin(ollama: FaultyOllama) {
  const time = new FakeClock();
  let look = Promise.withResolvers<void>();
  const setTimer: Clock["setTimer"] = (fn, ms) => {
    if (ms === LOOK_MS) look.resolve();
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
  /** Resolves when the server has answered a look, and the next one is due. */
  const next = async () => {
    await look.promise;
    look = Promise.withResolvers();
    time.advance(LOOK_MS);
    await look.promise;
  };
  return { provider, loading, next, end };
}

function loadsAt(ollama: FaultyOllama): number {
  return ollama.requests.filter(({ path }) => path === "/api/chat").length;
}

test("a load of ten minutes has one more request beside it, not one every 15 s", async () => {
  await using ollama = FaultyOllama.start({ fault: { kind: "hang", on: "chat" } });
  const { provider, next, end } = begin(ollama);
  for (let look = 1; look <= 40; look++) await next();
  assertEquals([provider.open, loadsAt(ollama)], [2, 2]);
  await end();
});

test("a load beside the first that fails is followed by another, which may be the one that succeeds", async () => {
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
