import { assert, assertEquals, assertInstanceOf, assertMatch } from "@std/assert";
import { type Clock, systemClock } from "../../src/clock.ts";
import { parseHost } from "../../src/config/ollama_host.ts";
import type { Reply } from "../fakes/ollama/server.ts";
import { OllamaProvider } from "../../src/llm/ollama.ts";
import { type FailureKind, ProviderError } from "../../src/llm/errors.ts";
import { blackHole } from "../fakes/blackhole.ts";
import { makeCerts } from "../fakes/certs.ts";
import { allNames, documented, type Names, Nginx } from "../fakes/nginx.ts";
import { type Fault, FaultyOllama, holdPort } from "../fakes/ollama/faulty.ts";
import { type Need, test } from "../testing.ts";

const NEEDS: { needs: Need[] } = { needs: ["nginx", "openssl"] };
const never = new AbortController().signal;
const QUESTION = [{ role: "user", content: "alice: rosey?" }] as const;

/** Source: the specification, §10.1. */
const SPECIFIED = `server {
    listen 443 ssl;
    server_name ollama.example.com;

    ssl_certificate /etc/letsencrypt/live/ollama.example.com/fullchain.pem;
    ssl_certificate_key /etc/letsencrypt/live/ollama.example.com/privkey.pem;

    location / {
        proxy_pass http://localhost:11434;
        proxy_set_header Host $host;
        proxy_set_header X-Real-IP $remote_addr;
    }
}`;
const RECOMMENDED = documented("Behind a TLS proxy");
const BALANCED = documented("Two servers behind one address");

function providerOf(
  nginx: Nginx,
  options: { names?: Names; clock?: Clock; url?: string } = {},
): OllamaProvider & Disposable {
  const { names, clock } = options;
  // The name in the certificate.
  const { url = names ? "https://gpu.example.com" : nginx.url } = options;
  const server = { ...parseHost(url), model: "rosey-demo", clock };
  const connect = () => nginx.client(names);
  const rest = { keepAlive: "5m", options: {}, think: false };
  const limits = { responseTimeoutMs: 10_000, loadTimeoutMs: 10_000 };
  const provider = new OllamaProvider({ server, connect, ...rest, ...limits });
  return Object.assign(provider, { [Symbol.dispose]: () => provider.close() });
}

/** A clock that reports the first data of an answer: the idle timer is set then. */
function ear(): { clock: Clock; heard: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>();
  const setTimer: Clock["setTimer"] = (fn, ms) => {
    resolve();
    return systemClock.setTimer(fn, ms);
  };
  return { clock: { ...systemClock, setTimer }, heard: promise };
}

async function say(provider: OllamaProvider): Promise<string> {
  return (await provider.chat(QUESTION, never)).text;
}

async function failure(promise: Promise<unknown>): Promise<ProviderError> {
  const error = await promise.then((value) => value, (error) => error);
  assertInstanceOf(error, ProviderError, `no failure: ${JSON.stringify(error)}`);
  return error;
}

/** The documented configuration for two servers, with other addresses. */
function balanced(...servers: { port: number }[]) {
  const left = [...servers];
  const http = BALANCED.replace(
    / server [^;]*;/g,
    () => ` server 127.0.0.1:${left.shift()!.port};`,
  );
  assertEquals(left.length, 0);
  return { server: RECOMMENDED, set: { proxy_pass: "http://ollama" }, http };
}

test("nginx with the documented configuration streams answers unbuffered", async () => {
  const { clock, heard } = ear();
  await using ollama = FaultyOllama.start({
    reply: async function* () {
      yield "First words";
      await heard;
      yield ", then the rest.";
    },
  });
  await using certs = await makeCerts("wrong_name");
  const set = { proxy_pass: ollama.url, server_name: "gpu.example.com" };
  await using nginx = await Nginx.start({ server: RECOMMENDED, certs, set });
  await using names = allNames(nginx.port);
  using provider = providerOf(nginx, { names, clock });
  assertEquals(await provider.probe(never), { models: ["rosey-demo:latest"], hasModel: true });
  await provider.load(never);
  assertEquals(await say(provider), "First words, then the rest.");
  assertEquals(
    new Set(ollama.requests.map(({ headers }) => headers.host)),
    new Set(["localhost:11434"]),
  );
}, NEEDS);

