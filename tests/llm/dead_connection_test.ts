/** Connections whose path dies without a reset, while new connections work. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { loadConfig } from "../../src/config/load.ts";
import { parseHost } from "../../src/config/ollama_host.ts";
import { ServerMonitor } from "../../src/llm/server_monitor.ts";
import { OllamaProvider } from "../../src/llm/ollama.ts";
import { ProviderError } from "../../src/llm/errors.ts";
import type { Provider } from "../../src/llm/provider.ts";
import { serversOf } from "../../src/config/servers.ts";
import { providersOf } from "../../src/llm/make_providers.ts";
import { makeCerts } from "../fakes/certs.ts";
import { Nginx } from "../fakes/nginx.ts";
import { FaultyOllama } from "../fakes/ollama/faulty.ts";
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
  const [provider] =
    providersOf(serversOf(loadConfig("config.json", options).settings.llm)).providers;
  assert(provider);
  return provider;
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

test("a server is up again within seconds after its connections died without a reset", async () => {
  await using ollama = FaultyOllama.start({ reply: () => "Fine.", tokenDelayMs: 0 });
  await using certs = await makeCerts();
  const set = { proxy_pass: ollama.url };
  await using nginx = await Nginx.start({ server: HTTP2_SERVER, certs, set, http2: true });
  await using network = new TcpProxy(nginx.port);
  const url = `https://localhost:${new URL(network.url).port}`;
  const provider = providerOf(url, { ca_file: certs.caPath, response_timeout: 5 });
  const ups = { count: 0, wake: () => {} };
  const monitor = new ServerMonitor({ provider, onUp: () => (ups.count++, ups.wake()) });
  const stop = new AbortController();
  const running = monitor.run(stop.signal);
  const up = (count: number) =>
    new Promise<void>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`still ${monitor.status.state}`)), 30_000);
      ups.wake = () => {
        if (ups.count < count) return;
        clearTimeout(late);
        resolve();
      };
      ups.wake();
    });
  try {
    await up(1);
    // Concurrent probes leave several idle connections.
    await Promise.all([1, 2, 3, 4].map(() => provider.probe(never)));
    network.silence();
    await assertTimesOut(() => monitor.chat(QUESTION, never));
    await up(2);
    assertEquals((await monitor.chat(QUESTION, never)).text, "Fine.");
  } finally {
    stop.abort();
    await running;
  }
}, NEEDS);

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
  await assertTimesOut(() => provider.probe(never));
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
    fault: { kind: "hang", on: "/api/tags" },
  });
  const provider = providerOf(ollama.url);
  const speaking = Promise.withResolvers<void>();
  const first = provider.chat(QUESTION, never, { onBegin: () => speaking.resolve() });
  await speaking.promise;
  const second = provider.chat(QUESTION, never);
  await begun.promise;
  await assertTimesOut(() => provider.probe(never));
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
