import {
  assert,
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertNotMatch,
  assertThrows,
} from "@std/assert";
import { StatusServer } from "../../src/ops/status_server.ts";
import { setupLogging } from "../../src/log.ts";
import { BUILD, reportOf } from "../fakes/report.ts";
import { test } from "../testing.ts";

function start(report = () => reportOf()): StatusServer {
  return new StatusServer({ port: 0, report, build: BUILD });
}

async function get(url: string, init?: RequestInit): Promise<[number, string]> {
  const response = await fetch(url, init);
  return [response.status, await response.text()];
}

test("status server reports liveness, and readiness while the bot is in its channel", async () => {
  let report = reportOf();
  await using server = start(() => report);
  assertEquals(await get(`${server.url}/healthz`), [200, "ok\n"]);
  const ready = "in demo as Rosey; llama3.2:3b on http://gpu-1:11434: up; " +
    'odd"name\\ on http://gpu-2:11434: down (connection refused)\n';
  assertEquals(await get(`${server.url}/readyz`), [200, ready]);
  report = reportOf({ restrictions: ["muted"], models: [] });
  assertEquals(await get(`${server.url}/readyz`), [200, "in demo as Rosey, muted; model off\n"]);
  report = reportOf({
    connection: { state: "waiting", stateForMs: 1, reason: "Kicked", joins: 1, losses: 1 },
    models: [],
  });
  assertEquals(await get(`${server.url}/readyz`), [503, "not in demo: Kicked; model off\n"]);
  assertEquals(await get(`${server.url}/healthz`), [200, "ok\n"]);
});

test("status server answers health checks and serves the page when the report fails", async () => {
  const report = () => {
    throw new Error("no report");
  };
  await using server = start(report);
  assertEquals(await get(`${server.url}/healthz`), [200, "ok\n"]);
  assertEquals((await get(server.url))[0], 200);
  assertEquals((await get(`${server.url}/unknown`))[0], 404);
  const failure = [500, "internal error, see the log\n"];
  for (const path of ["/readyz", "/metrics", "/status.json", "/events"]) {
    assertEquals(await get(server.url + path), failure, path);
  }
});

test("status server builds one report for an answer", async () => {
  let reports = 0;
  await using server = start(() => {
    reports++;
    return reportOf();
  });
  for (const path of ["/readyz", "/metrics", "/status.json"]) {
    reports = 0;
    await get(server.url + path);
    assertEquals(reports, 1, path);
  }
  reports = 0;
  const events = await fetch(`${server.url}/events`);
  assertEquals(reports, 1);
  await events.body!.cancel();
});

test("status server rejects other methods, paths and host names", async () => {
  await using server = start();
  assertEquals((await get(`${server.url}/healthz`, { method: "POST", body: "x" }))[0], 405);
  assertEquals(await get(`${server.url}/metrics`, { method: "HEAD" }), [200, ""]);
  assertEquals((await get(`${server.url}/etc/passwd`))[0], 404);
  const { port } = new URL(server.url);
  assertEquals((await get(`http://localhost:${port}/healthz`))[0], 200);
  const connection = await Deno.connect({ hostname: "127.0.0.1", port: Number(port) });
  const request = "GET /status.json HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n";
  await connection.write(new TextEncoder().encode(request));
  const answer = await new Response(connection.readable).text();
  assertMatch(answer, /^HTTP\/1\.1 403 /);
  assert(!answer.includes("alice"));
});

test("status server listens on loopback only, and fails when the port is in use", async () => {
  await using server = start();
  assertEquals(new URL(server.url).hostname, "127.0.0.1");
  const port = Number(new URL(server.url).port);
  assertThrows(
    () => new StatusServer({ port, report: reportOf, build: BUILD }),
    Deno.errors.AddrInUse,
  );
});

test("status server sends events to a bounded number of pages, and ends with them open", async () => {
  const server = start();
  const open = await Promise.all(
    Array.from({ length: 17 }, () => fetch(`${server.url}/events`)),
  );
  assertEquals(open.map(({ status }) => status).sort(), [...Array(16).fill(200), 503]);
  const [first] = open.filter(({ status }) => status === 200);
  const reader = first!.body!.pipeThrough(new TextDecoderStream()).getReader();
  const events: string[] = [];
  while (events.join("").split("\n\n").length < 3) {
    events.push((await reader.read()).value!);
  }
  const { bot, process } = JSON.parse(events.join("").split("\n\n")[1]!.slice("data: ".length));
  assertEquals([bot.user, process.version], ["Rosey", "1.2.3"]);
  await server[Symbol.asyncDispose]();
  await reader.cancel();
  await Promise.all(
    open.filter((response) => response !== first).map(({ body }) => body!.cancel()),
  );
});

test("the page allows no other script or style, and no frames", async () => {
  await using server = start();
  const [first, second] = await Promise.all([fetch(server.url), fetch(server.url)]);
  const policy = first!.headers.get("content-security-policy")!;
  assertMatch(policy, /^default-src 'none'; style-src 'nonce-[\w-]+'; script-src 'nonce-[\w-]+'; /);
  assertMatch(policy, /frame-ancestors 'none'/);
  assertNotEquals(policy, second!.headers.get("content-security-policy"));
  assertEquals(first!.headers.get("x-content-type-options"), "nosniff");
  const nonce = /nonce-([\w-]+)/.exec(policy)![1]!;
  const html = await first!.text();
  assertEquals(html.split(`nonce="${nonce}"`).length - 1, 2);
  assertEquals(html.match(/(?:https?:)?\/\/(?!www\.w3\.org\/2000\/svg)[a-z0-9[]/gi), null);
  assertNotMatch(html, /innerHTML|outerHTML|insertAdjacentHTML|document\.write/);
  await second!.body!.cancel();
});

test("status server goes on after a report that failed between two pushes", async () => {
  const logged = Promise.withResolvers<string>();
  await using _logging = await setupLogging({
    level: "ERROR",
    format: "journal",
    write: logged.resolve,
  });
  let fails = false;
  await using server = start(() => {
    if (fails) throw new Error("no report");
    return reportOf();
  });
  const events = await fetch(`${server.url}/events`);
  fails = true;
  assertMatch(await logged.promise, /Cannot make a status report: .*no report/);
  fails = false;
  assertEquals((await fetch(`${server.url}/status.json`).then((r) => r.json())).bot.user, "Rosey");
  await events.body?.cancel();
});
