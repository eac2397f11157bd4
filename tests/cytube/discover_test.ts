import {
  assertEquals,
  assertInstanceOf,
  assertMatch,
  assertNotMatch,
  assertRejects,
  assertStrictEquals,
} from "@std/assert";
import { discover } from "../../src/cytube/discover.ts";
import { ChannelRefusedError, ChannelUnavailableError } from "../../src/errors.ts";
import { TcpProxy } from "../fakes/tcp_proxy.ts";
import { serveHttp } from "../fakes/http_server.ts";
import { test } from "../testing.ts";

type Handler = (request: Request) => Response | Promise<Response>;

/** Runs a site on loopback while `act` asks it. */
async function withSite(handler: Handler, act: (domain: string) => Promise<void>): Promise<void> {
  await using server = serveHttp(handler);
  await act(server.url);
}

const answers = (body: unknown, status = 200): Handler => () => Response.json(body, { status });

test("discover asks for the channel's socketconfig and prefers an encrypted server", async () => {
  const asked: string[] = [];
  const [plain, secure] = [
    { url: "http://a.example:8080", secure: false },
    { url: "https://b.example:8443", secure: true },
  ];
  for (const servers of [[plain, secure], [secure, plain]]) {
    await withSite((request) => {
      asked.push(`${request.method} ${new URL(request.url).pathname}`);
      return Response.json({ servers });
    }, async (domain) => assertEquals(await discover(domain, "my-room"), "https://b.example:8443"));
  }
  assertEquals(asked, Array(2).fill("GET /socketconfig/my-room.json"));
});

test("discover skips entries that are not socket servers", async () => {
  const servers = [
    null,
    5,
    {},
    { url: 5, secure: true },
    { url: "javascript:alert(1)", secure: true },
    { url: "file:///etc/passwd", secure: true },
    { url: "wss://ok.example", secure: "true" },
  ];
  await withSite(
    answers({ servers }),
    async (domain) => assertEquals(await discover(domain, "room"), "wss://ok.example"),
  );
});

test("discover escapes the channel's name in the URL", async () => {
  await withSite(
    (request) => {
      const { pathname, search } = new URL(request.url);
      return Response.json({ servers: [{ url: `http://x${pathname}${search}` }] });
    },
    async (domain) =>
      assertEquals(
        await discover(domain, "../a?b#c/d"),
        "http://x/socketconfig/..%2Fa%3Fb%23c%2Fd.json",
      ),
  );
});

test("discover refuses a channel that the site does not know", async () => {
  const error = 'Channel "bad!name" does not exist.';
  await withSite(answers({ error }, 404), async (domain) => {
    const thrown = await assertRejects(() => discover(domain, "bad!name"), ChannelRefusedError);
    assertEquals(thrown.message, `Cannot find channel bad!name on ${domain}: ${error}`);
  });
});

test("discover refuses a site whose address is not valid", async () => {
  const thrown = await assertRejects(() => discover("http://[", "room"), ChannelRefusedError);
  assertEquals(
    thrown.message,
    "Cannot ask http://[/socketconfig/room.json: the address is not valid",
  );
});

test("discover distinguishes an unusable answer from a missing channel", async () => {
  const page = "<!DOCTYPE html><title>Bad gateway</title>";
  const html = (status: number): Handler => () =>
    new Response(page, { status, headers: { "content-type": "text/html" } });
  const notJson = (url: string) =>
    `Cannot ask ${url} for the channel: the answer is not JSON: is this a CyTube site?`;
  const cases: readonly (readonly [Handler, (url: string) => string])[] = [
    [html(200), notJson],
    [html(404), notJson],
    [html(502), (url) => `Cannot ask ${url} for the channel: HTTP 502`],
    [() => new Response(""), notJson],
    [answers({ error: "oops" }, 500), (url) => `Cannot ask ${url} for the channel: HTTP 500`],
    [answers({}), (url) => `Cannot ask ${url} for the channel: HTTP 200`],
    [answers(null), (url) => `Cannot ask ${url} for the channel: HTTP 200`],
    [answers({ servers: "none" }), (url) => `Cannot ask ${url} for the channel: HTTP 200`],
    [answers({ servers: [] }), (url) => `Cannot use ${url}: it names no socket server`],
    [
      answers({ servers: [{ url: "ftp://x" }] }),
      (url) => `Cannot use ${url}: it names no socket server`,
    ],
  ];
  for (const [handler, message] of cases) {
    await withSite(handler, async (domain) => {
      const thrown = await assertRejects(() => discover(domain, "room"), ChannelUnavailableError);
      assertEquals(thrown.message, message(`${domain}/socketconfig/room.json`));
    });
  }
});

test("discover limits the size of the answer", async () => {
  let cancelled = false;
  const endless = new ReadableStream({
    pull: (controller) => controller.enqueue(new Uint8Array(64 * 1024).fill(32)),
    cancel: () => void (cancelled = true),
  });
  await withSite(() => new Response(endless), async (domain) => {
    const found = await discover(domain, "room", { timeoutMs: 1000 }).catch((error) => error);
    assertInstanceOf(found, ChannelUnavailableError);
    assertNotMatch(found.message, /no answer within/);
  });
  assertEquals(cancelled, true);
});

test("discover times out on a site that does not answer", async () => {
  const hang = Promise.withResolvers<Response>();
  await withSite(() => hang.promise, async (domain) => {
    const thrown = await assertRejects(
      () => discover(domain, "room", { timeoutMs: 50 }),
      ChannelUnavailableError,
    );
    assertEquals(
      thrown.message,
      `Cannot ask ${domain}/socketconfig/room.json for the channel: no answer within 0.05 s`,
    );
    hang.resolve(new Response());
  });
});

test("discover times out on a site that stalls in its answer", async () => {
  let end = () => {};
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode('{"servers":['));
      end = () => controller.close();
    },
    cancel: () => void (end = () => {}),
  });
  await withSite(() => new Response(body), async (domain) => {
    await assertRejects(() => discover(domain, "room", { timeoutMs: 50 }), ChannelUnavailableError);
    end();
  });
});

test("discover says why a site cannot be reached", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const domain = `http://127.0.0.1:${listener.addr.port}`;
  listener.close();
  const thrown = await assertRejects(() => discover(domain, "room"), ChannelUnavailableError);
  assertMatch(thrown.message, /refused/i);
});

test("discover rejects with the signal's reason", async () => {
  const hang = Promise.withResolvers<Response>();
  const controller = new AbortController();
  const reason = new Error("not needed");
  await withSite(() => {
    controller.abort(reason);
    return hang.promise;
  }, async (domain) => {
    assertStrictEquals(
      await assertRejects(() => discover(domain, "room", { signal: controller.signal })),
      reason,
    );
    hang.resolve(new Response());
  });
  assertStrictEquals(
    await assertRejects(() =>
      discover("http://127.0.0.1:9", "room", { signal: controller.signal })
    ),
    reason,
  );
});

test("discover opens a new connection each time", async () => {
  const servers = [{ url: "https://a.example:8443", secure: true }];
  await withSite(answers({ servers }), async (domain) => {
    await using network = new TcpProxy(Number(new URL(domain).port));
    for (let time = 1; time <= 2; time++) {
      assertEquals(await discover(network.url, "room", { timeoutMs: 3000 }), servers[0]!.url);
      network.silence();
    }
  });
});
