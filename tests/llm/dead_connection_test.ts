/** Connections whose path dies without a reset, while new connections work. */
import { assertEquals, assertRejects } from "@std/assert";
import { type Clock, delay, systemClock } from "../../src/clock.ts";
import { loadConfig } from "../../src/config/load.ts";
import { parseHost } from "../../src/config/ollama_host.ts";
import type { ServerMonitor } from "../../src/llm/server_monitor.ts";
import { OllamaProvider } from "../../src/llm/ollama.ts";
import { ProviderError } from "../../src/llm/errors.ts";
import type { Provider } from "../../src/llm/provider.ts";
import { serversOf } from "../../src/config/servers.ts";
import { providersOf } from "../../src/llm/make_providers.ts";
import { makeCerts } from "../fakes/certs.ts";
import { Nginx } from "../fakes/nginx.ts";
import { FaultyOllama } from "../fakes/ollama/faulty.ts";
import { poolOf } from "../fakes/scripted_provider.ts";
import { TcpProxy } from "../fakes/tcp_proxy.ts";
import { type Need, test } from "../testing.ts";

const NEEDS: { needs: Need[] } = { needs: ["nginx", "openssl"] };
const never = new AbortController().signal;
const QUESTION = [{ role: "user", content: "alice: rosey?" }] as const;

/** Reports the request's protocol to the server. */
const HTTP2_SERVER = `server {
    listen 443 ssl;
    ssl_certificate server.pem;
    ssl_certificate_key server.key;

    location / {
        proxy_pass http://localhost:11434;
        proxy_set_header Host localhost:11434;
        proxy_set_header X-Protocol $server_protocol;
    }
}`;

/** The provider of a configuration with this server. */
function providerOf(url: string, llm: Readonly<Record<string, unknown>> = {}): Provider {
  const host = { enabled: true, model: "rosey-demo", ollama_host: url };
  const text = JSON.stringify({ channel: "room", user: "Rosey", llm: { ...host, ...llm } });
  const options = {
    env: () => undefined,
    readFile: (path: string) => path === "config.json" ? text : Deno.readTextFileSync(path),
  };
  const { settings } = loadConfig("config.json", options);
  return providersOf(serversOf(settings.llm)).usable[0]!.provider;
}

async function assertTimesOut(request: () => Promise<unknown>): Promise<void> {
  assertEquals((await assertRejects(request, ProviderError)).kind, "timeout");
}

test("uses HTTP/1.1 also with a server that offers HTTP/2", async () => {
  await using ollama = FaultyOllama.start({ reply: () => "Fine.", tokenDelayMs: 0 });
  await using certs = await makeCerts();
  const set = { proxy_pass: ollama.url };
  await using nginx = await Nginx.start({ server: HTTP2_SERVER, certs, set, http2: true });
  const protocols = () => ollama.requests.splice(0).map(({ headers }) => headers["x-protocol"]);
  using client = nginx.client();
  await (await fetch(nginx.url, { client })).text();
  assertEquals(protocols(), ["HTTP/2.0"]);
  const provider = providerOf(nginx.url, { ca_file: certs.caPath });
  await provider.probe(never);
  await provider.load(never);
  await provider.chat(QUESTION, never);
  provider.close();
  assertEquals(new Set(protocols()), new Set(["HTTP/1.1"]));
}, NEEDS);

/** A server of HTTP/1.1, or one of HTTP/2, behind a network whose open connections can die. */
async function networkTo(ollama: FaultyOllama, { http2 }: { readonly http2: boolean }) {
  const stack = new AsyncDisposableStack();
  const close = { [Symbol.asyncDispose]: () => stack.disposeAsync() };
  if (!http2) {
    const network = stack.use(new TcpProxy(ollama.backend.port));
    return { network, url: network.url, llm: {}, ...close };
  }
  const certs = stack.use(await makeCerts());
  const set = { proxy_pass: ollama.url };
  const nginx = stack.use(await Nginx.start({ server: HTTP2_SERVER, certs, set, http2 }));
  const network = stack.use(new TcpProxy(nginx.port));
  const url = `https://localhost:${new URL(network.url).port}`;
  return { network, url, llm: { ca_file: certs.caPath }, ...close };
}

/** Ten times as fast as the real time, for pauses and checks. */
const FAST: Clock = {
  ...systemClock,
  setTimer: (fn, ms) => systemClock.setTimer(fn, ms / 10),
};

