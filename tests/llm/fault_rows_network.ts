/** Failures before HTTP: addresses, connections, proxies, and callers that abort. */
import { blackHole, silentServer } from "../fakes/blackhole.ts";
import { FaultyOllama, holdPort } from "../fakes/ollama/faulty.ts";
import { answer, RawHttp, type RawScript } from "../fakes/raw_http.ts";
import { type FaultRow, PASSWORD, type Scene, type Target } from "./fault_scene.ts";

const REFUSED = /^connection refused/;

/** Addresses and connections. */
export const NETWORK_ROWS: readonly FaultRow[] = [
  {
    name: "nobody listens, then a server comes up",
    open: () => emptyPort("127.0.0.1"),
    kind: "refused",
    message: REFUSED,
    hint: /^on this machine: systemctl status ollama/,
  },
  {
    name: "nobody listens on localhost",
    open: () => emptyPort("localhost"),
    kind: "refused",
    message: REFUSED,
    hint: /^on this machine: systemctl status ollama/,
  },
  {
    name: "nobody listens, probed",
    ask: "probe",
    open: () => emptyPort("127.0.0.1"),
    kind: "refused",
    message: REFUSED,
  },
  {
    name: "nobody listens for an OpenAI client",
    provider: "openai",
    open: () => beside({ url: `http://127.0.0.1:${holdPort()}/v1` }, "/v1"),
    kind: "refused",
    message: REFUSED,
    hint: /^on this machine: start the model's server(?!.*ollama)/,
  },
  {
    name: "a server that was there and is gone",
    open: async () => {
      const server = good();
      await server.stop();
      const close = () => server.close();
      return { faulty: { url: server.url }, cure: () => server.restart(), close };
    },
    kind: "refused",
    message: REFUSED,
  },
  {
    name: "asked on ::1, listens on 127.0.0.1",
    open: () => {
      const server = good();
      const close = () => server.close();
      return { faulty: { url: `http://[::1]:${server.port}` }, good: { url: server.url }, close };
    },
    kind: "refused",
    message: REFUSED,
    hint: /^set http:\/\/127\.0\.0\.1:\d+: Ollama listens there/,
  },
  {
    name: "asked on 127.0.0.1, listens on ::1",
    needs: "ipv6",
    open: () => {
      const server = FaultyOllama.start({ hostname: "[::1]", reply: () => "Fine." });
      const close = () => server.close();
      const faulty = { url: `http://127.0.0.1:${server.port}` };
      return { faulty, good: { url: server.url }, close };
    },
    kind: "refused",
    message: REFUSED,
  },
  {
    name: "a name that nobody knows",
    open: () => beside({ url: `http://${"x".repeat(64)}.invalid:11434` }),
    kind: "dns",
    message: /^DNS resolution failed: the name "x{64}\.invalid" is not known/,
  },
  // Deno 2.4 does not block these ports.
  ...[1, 6667].map((port): FaultRow => ({
    name: `port ${port}, which fetch refuses`,
    open: () => beside({ url: `http://127.0.0.1:${port}` }),
    kind: "refused",
    message: new RegExp(`port ${port} is blocked.*another port|^connection refused`),
  })),
  {
    name: "port 0",
    open: () => beside({ url: "http://127.0.0.1:0" }),
    kind: "refused",
    message: /port 0 is blocked.*another port|^connection refused/,
  },
  {
    name: "packets are dropped",
    needs: "linux",
    limitMs: 300,
    open: async () => {
      const hole = await blackHole();
      const server = good();
      const close = async () => void await Promise.all([hole.close(), server.close()]);
      return { faulty: { url: hole.url }, good: { url: server.url }, close };
    },
    kind: "timeout",
    message: /within 0\.3 s/,
  },
  {
    name: "a server that says nothing",
    limitMs: 300,
    open: () => {
      const trap = silentServer();
      const server = good();
      const close = async () => void await Promise.all([trap.close(), server.close()]);
      return { faulty: { url: trap.url }, good: { url: server.url }, close };
    },
    kind: "timeout",
    message: /within 0\.3 s/,
  },
];

