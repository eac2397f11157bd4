/** Loads that fail until somebody changes something on the server. */
import { assertEquals, assertGreaterOrEqual, assertLess, assertRejects } from "@std/assert";
import { parseHost } from "../../src/config/ollama_host.ts";
import { OllamaProvider } from "../../src/llm/ollama.ts";
import { setupLogging } from "../../src/log.ts";
import { FaultyOllama } from "../fakes/ollama/faulty.ts";
import { httpFailure, poolOf, REFUSED, setUp } from "../fakes/scripted_provider.ts";
import { test } from "../testing.ts";

const never = new AbortController().signal;
const ARCHITECTURE = "error loading model architecture: unknown model architecture: 'gemma9'";
const NO_MEMORY = "model requires more system memory (9.1 GiB) than is available (3.4 GiB)";

/** A server whose first load has failed for good. */
async function setUpFailed(error = NO_MEMORY) {
  const scene = setUp();
  const { provider, clock, monitor } = scene;
  await provider.settle("probe");
  await provider.settle("load", httpFailure(500, error));
  /** Ends the current pause; the server answers the probe. */
  const probe = async () => {
    clock.advance(monitor.report.nextProbeInMs!);
    await provider.settle("probe");
  };
  return { ...scene, probe };
}

test("a load that failed for good is tried again after a minute, whatever the probes find", async () => {
  const { provider, clock, monitor, probe, end } = await setUpFailed();
  for (let times = 0; times < 3; times++) {
    const beganMs = clock.now();
    while (monitor.status.state === "down") await probe();
    const waitedMs = clock.now() - beganMs;
    assertGreaterOrEqual(waitedMs, 60_000 - 1);
    assertLess(waitedMs, 91_000);
    if (times === 2) break;
    await provider.settle("load", httpFailure(500, NO_MEMORY));
    assertEquals(monitor.status.state, "down");
  }
  for (const what of ["load", "status"]) await provider.settle(what);
  assertEquals(monitor.status.state, "up");
  await end();
});

test("a load that failed for good is tried again after the server was away", async () => {
  const { provider, clock, monitor, probe, end } = await setUpFailed();
  clock.advance(monitor.report.nextProbeInMs!);
  await provider.settle("probe", REFUSED);
  await probe();
  assertEquals(monitor.status.state, "loading");
  await end();
});

test("a question repeats a load that failed for good, not within ten seconds", async () => {
  const { provider, clock, monitor, pool, end } = await setUpFailed(ARCHITECTURE);
  const beganMs = clock.now();
  do {
    clock.advance(2000);
    pool.probeSoon();
    await provider.settle("probe");
  } while (monitor.status.state === "down");
  assertEquals([monitor.status.state, clock.now() - beganMs], ["loading", 10_000]);
  await end();
});

test("an answer that fails as the model cannot be loaded starts a check, not a pause per answer", async () => {
  const { provider, monitor, stop, end } = setUp();
  await provider.comeUp();
  const chat = monitor.chat([], stop.signal);
  await Promise.all([
    assertRejects(() => chat),
    provider.settle("chat", httpFailure(500, NO_MEMORY)),
  ]);
  assertEquals(monitor.status.state, "checking");
  await provider.comeUp();
  await end();
});

test("Ollama is not asked to load at each probe, and the failure is logged once", async () => {
  const lines: string[] = [];
  const write = (line: string) => lines.push(line);
  await using _logging = await setupLogging({ level: "INFO", format: "journal", write });
  const fault = {
    kind: "status",
    status: 500,
    body: JSON.stringify({ error: NO_MEMORY }),
    on: "chat",
  } as const;
  await using server = FaultyOllama.start({ fault, tokenDelayMs: 0 });
  const provider = new OllamaProvider({
    server: { ...parseHost(server.url), model: "rosey-demo" },
    responseTimeoutMs: 5000,
    loadTimeoutMs: 5000,
    keepAlive: "5m",
    options: {},
    think: false,
  });
  const pool = poolOf([provider], { random: () => 0 });
  const [monitor] = pool.monitors;
  const requests = (path: string) => server.requests.filter((seen) => seen.path === path).length;
  const state = async (wanted: string) => {
    while (monitor!.status.state !== wanted) await monitor!.status.changed(never);
  };
  try {
    for (let probes = 0; probes < 2; probes++) {
      await state("down");
      await monitor!.status.changed(never);
    }
    await state("down");
    assertEquals([requests("/api/chat"), monitor!.report.failures], [1, { load_failed: 1 }]);
    assertEquals(lines.filter((line) => line.includes("requires more system memory")).length, 1);
  } finally {
    await pool.close();
  }
});