for (const [name, http2] of [["HTTP/1.1", false], ["HTTP/2", true]] as const) {
  test(`${name}: after its connections died, at most one question is lost`, async () => {
    await using ollama = FaultyOllama.start({ reply: () => "Fine.", tokenDelayMs: 0 });
    await using scene = await networkTo(ollama, { http2 });
    const { network, url, llm } = scene;
    const provider = providerOf(url, { ...llm, response_timeout: 5 });
    const pool = poolOf([provider]);
    await using _pool = { [Symbol.asyncDispose]: () => pool.close() };
    const ask = async () => {
      const late = AbortSignal.timeout(30_000);
      return await pool.ready(late) && (await pool.chat(QUESTION, late)).text;
    };
    assertEquals(await ask(), "Fine.");
    // Concurrent probes leave several idle connections.
    await Promise.all([1, 2, 3, 4].map(() => provider.probe(never)));
    network.silence();
    await assertTimesOut(ask);
    assertEquals(await ask(), "Fine.");
  }, NEEDS);

  test(`${name}: a load whose connection died is not waited for`, async () => {
    await using ollama = FaultyOllama.start({
      reply: () => "Fine.",
      tokenDelayMs: 0,
      loadDelayMs: 500,
    });
    await using scene = await networkTo(ollama, { http2 });
    const { network, url, llm } = scene;
    const provider = providerOf(url, { ...llm, probe_timeout: 0.5, load_timeout: 300 });
    const pool = poolOf([provider], { clock: FAST });
    await using _pool = { [Symbol.asyncDispose]: () => pool.close() };
    const [{ status }] = pool.monitors as [ServerMonitor];
    while (status.state !== "loading" || ollama.backend.requests.length < 2) await delay(20);
    network.silence();
    const late = AbortSignal.timeout(15_000);
    assertEquals(await pool.ready(late), true);
    assertEquals((await pool.chat(QUESTION, late)).text, "Fine.");
    assertEquals([ollama.backend.loads, ollama.backend.loadsAborted], [1, 0]);
  }, NEEDS);
}

test("does not reuse connections from before a probe that timed out", async () => {
  await using ollama = FaultyOllama.start({ tokenDelayMs: 0 });
  await using network = new TcpProxy(ollama.backend.port);
  const provider = new OllamaProvider({
    server: { ...parseHost(network.url), model: "rosey-demo" },
    // Keeps idle connections longer than a probe's timeout.
    connect: () => Deno.createHttpClient({ http1: true, http2: false }),
    keepAlive: "5m",
    options: {},
    think: false,
    responseTimeoutMs: 5000,
    loadTimeoutMs: 5000,
  });
  await Promise.all([1, 2, 3, 4].map(() => provider.probe(never)));
  network.silence();
  await assertTimesOut(() => provider.status(never));
  await provider.probe(never);
  provider.close();
});

test("a probe that times out does not interrupt answers in progress", async () => {
  const begun = Promise.withResolvers<void>();
  const go = Promise.withResolvers<void>();
  let asked = 0;
  await using ollama = FaultyOllama.start({
    reply: async function* () {
      // When the probe times out, the first answer has begun, the second has not.
      if (++asked === 1) yield "Once";
      else begun.resolve();
      await go.promise;
      yield " upon a time.";
    },
    fault: { kind: "hang", on: "/api/ps" },
  });
  const provider = providerOf(ollama.url);
  const speaking = Promise.withResolvers<void>();
  const first = provider.chat(QUESTION, never, { onBegin: () => speaking.resolve() });
  await speaking.promise;
  const second = provider.chat(QUESTION, never);
  await begun.promise;
  await assertTimesOut(() => provider.status(never));
  go.resolve();
  assertEquals((await first).text, "Once upon a time.");
  assertEquals((await second).text, "upon a time.");
  provider.close();
});

test("makes no new connections after it was closed during a probe", async () => {
  await using ollama = FaultyOllama.start({ fault: { kind: "hang" } });
  const provider = providerOf(ollama.url);
  const probing = assertTimesOut(() => provider.probe(never));
  provider.close();
  await probing;
});

test("does not reuse a connection that was idle for 5 s", async () => {
  await using ollama = FaultyOllama.start({ reply: () => "Fine.", tokenDelayMs: 0 });
  await using network = new TcpProxy(ollama.backend.port);
  const provider = providerOf(network.url, { response_timeout: 5 });
  assertEquals((await provider.chat(QUESTION, never)).text, "Fine.");
  network.silence();
  // The platform measures idle connections by its own clock.
  await new Promise((resolve) => setTimeout(resolve, 5500));
  assertEquals((await provider.chat(QUESTION, never)).text, "Fine.");
  provider.close();
});
