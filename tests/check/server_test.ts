import assert from "node:assert/strict";
import type { Finding } from "../../src/check/finding.ts";
import { checkServer } from "../../src/check/server.ts";
import { parseHost } from "../../src/config/ollama_host.ts";
import { DemoOllama } from "../../src/demo/ollama/server.ts";
import { OllamaProvider } from "../../src/llm/ollama.ts";
import { FAULT_ROWS } from "../llm/fault_rows.ts";
import { type FaultRow, missing, plantedIn, providersOf } from "../llm/fault_scene.ts";
import { test } from "../testing.ts";

const never = new AbortController().signal;
const SETTINGS = { think: false, options: {} };
/** Rows that are played at the same time. */
const BESIDE = 8;

/** @returns What check found, and what the steps before the question meet, if these fail already. */
async function play(row: FaultRow): Promise<{ failures: Finding[]; before: string[] }> {
  const scene = await row.open();
  const providers = providersOf(scene.faulty, row);
  const signal = scene.signal?.() ?? never;
  try {
    const [provider] = providers;
    const last = providers.at(-1)!;
    const findings = await checkServer(provider!, SETTINGS, { ask: true, signal });
    const failures = findings.filter(({ level }) => level === "failure");
    const steps = [last.probe(signal), last.load(signal)];
    const met = await Promise.allSettled(steps);
    const before = met.map((step) =>
      step.status === "rejected" ? timeless(step.reason.message) : ""
    );
    return { failures, before };
  } finally {
    for (const provider of providers) provider.close();
    await scene.close();
  }
}

function timeless(text: string): string {
  return text.replace(/\d+/g, "N");
}

test("check names each fault of a server, and says what to do next", async () => {
  const rows = FAULT_ROWS.filter((row) => missing(row) === undefined);
  const wrong: string[] = [];
  await Promise.all(Array.from({ length: BESIDE }, async () => {
    for (let row = rows.pop(); row; row = rows.pop()) {
      const { failures, before } = await play(row);
      // What spoils every answer of a server shows before the question already.
      const named = failures.find(({ found }) =>
        row.message.test(found) || before.includes(timeless(found))
      );
      if (!named?.advice) wrong.push(`${row.name}: ${JSON.stringify(failures)}`);
      assert.deepEqual(plantedIn(JSON.stringify(failures)), []);
    }
  }));
  assert.deepEqual(wrong, []);
});

async function levels(ollama: DemoOllama, settings = SETTINGS, model = "rosey-demo") {
  const server = { ...parseHost(ollama.url), model };
  const limits = { responseTimeoutMs: 5000, loadTimeoutMs: 5000 };
  const options = { keepAlive: "5m", options: settings.options, think: settings.think };
  const provider = new OllamaProvider({ server, ...options, ...limits });
  const findings = await checkServer(provider, settings, { ask: false, signal: never });
  return findings.map(({ level, found }) => `${level}: ${found.replace(/[\d.]+ ms/, "N ms")}`);
}

test("check tells all that can be known of a well server, and does not load its model", async () => {
  await using ollama = DemoOllama.start({ models: ["rosey-demo:latest"], tokenDelayMs: 0 });
  const cold = await levels(ollama);
  assert.equal(ollama.loads, 0);
  assert.match(
    cold.join("\n"),
    /^ok: there; it answers within N ms\nok: it has rosey-demo\nok: Ollama \d/,
  );
  assert.match(cold.join("\n"), /\nnote: the model is not loaded: the first answer waits for that/);
  const small = await levels(ollama, { think: false, options: { num_ctx: 1024 } });
  assert.match(small.at(-1)!, /^warning: the window is 1024 tokens/);
  assert.match(
    (await levels(ollama, { ...SETTINGS, think: true })).join("\n"),
    /failure: rosey-demo cannot think/,
  );
  const missing = await levels(ollama, SETTINGS, "llama3.2:3b");
  assert.match(
    missing.join("\n"),
    /failure: model "llama3.2:3b" is not on http:\S+: it has rosey-demo:latest/,
  );
});
