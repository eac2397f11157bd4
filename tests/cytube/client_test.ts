import { assert, assertEquals, assertMatch } from "@std/assert";
import { DemoChannel, type DemoChannelOptions } from "../../src/demo/channel/server.ts";
import { TraceClient, until } from "../demo/client.ts";
import { connectionGate } from "../fakes/connection_gate.ts";
import { test } from "../testing.ts";
import { ACCOUNTS, siteOf, socketServer, Visitor } from "./visitor.ts";

const ROSEY = ACCOUNTS.Rosey.password;

function start(options: DemoChannelOptions = {}): Promise<DemoChannel> {
  return DemoChannel.start({ accounts: ACCOUNTS, ...options });
}

test("reconnects, logs in and joins within seconds of a dropped connection", async () => {
  await using channel = await start();
  await using visitor = new Visitor(channel.url);
  await visitor.joined();
  channel.disconnectAll();
  assertEquals(await visitor.outside(), {
    reason: "Lost the channel demo: transport close",
    seconds: 1,
  });
  // Nothing that is said now may be sent before the next login.
  visitor.client.chat("lost");
  visitor.waitOut();
  await visitor.joined();
  visitor.client.chat("said");
  await channel.nextLine(({ msg }) => msg === "said", 2000);
  assertEquals(channel.lines.map(({ msg }) => msg), ["said"]);
  assertEquals(visitor.path, ["Rosey", null, "Rosey"]);
});

test("lines from before the join are history, also after a reconnect", async () => {
  await using channel = await start();
  channel.say("alice", "one");
  await using visitor = new Visitor(channel.url);
  await visitor.joined();
  channel.say("alice", "two");
  await until(() => visitor.events.some(([event, live]) => event.type === "chatMsg" && live));
  channel.disconnectAll();
  await visitor.outside();
  visitor.waitOut();
  await visitor.joined();
  const lines = visitor.events.flatMap(([event, live]) =>
    event.type === "chatMsg" ? [`${event.line.text} ${live}`] : []
  );
  assertEquals(lines, ["one false", "two true", "one false", "two false"]);
});

test("retries with growing pauses until a stopped server is back", async () => {
  const channel = await start();
  const { port } = channel;
  await using visitor = new Visitor(channel.url);
  await visitor.joined();
  await channel.close();
  assertEquals((await visitor.outside()).reason, "Lost the channel demo: transport close");
  const pauses: number[] = [];
  for (let tries = 0; tries < 6; tries++) {
    visitor.waitOut();
    const { reason, seconds } = await visitor.outside();
    pauses.push(seconds);
    assertMatch(reason, /^Cannot ask http:\S+ for the channel: Connection refused$/i);
  }
  assertEquals(pauses, [2, 4, 8, 16, 25, 25]);
  await using _again = await start({ port });
  visitor.waitOut();
  await visitor.joined();
});

test("reconnects at once when the channel is unloaded", async () => {
  await using channel = await start();
  await using visitor = new Visitor(channel.url);
  await visitor.joined();
  channel.unload();
  const { reason, seconds } = await visitor.outside();
  assertEquals([reason, seconds], ["Kicked from demo: Channel shutting down", 1]);
  visitor.waitOut();
  await visitor.joined();
});

test("repeated reconnects stay within the server's connection limit", async () => {
  await using channel = await start();
  await using visitor = new Visitor(channel.url);
  const pauses: number[] = [];
  for (let times = 0; times < 5; times++) {
    await visitor.joined();
    channel.unload();
    pauses.push((await visitor.outside()).seconds);
    visitor.waitOut();
  }
  // The backoff alone would be 4 s and 8 s after the second and third return.
  assertEquals(pauses.map(Math.floor), [1, 2, 11, 11, 16]);
});

test("follows a channel that moves to another server", async () => {
  await using here = await start();
  await using there = await start();
  await using visitor = new Visitor(here.url);
  await visitor.joined();
  here.moveTo(there.url);
  assertEquals(await visitor.outside(), { reason: "demo moves to another server", seconds: 1 });
  visitor.waitOut();
  await visitor.joined();
  assertEquals([here.users(), there.users()], [[], ["Rosey"]]);
});

test("asks the site until it knows where a moved channel is", async () => {
  await using here = await start();
  await using there = await start();
  here.moveTo(here.url);
  await using visitor = new Visitor(here.url);
  const { reason, seconds } = await visitor.outside();
  assertMatch(reason, /^Cannot join demo: Channel 'demo' is hosted on another server\./);
  assertEquals(seconds, 1);
  here.moveTo(there.url);
  visitor.waitOut();
  await visitor.joined();
});

