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

/** A server whose first load has failed for good; it tells its revision. */
async function setUpFailed(error = NO_MEMORY) {
  const scene = setUp();
  const { provider, clock, monitor } = scene;
  const revision = { now: "0.12.0" };
  provider.revision = () => Promise.resolve(revision.now);
  await provider.settle("probe");
  await provider.settle("load", httpFailure(500, error));
  /** Ends the current pause; the server answers the probe. */
  const probe = async () => {
    clock.advance(monitor.report.nextProbeInMs!);
    await provider.settle("probe");
  };
  /** Seconds until the next load, which has begun then. */
  const untilLoad = async () => {
    const beganMs = clock.now();
    while (monitor.status.state === "down") await probe();
    return (clock.now() - beganMs) / 1000;
  };
  return { ...scene, revision, probe, untilLoad };
}

test("a load that failed for good is tried again after 1 min, doubling up to 10 min", async () => {
  const { provider, monitor, untilLoad, end } = await setUpFailed();
  for (const seconds of [60, 120, 240, 480, 600, 600]) {
    const waited = await untilLoad();
    assertGreaterOrEqual(waited, seconds - 0.001);
    assertLess(waited, seconds + 31);
    await provider.settle("load", httpFailure(500, NO_MEMORY));
    assertEquals(monitor.status.state, "down");
  }
  await untilLoad();
  for (const what of ["load", "status"]) await provider.settle(what);
  assertEquals(monitor.status.state, "up");
  await end();
});

test("a load that failed for good is tried again when the server's program or models changed", async () => {
  const { provider, monitor, revision, probe, end } = await setUpFailed(ARCHITECTURE);
  await probe();
  assertEquals(monitor.status.state, "down");
  revision.now = "0.13.0";
  await probe();
  assertEquals(monitor.status.state, "loading");
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

test("a question does not repeat a load that failed for good, but looks for a change", async () => {
  const { provider, clock, monitor, pool, probe, revision, end } = await setUpFailed();
  for (let times = 0; times < 3; times++) await probe();
  clock.advance(2000);
  assertEquals(pool.probeSoon(), true);
  const ready = pool.ready(never);
  await provider.settle("probe");
  assertEquals([await ready, monitor.status.state], [false, "down"]);
  revision.now = "0.13.0";
  clock.advance(2000);
  assertEquals(pool.probeSoon(), true);
  await provider.settle("probe");
  assertEquals(monitor.status.state, "loading");
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

test("a server without a revision is loaded at each probe", async () => {
  const { provider, clock, monitor, end } = setUp();
  for (let times = 0; times < 4; times++) {
    await provider.settle("probe");
    await provider.settle("load", httpFailure(500, NO_MEMORY));
    clock.advance(monitor.report.nextProbeInMs!);
  }
  await end();
});

test("Ollama loads a model once until another is pulled, and logs the failure once", async () => {
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
    server.fault = null;
    const pull = { method: "POST", body: JSON.stringify({ model: "smaller", stream: false }) };
    await (await fetch(`${server.url}/api/pull`, pull)).text();
    await state("up");
    assertEquals(requests("/api/chat"), 2);
  } finally {
    await pool.close();
  }
});
