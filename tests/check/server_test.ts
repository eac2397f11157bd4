import { assertEquals, assertMatch } from "@std/assert";
import { systemClock } from "../../src/clock.ts";
import type { Finding } from "../../src/check/finding.ts";
import { checkServer } from "../../src/check/server.ts";
import { parseHost } from "../../src/config/ollama_host.ts";
import { FaultyOllama } from "../fakes/ollama/faulty.ts";
import { FakeOllama } from "../fakes/ollama/server.ts";
import { OllamaProvider } from "../../src/llm/ollama.ts";
import { loadModel } from "../../src/llm/retry.ts";
import { FAULT_ROWS } from "../llm/fault_rows.ts";
import { type FaultRow, missing, plantedIn, providersOf } from "../llm/fault_scene.ts";
import { test } from "../testing.ts";

const never = new AbortController().signal;
const redact = (text: string) => text;
const SETTINGS = { think: false, options: {}, keepAlive: "5m" };
/** A server that is late is asked twice. */
const PROBE_TIMEOUT_MS = 1500;
/** Rows that are played concurrently. */
const CONCURRENT = 8;

/** Hints that are more specific than the kind's hint, by the row's name. */
const HINTS: Record<string, RegExp> = {
  "nobody listens on localhost": /^on this machine: systemctl status ollama, or the SSH tunnel's/,
  "asked on ::1, listens on 127.0.0.1": /^set http:\/\/127\.0\.0\.1:\d+: Ollama listens there/,
  // Deno 2.4 does not block this port.
  "port 6667, which fetch refuses": /^have the server listen on another port|^on this machine: /,
  "a name that nobody knows": /^use the IP address, or add the name to \/etc\/hosts$/,
  "packets are dropped":
    /^curl http:\S+\/api\/tags from here; if it is only slow, raise llm.probe_timeout; open the port/,
  "a stall in the middle, by the idle limit":
    /^raise llm\.load_timeout, or try on the server: ollama run rosey-demo$/,
  "the proxy does not connect":
    /^have the proxy let https:\/\/gpu\.invalid through, or set NO_PROXY=/,
  "the proxy requires a password": /^put name:password@ into HTTPS_PROXY, or set NO_PROXY/,
  "a token with a line break": /^enter the key or password again/,
  "403 without a body, a foreign Host": /proxy_set_header Host localhost:11434;$/,
  "403 with a reason": /^ask who runs the server/,
  "401, no credentials": /^correct OLLAMA_API_KEY, or name:password@ in the address$/,
  "OpenAI: 401": /^correct OPENAI_API_KEY$/,
  "502 as a proxy's HTML": /^behind the proxy: systemctl status ollama$/,
  "504 as a proxy's HTML": /proxy_read_timeout 300s/,
  "413 as a proxy's HTML": /client_max_body_size/,
  "400, a model that cannot think": /^set llm\.think to false$/,
  "400, an invalid model name": /^correct llm\.model$/,
  "500, an option of the wrong type": /^correct llm\.options$/,
  "500 when loading, no memory": /^use a smaller model, or a smaller num_ctx/,
  "500, the runner died": /journalctl -u ollama$/,
  "404, the model is not pulled":
    /^run: .* pull rosey-demo \(or on the server: ollama pull rosey-demo\)$/,
  "OpenAI: 404, no such model": /^set llm\.model to one that it has$/,
  "OpenAI: 404, an address without /v1": /mostly ends with \/v1$/,
  "OpenAI: 429, no quota": /^check the account's plan/,
  "OpenAI: 503, llama.cpp loads its model": /^wait until it has loaded/,
  "OpenAI: 400": /llm\.max_history_messages/,
  "400, HTTP on nginx's HTTPS port": /^use https:\/\/127\.0\.0\.1:\d+$/,
  "TLS: https to an http port": /^use http:\/\/127\.0\.0\.1:\d+$/,
  "TLS: an expired certificate": /^renew the certificate/,
  "TLS: a certificate for another name":
    /^use a name that the certificate has: curl -v https:\S+ shows/,
  "TLS: an unknown authority": /^set llm\.ca_file/,
  "TLS: a self-signed certificate": /authority has signed/,
  "307 to a path": /^set that address instead$/,
  "OpenAI: 308 with credentials": /^set that address instead$/,
  "302 without Location": /curl -I http/,
  "tags: HTML under 200": /in a browser: another web server or a login page/,
  "wire: an SSH server": /^check scheme and port/,
  "all spent on thinking": /^raise num_predict/,
  "503, the queue is full": /OLLAMA_MAX_QUEUE/,
};