test("nginx with a foreign Host header leads to a hint that names the header", async () => {
  await using ollama = FaultyOllama.start({ reply: () => "Fine.", tokenDelayMs: 0 });
  await using certs = await makeCerts("wrong_name");
  const set = { proxy_pass: ollama.url, server_name: "gpu.example.com" };
  const expected = /^HTTP 403 with an empty body; the proxy must set Host to localhost:11434/;
  {
    await using nginx = await Nginx.start({ server: SPECIFIED, certs, set });
    await using names = allNames(nginx.port);
    using provider = providerOf(nginx, { names });
    for (
      const ask of [() => provider.probe(never), () => provider.load(never), () => say(provider)]
    ) {
      const { kind, message } = await failure(ask());
      assertEquals(kind, "auth");
      assertMatch(message, expected);
    }
  }
  const server = SPECIFIED.replace("Host $host", "Host localhost:11434");
  await using nginx = await Nginx.start({ server, certs, set });
  await using names = allNames(nginx.port);
  using provider = providerOf(nginx, { names });
  assertEquals(await say(provider), "Fine.");
}, NEEDS);

test("nginx may buffer or not, and use HTTP/1.0, 1.1 or 2", async () => {
  // More than nginx buffers in memory by default, less than the bot's limit.
  const words = Array.from({ length: 300 }, (_, i) => `Grüße-aus-Reihe-${i % 10}-🍿`).join(" ");
  await using ollama = FaultyOllama.start({ reply: () => words, tokenDelayMs: 0 });
  await using certs = await makeCerts();
  const ways = ["proxy_http_version 1.0;", "proxy_http_version 1.1;", "http2"];
  for (const proxy_buffering of ["on", "off"]) {
    for (const way of ways) {
      const set = { proxy_pass: ollama.url, proxy_buffering };
      const options = way === "http2" ? { http2: true } : { http: way };
      await using nginx = await Nginx.start({ server: RECOMMENDED, certs, set, ...options });
      using provider = providerOf(nginx);
      assert(await say(provider) === words, `proxy_buffering ${proxy_buffering}; ${way}`);
    }
  }
}, NEEDS);

const PROXY = "with HTML: a proxy answered; is the server up behind it?";
const SLOW = "with HTML: a proxy answered: the server behind it took too long";
const CLOSED = "the connection was closed before the answer was complete";
const BROKEN: readonly (readonly [string, Fault | "down", FailureKind, string])[] = [
  ["down", "down", "http", `HTTP 502 ${PROXY}`],
  ["closes at once", { kind: "reset", on: "chat" }, "http", `HTTP 502 ${PROXY}`],
  ["slow", { kind: "hang", on: "chat" }, "http", `HTTP 504 ${SLOW}`],
  ["stalls", { kind: "hang_after", chunks: 2 }, "reset", CLOSED],
  ["breaks", { kind: "cut", chunks: 2 }, "reset", CLOSED],
  ["ends", { kind: "truncate", chunks: 2 }, "truncated", "the answer ended in the middle"],
];

test("classifies nginx's responses for a server that is down, slow or broken", async () => {
  await using certs = await makeCerts();
  await using ollama = FaultyOllama.start({ reply: () => "Fine.", tokenDelayMs: 0 });
  const set = { proxy_pass: ollama.url, proxy_read_timeout: "1s" };
  for (const http2 of [false, true]) {
    await using nginx = await Nginx.start({ server: RECOMMENDED, certs, set, http2 });
    using provider = providerOf(nginx);
    for (const [name, fault, kind, message] of BROKEN) {
      if (fault === "down") await ollama.stop();
      else ollama.fault = fault;
      const found = await failure(say(provider));
      const where = `${name}${http2 ? " by HTTP/2" : ""}: ${found.message}`;
      assertEquals(found.kind, kind, where);
      assert(found.message.startsWith(message), where);
      ollama.restart();
      ollama.fault = null;
      assertEquals(await say(provider), "Fine.", where);
    }
  }
}, NEEDS);

