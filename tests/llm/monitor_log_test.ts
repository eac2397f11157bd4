import { assertEquals } from "@std/assert";
import { MonitorLog } from "../../src/llm/monitor_log.ts";
import { ProviderError } from "../../src/llm/errors.ts";
import type { Provider } from "../../src/llm/provider.ts";
import { setupLogging } from "../../src/log.ts";
import { ScriptedProvider } from "../fakes/scripted_provider.ts";
import { test } from "../testing.ts";

const HOST = "http://gpu:11434";
const ENABLED = `<6>LLM enabled: provider=ollama, model=m, host=${HOST}`;
const REFUSED = new ProviderError("refused", "connection refused", { hint: "start it" });
const TIMEOUT = new ProviderError("timeout", "no answer within 5 s", { hint: "ping it" });
const MISSING = new ProviderError("model_missing", `model "m" is not on ${HOST}`, {
  hint: "run: rosey pull m",
  status: 404,
});

async function said(
  play: (log: MonitorLog) => void,
  provider: Provider = new ScriptedProvider(),
): Promise<string[]> {
  const lines: string[] = [];
  const write = (line: string) => lines.push(line);
  await using _logging = await setupLogging({ level: "INFO", format: "journal", write });
  play(new MonitorLog(provider));
  return lines;
}

test("logs each change of availability once, with a hint", async () => {
  const lines = await said((log) => {
    log.probed({ models: ["m"] });
    log.probed({ models: ["m"] });
    for (const error of [REFUSED, TIMEOUT, REFUSED, TIMEOUT]) log.lost(error, "probe");
    log.probed({ models: ["m"] });
    log.lost(REFUSED, "probe");
  });
  assertEquals(lines, [
    ENABLED,
    `<3>Ollama server unavailable at ${HOST}: connection refused; start it`,
    `<3>Ollama server unavailable at ${HOST}: no answer within 5 s; ping it`,
    ENABLED,
    `<3>Ollama server unavailable at ${HOST}: connection refused; start it`,
  ]);
});

test("does not log a server as enabled until the missing model is loaded", async () => {
  const lines = await said((log) => {
    for (const models of [["llama3.2:3b", "qwen3:4b"], []]) {
      log.probed({ models });
      log.lost(MISSING, "load");
    }
    log.probed({ models: ["m:latest"] });
    log.loaded(1);
    log.answered();
  });
  assertEquals(lines, [
    ENABLED,
    `<3>Ollama server unavailable at ${HOST}: model "m" is not on ${HOST} ` +
    "(it has llama3.2:3b, qwen3:4b); run: rosey pull m",
    ENABLED,
  ]);
});

test("after failed answers, logs a server as enabled only after an answer", async () => {
  const lines = await said((log) => {
    log.probed({});
    log.lost(TIMEOUT, "answer");
    log.probed({});
    log.loaded(1);
    log.lost(TIMEOUT, "answer");
    log.probed({});
    log.loaded(1);
    log.answered();
  });
  assertEquals(lines, [
    ENABLED,
    `<3>Ollama server unavailable at ${HOST}: no answer within 5 s; ping it`,
    ENABLED,
  ]);
});

test("logs a new reason of the same kind, but not one that differs only in numbers", async () => {
  const tls = (found: string) => new ProviderError("tls", `TLS: ${found}`);
  const lines = await said((log) => {
    log.lost(tls("the certificate has expired"), "probe");
    log.lost(tls("the certificate is for another name"), "probe");
    log.lost(tls("the certificate has expired"), "probe");
    log.lost(new ProviderError("reset", "port 40001 closed"), "probe");
    log.lost(new ProviderError("reset", "port 40002 closed"), "probe");
  });
  assertEquals(lines.map((line) => line.replace(/.*: /, "")), [
    "the certificate has expired",
    "the certificate is for another name",
    "port 40001 closed",
  ]);
});

test("a successful probe or load does not log a server as enabled whose answers failed", async () => {
  const lines = await said((log) => {
    log.probed({});
    log.lost(TIMEOUT, "answer");
    log.lost(REFUSED, "probe");
    log.probed({});
    log.loaded(1);
  });
  assertEquals(lines.filter((line) => line === ENABLED).length, 1);
});

test("logs the hint of a failed request once until a request succeeds", async () => {
  const lines = await said((log) => {
    log.probed({});
    for (const error of [TIMEOUT, MISSING, TIMEOUT]) log.failed(error);
    log.answered();
    log.failed(TIMEOUT);
  });
  assertEquals(lines, [
    ENABLED,
    `<3>LLM timeout: no answer within 5 s; ping it; asked ${HOST}`,
    `<3>LLM error: model "m" is not on ${HOST}; run: rosey pull m`,
    `<3>LLM timeout: no answer within 5 s; asked ${HOST}`,
    `<3>LLM timeout: no answer within 5 s; ping it; asked ${HOST}`,
  ]);
});

test("warns if the model is not in the list of a server that need not list it", async () => {
  class OpenAi extends ScriptedProvider {
    override readonly name = "openai";
    override readonly listsEveryModel = false;
    override readonly missingModelHint = "set llm.model to one that it has";
  }
  const lines = await said((log) => {
    log.probed({ models: ["other"], hasModel: false });
    log.probed({ models: ["m"], hasModel: true });
  }, new OpenAi());
  assertEquals(lines, [
    ENABLED.replace("ollama", "openai"),
    `<4>Model "m" is not on ${HOST}: it has other; set llm.model to one that it has`,
  ]);
});

test("warns once that another client loads the model with another window", async () => {
  const lines = await said((log) => {
    log.displaced(2048);
    log.displaced(4096);
  });
  assertEquals(lines, [
    `<4>Another client of ${HOST} has loaded m with another num_ctx, 2048 tokens: each change ` +
    "loads it again; use the same num_ctx in both",
  ]);
});