/** Returns the failures that check reports, and the errors of a probe and a load. */
async function play(row: FaultRow): Promise<{ failures: Finding[]; before: string[] }> {
  const scene = await row.open();
  const providers = providersOf(scene.faulty, row, PROBE_TIMEOUT_MS);
  const signal = scene.signal?.() ?? never;
  try {
    const [provider] = providers;
    const last = providers.at(-1)!;
    const question = [{ role: "user", content: "Say hello." }] as const;
    const findings = await checkServer(provider!, SETTINGS, { question, signal, redact });
    const failures = findings.filter(({ level }) => level === "failure");
    const loading = { signal, clock: systemClock, onRestart() {} };
    const steps = [last.probe(signal), loadModel(last, loading)];
    const met = await Promise.allSettled(steps);
    const before = met.map((step) =>
      step.status === "rejected" ? timeless(step.reason.reason) : ""
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

test("check reports each fault of a server with its hint", async () => {
  const names = FAULT_ROWS.map(({ name }) => name);
  assertEquals(Object.keys(HINTS).filter((name) => !names.includes(name)), []);
  const rows = FAULT_ROWS.filter((row) => missing(row) === undefined);
  const wrong: string[] = [];
  await Promise.all(Array.from({ length: CONCURRENT }, async () => {
    for (let row = rows.pop(); row; row = rows.pop()) {
      const { failures, before } = await play(row);
      // A fault of all responses is reported before the request for an answer.
      const named = failures.find(({ found, advice }) =>
        row.message.test(found) || row.message.test(`${found}; ${advice}`) ||
        before.includes(timeless(found))
      );
      const hint = HINTS[row.name] ?? (row.kind === "aborted" ? /^$/ : /./);
      // Hints for other servers do not name Ollama's tools.
      const fits = row.provider !== "openai" ||
        !/(?:ollama|rosey) pull|journalctl|\/api\//.test(`${named?.advice}`);
      if (!fits || !hint.test(named?.advice ?? "")) {
        wrong.push(`${row.name}: ${JSON.stringify(failures)}`);
      }
      assertEquals(plantedIn(JSON.stringify(failures)), []);
    }
  }));
  assertEquals(wrong, []);
});

async function levels(ollama: Pick<FakeOllama, "url">, settings = SETTINGS, model = "rosey-demo") {
  const server = { ...parseHost(ollama.url), model };
  const limits = { responseTimeoutMs: 5000, loadTimeoutMs: 5000, probeTimeoutMs: PROBE_TIMEOUT_MS };
  const options = {
    keepAlive: settings.keepAlive,
    options: settings.options,
    think: settings.think,
  };
  const provider = new OllamaProvider({ server, ...options, ...limits });
  const findings = await checkServer(provider, settings, { signal: never, redact });
  return findings.map(({ level, found }) => `${level}: ${found.replace(/[\d.]+ ms/, "N ms")}`);
}

test("check reports the state of a healthy server and does not load its model", async () => {
  await using ollama = FakeOllama.start({ models: ["rosey-demo:latest"], tokenDelayMs: 0 });
  const cold = await levels(ollama);
  assertEquals(ollama.loads, 0);
  assertMatch(
    cold.join("\n"),
    /^ok: reachable; median latency N ms\nok: it has rosey-demo\nok: Ollama \d\S*\nok: the model can chat/,
  );
  assertMatch(cold.join("\n"), /\nok: its clock and this machine's agree\n/);
  assertMatch(cold.join("\n"), /\nnote: the model is not loaded: the first answer waits for that/);
  const small = await levels(ollama, { ...SETTINGS, options: { num_ctx: 1024 }, keepAlive: "5s" });
  assertMatch(small.at(-1)!, /^warning: the window is 1024 tokens/);
  assertMatch(small.at(-2)!, /^warning: the model is unloaded after 5s: most questions wait/);
  assertMatch(
    (await levels(ollama, { ...SETTINGS, think: true })).join("\n"),
    /failure: rosey-demo cannot think/,
  );
  const missing = await levels(ollama, SETTINGS, "llama3.2:3b");
  assertMatch(
    missing.join("\n"),
    /failure: model "llama3.2:3b" is not on http:\S+: it has rosey-demo:latest/,
  );
});

test("check names the Ollama that a model needs, if the server's is older", async () => {
  const wanted = "rosey-demo needs version 0.18.0 of it";
  for (const [version, isOlder] of [["0.9.6", true], ["0.18.0-rc1", false], ["0.20.1", false]]) {
    await using ollama = FakeOllama.start({ version: `${version}`, requires: "0.18.0" });
    const found = await levels(ollama);
    assertEquals(found.includes(`warning: ${wanted}`), isOlder, found.join("\n"));
  }
  // Built by hand.
  await using ollama = FakeOllama.start({ version: "0.0.0", requires: "0.18.0" });
  assertEquals((await levels(ollama)).filter((line) => line.includes("needs version")), []);
});

test("check says that another client has loaded the model with another window", async () => {
  await using ollama = FakeOllama.start({ tokenDelayMs: 0 });
  const body = JSON.stringify({ model: "rosey-demo", messages: [], options: { num_ctx: 4096 } });
  await (await fetch(`${ollama.url}/api/chat`, { method: "POST", body })).text();
  const last = async (num_ctx: number) =>
    (await levels(ollama, { ...SETTINGS, options: { num_ctx } })).at(-1)!;
  assertMatch(
    await last(8192),
    /^warning: the window is 4096 tokens .*, and num_ctx is 8192: each/,
  );
  assertMatch(await last(4096), /^ok: the window is 4096 tokens/);
});

test("check neither loads nor misses a model of Ollama's cloud", async () => {
  await using ollama = FakeOllama.start({ models: ["glm-5:cloud"] });
  const found = await levels(ollama, { ...SETTINGS, keepAlive: "5s" }, "glm-5:cloud");
  assertEquals(found.filter((line) => !line.startsWith("ok: ")), []);
  assertEquals(found.includes("ok: the model runs on ollama.com"), true, found.join("\n"));
  const unlisted = await levels(ollama, SETTINGS, "gpt-oss:120b-cloud");
  assertMatch(
    unlisted.join("\n"),
    /\nnote: it does not list gpt-oss:120b-cloud, which need not be\n/,
  );
});

test("check warns of a server that is alive and whose list of models does not come", async () => {
  await using ollama = FaultyOllama.start({ fault: { kind: "hang", on: "/api/tags" } });
  const [first, second] = await levels(ollama);
  assertEquals(first, "ok: reachable; median latency N ms");
  assertMatch(second!, /^warning: it does not list its models: no complete answer within/);
});