test("nginx balances requests over two servers and skips one that is down", async () => {
  const options = { reply: () => "Fine.", tokenDelayMs: 0 };
  await using one = FaultyOllama.start(options);
  await using other = FaultyOllama.start(options);
  await using certs = await makeCerts();
  const counts = () => [one, other].map(({ requests }) => requests.splice(0).length);
  {
    await using nginx = await Nginx.start({ certs, ...balanced(one, other) });
    using provider = providerOf(nginx);
    for (let request = 0; request < 10; request++) assertEquals(await say(provider), "Fine.");
    assertEquals(counts(), [5, 5]);
    await one.stop();
    for (let request = 0; request < 10; request++) assertEquals(await say(provider), "Fine.");
    assertEquals(counts(), [0, 10]);
  }
  await using nginx = await Nginx.start({ certs, ...balanced({ port: holdPort() }, other) });
  using provider = providerOf(nginx);
  await provider.probe(never);
  await provider.load(never);
  for (let request = 0; request < 7; request++) assertEquals(await say(provider), "Fine.");
  assertEquals(counts(), [0, 10]);
}, NEEDS);

test("nginx skips a server that drops packets after its connect timeout", async () => {
  await using hole = await blackHole();
  await using ollama = FaultyOllama.start({ reply: () => "Fine.", tokenDelayMs: 0 });
  await using certs = await makeCerts();
  const { http, ...rest } = balanced({ port: Number(new URL(hole.url).port) }, ollama);
  const options = { ...rest, certs, http: `${http}\nproxy_connect_timeout 1s;` };
  await using nginx = await Nginx.start(options);
  using provider = providerOf(nginx);
  for (let request = 0; request < 4; request++) assertEquals(await say(provider), "Fine.");
}, { needs: [...NEEDS.needs, "linux"] });

test("the next request succeeds after one of two servers died during an answer", async () => {
  const rows: [string, FailureKind][] = [["1.0", "truncated"], ["1.1", "reset"]];
  await using certs = await makeCerts();
  for (const [version, kind] of rows) {
    let patient = true;
    const replyOf = (name: string): Reply =>
      async function* () {
        yield `It is ${name}.`;
        if (patient) await new Promise(() => {});
      };
    await using one = FaultyOllama.start({ reply: replyOf("one") });
    await using other = FaultyOllama.start({ reply: replyOf("other") });
    const { http, ...rest } = balanced(one, other);
    await using nginx = await Nginx.start({
      certs,
      ...rest,
      http: `${http}\nproxy_http_version ${version};`,
    });
    const { clock, heard } = ear();
    using provider = providerOf(nginx, { clock });
    const underWay = failure(say(provider));
    await heard;
    patient = false;
    const [dying, alive] = one.requests.length > 0 ? [one, "other"] : [other, "one"];
    await dying.stop();
    const found = await underWay;
    assertEquals(found.kind, kind, `HTTP/${version}: ${found.message}`);
    for (let request = 0; request < 4; request++) {
      assertEquals(await say(provider), `It is ${alive}.`);
    }
  }
}, NEEDS);

test(
  "an exit of nginx is a reset, then connections are refused, then requests succeed again",
  async () => {
    const asked = Promise.withResolvers<void>();
    let speechless = true;
    let patient = true;
    await using ollama = FaultyOllama.start({
      reply: async function* () {
        asked.resolve();
        if (speechless) await new Promise(() => {});
        yield "Fine.";
        if (patient) await new Promise(() => {});
      },
    });
    await using certs = await makeCerts();
    await using nginx = await Nginx.start({
      server: RECOMMENDED,
      certs,
      set: { proxy_pass: ollama.url },
    });
    const { clock, heard } = ear();
    using provider = providerOf(nginx, { clock });
    for (const when of [asked.promise, heard]) {
      const underWay = failure(say(provider));
      await when;
      await nginx.kill();
      const { kind, message } = await underWay;
      assertEquals(kind, "reset", `${speechless ? "before" : "after"} the first words: ${message}`);
      if (speechless) await nginx.restart();
      speechless = false;
    }
    patient = false;
    for (const ask of [() => provider.probe(never), () => say(provider)]) {
      const { kind, message } = await failure(ask());
      assertEquals(kind, "refused");
      assertMatch(message, /^connection refused/);
    }
    await nginx.restart();
    assertEquals(await say(provider), "Fine.");
  },
  NEEDS,
);

test("http to nginx's TLS port leads to a hint to use https", async () => {
  await using certs = await makeCerts();
  const set = { proxy_pass: "http://127.0.0.1:9" };
  await using nginx = await Nginx.start({ server: RECOMMENDED, certs, set });
  using provider = providerOf(nginx, { url: nginx.url.replace("https:", "http:") });
  const { kind, message } = await failure(provider.probe(never));
  assertEquals(kind, "tls", message);
  assertMatch(message, /use https:\/\//);
}, NEEDS);