test("waits 30 s after a kick for too many connections", async () => {
  const gate = connectionGate({ burst: 100, perSecond: 1, maxOpen: 1 });
  await using channel = await start({ gate });
  const other = await TraceClient.connect(channel.url);
  await using visitor = new Visitor(channel.url);
  assertEquals(await visitor.outside(), {
    reason: "Kicked from demo: Too many connections from your IP address",
    seconds: 30,
  });
  await other.close();
  await until(() => channel.sessions === 0);
  visitor.waitOut();
  await visitor.joined();
});

test("waits 15 s after the server's rate limit", async () => {
  let now = 0;
  const gate = connectionGate({ burst: 1, perSecond: 0.1, maxOpen: 10 }, () => now);
  await using channel = await start({ gate });
  await using _other = await TraceClient.connect(channel.url);
  await using visitor = new Visitor(channel.url);
  const { reason, seconds } = await visitor.outside();
  assertEquals(reason, `Cannot connect to ${channel.url}: Rate limit exceeded`);
  assertEquals(seconds, 15);
  now += seconds * 1000;
  visitor.waitOut();
  await visitor.joined();
});

test("gives up a server that does not answer the login within 30 s", async () => {
  await using server = await socketServer();
  await using site = siteOf(server.url);
  await using visitor = new Visitor(site.url);
  assert(await until(() => server.received.length === 1));
  visitor.client.chat("too early");
  visitor.clock.advance(29_999);
  assertEquals(visitor.client.report.state, "connecting");
  visitor.clock.advance(1);
  assertEquals(await visitor.outside(), {
    reason: `Cannot join demo on ${server.url}: no answer within 30 s`,
    seconds: 1,
  });
  assert(await until(() => server.sockets() === 0));
  assertEquals(server.received, ["login"]);
});

test("the pause after a kick doubles, and is reset by a long stay", async () => {
  await using channel = await start();
  await using visitor = new Visitor(channel.url, { kickPauseMs: 300_000 });
  const pauses: number[] = [];
  for (const stayMs of [0, 0, 0, 3_600_000]) {
    await visitor.joined();
    visitor.clock.advance(stayMs);
    channel.kick("Rosey", "not now");
    const { reason, seconds } = await visitor.outside();
    assertEquals(reason, "Kicked from demo: not now");
    pauses.push(seconds);
    visitor.waitOut();
  }
  assertEquals(pauses, [300, 600, 1200, 300]);
});

test("waits after a kick during the join", async () => {
  await using channel = await start();
  const user = { name: "Rosey", password: ROSEY };
  await using visitor = new Visitor(channel.url, { user, channel: { name: "other" } });
  const { reason, seconds } = await visitor.outside();
  const said = 'Kicked from other: Channel could not be loaded: only "demo" is here';
  assertEquals([reason, seconds], [said, 30]);
  assertEquals(visitor.path, []);
});

test("tells when the channel rank is known, at the latest after 1.5 s", async () => {
  for (
    const { rankDelayMs, known } of [
      { rankDelayMs: undefined, known: 0 },
      { rankDelayMs: 50, known: 0 },
      { rankDelayMs: 60_000, known: 1500 },
    ]
  ) {
    const accounts = { Rosey: { ...ACCOUNTS.Rosey, rank: 2, rankDelayMs } };
    await using channel = await DemoChannel.start({ accounts });
    const steps: string[] = [];
    let rank = -1;
    await using visitor = new Visitor(channel.url, {
      onEvent: (event) => {
        if (event.type === "rank") rank = event.rank;
      },
      onJoined: () => void steps.push("joined"),
      onRankKnown: () => void steps.push(`rank ${rank}`),
    });
    await visitor.joined();
    assertEquals(steps[0], "joined");
    if (known > 0) {
      visitor.clock.advance(known - 1);
      assertEquals(steps, ["joined"]);
      visitor.clock.advance(1);
    }
    await until(() => steps.length > 1);
    assertEquals(steps, ["joined", known > 0 ? "rank 1" : "rank 2"]);
  }
});

test("a guest's rank is known at once", async () => {
  await using channel = await start();
  let ranks = 0;
  await using visitor = new Visitor(channel.url, {
    user: { name: "Guesty" },
    onRankKnown: () => void ranks++,
  });
  await visitor.joined();
  assertEquals(ranks, 1);
});

test("tells the limit of a line before each join", async () => {
  await using channel = await start({ maxMessageLength: 200 });
  const path: unknown[] = [];
  await using visitor = new Visitor(channel.url, {
    onLineLimit: (units) => void path.push(units),
    onJoined: (name) => void path.push(name),
  });
  await visitor.joined();
  assertEquals(path, [200, "Rosey"]);
});