/** Failures of an HTTP proxy. */
export const PROXY_ROWS: readonly FaultRow[] = [
  {
    name: "the proxy is gone",
    open: () => beside({ url: "http://gpu.invalid", proxy: `http://127.0.0.1:${holdPort()}` }),
    kind: "refused",
    message: /^connection refused/,
  },
  {
    name: "the proxy answers 502 for itself",
    open: () =>
      behind("http", { bytes: answer("<html>Bad Gateway</html>", [], "502 Bad Gateway") }),
    kind: "http",
    message: /502 with HTML: a proxy answered/,
  },
  {
    name: "the proxy does not connect",
    open: () => behind("https", { bytes: answer("no", [], "403 Forbidden") }),
    kind: "refused",
    message: /^the proxy does not connect/,
  },
  {
    name: "the proxy requires a password",
    open: () => behind("https", { bytes: answer("", [], "407 Proxy Authentication Required") }),
    kind: "auth",
    message: /^the proxy requires a password/,
  },
];

/** Callers that abort, and credentials that are invalid in a header. */
export const CALLER_ROWS: readonly FaultRow[] = [
  {
    name: "aborted before it began",
    open: () => ({ ...left({ hold: true }), signal: () => AbortSignal.abort() }),
    kind: "aborted",
    message: /not needed any more/,
  },
  {
    name: "aborted while waiting for the first byte",
    open: () => left({ hold: true }),
    kind: "aborted",
    message: /not needed any more/,
  },
  {
    name: "aborted in the middle",
    open: () => {
      const bytes = answer(`{"message":{"content":"a"}}\n`, ["Content-Type: text/plain"]);
      return left({
        bytes: bytes.replace(/Content-Length: \d+/, "Content-Length: 9999"),
        hold: true,
      });
    },
    kind: "aborted",
    message: /not needed any more/,
  },
  {
    name: "a token with a line break",
    open: () => {
      const server = good();
      const authorization = `Bearer ${PASSWORD}\nX-Evil: yes`;
      const close = () => server.close();
      return { faulty: { url: server.url, authorization }, good: { url: server.url }, close };
    },
    kind: "auth",
    message: /no header can carry/,
  },
];

function good(): FaultyOllama {
  return FaultyOllama.start({ tokenDelayMs: 0, reply: () => "Fine." });
}

/** A port without a server; the cure starts one. */
function emptyPort(hostname: string): Scene {
  const port = holdPort();
  let server: FaultyOllama | undefined;
  return {
    faulty: { url: `http://${hostname}:${port}` },
    cure: () => {
      server = FaultyOllama.start({ port, tokenDelayMs: 0, reply: () => "Fine." });
    },
    close: async () => await server?.close(),
  };
}

/** An address that stays faulty, and another, healthy server. */
function beside(faulty: Target, path = ""): Scene {
  const server = new RawHttp(null);
  return { faulty, good: { url: server.url + path }, close: () => server.close() };
}

/** A server behind a faulty proxy, and a healthy one without. */
function behind(scheme: "http" | "https", script: RawScript): Scene {
  const proxy = new RawHttp(script);
  const server = new RawHttp(null);
  return {
    faulty: { url: `${scheme}://gpu.invalid`, proxy: proxy.url },
    good: { url: server.url },
    close: async () => void await Promise.all([proxy.close(), server.close()]),
  };
}

/** A server whose callers abort as soon as it has sent its bytes. */
function left(script: RawScript): Scene {
  let caller = new AbortController();
  const server = new RawHttp({ ...script, onSent: () => caller.abort() });
  return {
    faulty: { url: server.url },
    signal: () => (caller = new AbortController()).signal,
    cure: () => void (server.script = null),
    close: () => server.close(),
  };
}
