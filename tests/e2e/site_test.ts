import { assertMatch } from "@std/assert";
import { DemoChannel } from "../../src/demo/channel/server.ts";
import { makeCerts } from "../fakes/certs.ts";
import { ForwardProxy } from "../fakes/forward_proxy.ts";
import { holdPort } from "../fakes/ollama/faulty.ts";
import { answer, RawHttp } from "../fakes/raw_http.ts";
import { test } from "../testing.ts";
import { serveHttp } from "../fakes/http_server.ts";
import { Rosey } from "./rosey.ts";

/** Terminates TLS before a server on loopback. */
function tlsBefore(port: number, certs: { readonly cert: string; readonly key: string }) {
  const { cert, key } = certs;
  const listener = Deno.listenTls({ hostname: "127.0.0.1", port: 0, cert, key });
  const connections = new Set<Deno.Conn>();
  const accepting = (async () => {
    const serving: Promise<unknown>[] = [];
    for (;;) {
      // A client that does not trust the certificate ends the handshake.
      const client = await listener.accept().catch(() => null);
      if (!client) break;
      const server = await Deno.connect({ hostname: "127.0.0.1", port });
      connections.add(client).add(server);
      serving.push(
        Promise.allSettled([
          client.readable.pipeTo(server.writable),
          server.readable.pipeTo(client.writable),
        ]),
      );
    }
    await Promise.all(serving);
  })();
  return {
    url: `https://localhost:${listener.addr.port}`,
    async [Symbol.asyncDispose]() {
      listener.close();
      for (const connection of connections) {
        try {
          connection.close();
        } catch {
          // Already closed.
        }
      }
      await accepting;
    },
  };
}

test("DENO_CERT makes the bot trust the site and the socket server", async () => {
  await using certs = await makeCerts();
  await using channel = await DemoChannel.start({});
  await using sockets = tlsBefore(Number(new URL(channel.url).port), certs);
  const answer = () => Response.json({ servers: [{ url: sockets.url, secure: true }] });
  await using site = serveHttp(answer, { tls: certs });
  {
    await using rosey = Rosey.start(site.url, { llm: { enabled: false } });
    const said = await rosey.line("Cannot ask");
    assertMatch(said, /authority is not known here; set the environment variable DENO_CERT to/);
  }
  const env = { DENO_CERT: certs.caPath };
  await using rosey = Rosey.start(site.url, { llm: { enabled: false }, env });
  await rosey.line("Joined demo");
}, { needs: "openssl" });

test("a dead HTTP_PROXY is named where the site is asked", async () => {
  await using channel = await DemoChannel.start({});
  const HTTP_PROXY = `http://rosey:pw-of-the-proxy@127.0.0.1:${holdPort()}`;
  await using rosey = Rosey.start(channel.url, { llm: { enabled: false }, env: { HTTP_PROXY } });
  const proxy = "the proxy http://127\\.0\\.0\\.1:\\d+ of HTTP_PROXY";
  const said = await rosey.line("Cannot ask");
  assertMatch(
    said,
    new RegExp(`: cannot get through ${proxy}; start that proxy, or set NO_PROXY=`),
  );
  for (const line of rosey.log) assertMatch(line, /^(?!.*pw-of-the-proxy)/);
});

test("an HTTP_PROXY that wants a password, or cannot reach the site, is named", async () => {
  const url = "http://cytube.invalid";
  await using locked = new ForwardProxy("rosey:pw-of-the-proxy");
  const wrong = locked.url.replace("pw-of-the-proxy", "other-pw");
  await using broken = new RawHttp({
    bytes: answer("<h1>Bad Gateway</h1>", [], "502 Bad Gateway"),
  });
  for (
    const [HTTP_PROXY, found] of [
      [wrong, /HTTP 407: the proxy requires a password; put name:password@ into HTTP_PROXY, or/],
      [broken.url, /HTTP 502; go around the proxy \S+ of HTTP_PROXY: NO_PROXY=cytube\.invalid/],
    ] as const
  ) {
    await using rosey = Rosey.start(url, { llm: { enabled: false }, env: { HTTP_PROXY } });
    assertMatch(await rosey.line("Cannot ask"), found);
    for (const line of rosey.log) assertMatch(line, /^(?!.*other-pw)/);
  }
});

test("a dead HTTP_PROXY is named where a WebSocket uses it", async () => {
  await using channel = await DemoChannel.start({});
  const domain = channel.url.replace("127.0.0.1", "localhost");
  await using site = serveHttp(
    () => Response.json({ servers: [{ url: domain, secure: false }] }),
  );
  const env = { HTTP_PROXY: `http://127.0.0.1:${holdPort()}`, NO_PROXY: "127.0.0.1" };
  await using rosey = Rosey.start(site.url, { llm: { enabled: false }, env });
  // Deno 2.4 goes around the proxy.
  const said = await rosey.line(/Cannot connect|Joined demo/);
  assertMatch(said, /cannot get through the proxy \S+ of HTTP_PROXY; start that proxy|Joined demo/);
});
