import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server } from "socket.io";
import { ChannelRefusedError } from "../../src/errors.ts";
import { DemoChannel, type DemoChannelOptions } from "../../src/demo/channel/server.ts";
import { TraceClient, until } from "../demo/client.ts";
import { test } from "../testing.ts";
import { ACCOUNTS, siteOf, Visitor } from "./visitor.ts";

const ROSEY = ACCOUNTS.Rosey.password;

function start(options: DemoChannelOptions = {}): Promise<DemoChannel> {
  return DemoChannel.start({ accounts: ACCOUNTS, ...options });
}

/** A socket server that does nothing, or that lets nobody in. */
async function socketServer(refusal?: Error) {
  const http = createServer();
  const server = new Server(http, { transports: ["websocket"], serveClient: false });
  server.use((_socket, next) => next(refusal));
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    sockets: () => server.of("/").sockets.size,
    [Symbol.asyncDispose]: () => server.close(),
  };
}

async function endOf(visitor: Visitor): Promise<string> {
  const error = await visitor.ended;
  assert.ok(error instanceof ChannelRefusedError, String(error));
  return error.message;
}

test("drop: she comes back within seconds, logs in and joins again", async () => {
  await using channel = await start();
  await using visitor = new Visitor(channel.url);
  await visitor.joined();
  channel.disconnectAll();
  assert.deepEqual(await visitor.outside(), {
    reason: "Lost the channel demo: transport close",
    seconds: 1,
  });
  // Nothing that is said now may be sent before the next login.
  visitor.client.chat("lost");
  visitor.waitOut();
  await visitor.joined();
  visitor.client.chat("said");
  await channel.nextLine(({ msg }) => msg === "said", 2000);
  assert.deepEqual(channel.lines.map(({ msg }) => msg), ["said"]);
  assert.deepEqual(visitor.path, ["Rosey", null, "Rosey"]);
});

test("what the channel said before she joined is history, also after she comes back", async () => {
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
  assert.deepEqual(lines, ["one false", "two true", "one false", "two false"]);
});

test("server restart: she tries again, ever more slowly, until it is back", async () => {
  const channel = await start();
  const { port } = channel;
  await using visitor = new Visitor(channel.url);
  await visitor.joined();
  await channel.close();
  assert.equal((await visitor.outside()).reason, "Lost the channel demo: transport close");
  const pauses: number[] = [];
  for (let tries = 0; tries < 6; tries++) {
    visitor.waitOut();
    const { reason, seconds } = await visitor.outside();
    pauses.push(seconds);
    assert.match(reason, /^Cannot ask http:\S+ for the channel: Connection refused$/i);
  }
  assert.deepEqual(pauses, [2, 4, 8, 16, 30, 30]);
  await using _again = await start({ port });
  visitor.waitOut();
  await visitor.joined();
});

test("channel unloaded: she comes back at once, for the channel does too", async () => {
  await using channel = await start();
  await using visitor = new Visitor(channel.url);
  await visitor.joined();
  channel.unload();
  const { reason, seconds } = await visitor.outside();
  assert.deepEqual([reason, seconds], ["Kicked from demo: Channel shutting down", 1]);
  visitor.waitOut();
  await visitor.joined();
});

test("partition change: she asks the site again, and goes where the channel is now", async () => {
  await using here = await start();
  await using there = await start();
  await using visitor = new Visitor(here.url);
  await visitor.joined();
  here.moveTo(there.url);
  assert.deepEqual(await visitor.outside(), { reason: "demo moves to another server", seconds: 1 });
  visitor.waitOut();
  await visitor.joined();
  assert.deepEqual([here.users(), there.users()], [[], ["Rosey"]]);
});

test("partition change that the site does not know of yet: she asks until it does", async () => {
  await using here = await start();
  await using there = await start();
  here.moveTo(here.url);
  await using visitor = new Visitor(here.url);
  const { reason, seconds } = await visitor.outside();
  assert.match(reason, /^Cannot join demo: Channel 'demo' is hosted on another server\./);
  assert.equal(seconds, 1);
  here.moveTo(there.url);
  visitor.waitOut();
  await visitor.joined();
});

test("too many connections: she remembers why she was closed out, and waits", async () => {
  const connections = { burst: 100, perSecond: 1, most: 1 };
  await using channel = await start({ connections });
  const other = await TraceClient.connect(channel.url);
  await using visitor = new Visitor(channel.url);
  assert.deepEqual(await visitor.outside(), {
    reason: "Kicked from demo: Too many connections from your IP address",
    seconds: 30,
  });
  await other.close();
  await until(() => channel.sessions === 0);
  visitor.waitOut();
  await visitor.joined();
});

test("rate limit: she waits longer than the server takes to admit another", async () => {
  let now = 0;
  const connections = { burst: 1, perSecond: 0.1, most: 10 };
  await using channel = await start({ connections, now: () => now });
  await using _other = await TraceClient.connect(channel.url);
  await using visitor = new Visitor(channel.url);
  const { reason, seconds } = await visitor.outside();
  assert.equal(reason, `Cannot connect to ${channel.url}: Rate limit exceeded`);
  assert.equal(seconds, 15);
  now += seconds * 1000;
  visitor.waitOut();
  await visitor.joined();
});

test("login errors: what another try cannot cure ends her, with what to do", async () => {
  await using channel = await start();
  const cases: readonly (readonly [name: string, password: string | undefined, said: string])[] = [
    ["Rosey", "wrong", "Invalid username/password combination (check the password)"],
    [
      "Nobody",
      "pw",
      "User does not exist (register the account, or leave the password out to be a guest)",
    ],
    [
      "R0sey",
      undefined,
      'That username is registered. (give its password: "user": ["name", "password"])',
    ],
    ["admin", undefined, "That username is reserved. (choose another name)"],
  ];
  for (const [name, password, said] of cases) {
    const user = password === undefined ? { name } : { name, password };
    await using visitor = new Visitor(channel.url, { user });
    assert.equal(await endOf(visitor), `Cannot log in as ${name}: ${said}`);
  }
});

test("login errors: a guest who logged in too soon waits as long as the server says", async () => {
  let now = 0;
  await using channel = await start({ guestLoginSeconds: 90, now: () => now });
  await using other = await TraceClient.connect(channel.url);
  await other.login("Somebody");
  await using visitor = new Visitor(channel.url, { user: { name: "Guesty" } });
  const { reason, seconds } = await visitor.outside();
  assert.equal(
    reason,
    "Cannot log in as Guesty: Guest logins are restricted to one per IP address per 90 seconds. " +
      "(an account has no such limit)",
  );
  assert.equal(seconds, 95);
  now += seconds * 1000;
  visitor.waitOut();
  await visitor.joined();
  // The next time she waits without being told.
  channel.disconnectAll();
  assert.equal((await visitor.outside()).seconds, 61);
});

test("ban: she is thrown out for good, and is not let in again", async () => {
  await using channel = await start();
  await using visitor = new Visitor(channel.url);
  await visitor.joined();
  channel.ban("Rosey");
  assert.equal(await endOf(visitor), "Kicked from demo: You're banned! (ask its moderators)");
  await using again = new Visitor(channel.url);
  const said = "Kicked from demo: You are banned from this channel. (ask its moderators)";
  assert.equal(await endOf(again), said);
  assert.deepEqual(again.path, []);
});

test("ban of her address by the site: she gives up", async () => {
  await using server = await socketServer(new Error("You are banned from the server"));
  await using site = siteOf(server.url);
  await using visitor = new Visitor(site.url);
  assert.equal(
    await endOf(visitor),
    `Cannot connect to ${server.url}: You are banned from the server ` +
      "(ask the site's administrators)",
  );
});

test("server that takes the connection and answers nothing: she gives it half a minute", async () => {
  await using server = await socketServer();
  await using site = siteOf(server.url);
  await using visitor = new Visitor(site.url);
  assert.ok(await until(() => server.sockets() === 1));
  visitor.clock.advance(29_999);
  assert.equal(visitor.client.report.state, "connecting");
  visitor.clock.advance(1);
  assert.deepEqual(await visitor.outside(), {
    reason: `Cannot join demo on ${server.url}: no answer within 30 s`,
    seconds: 1,
  });
});

test("kick: she stays out for a growing time, and less after a long stay", async () => {
  await using channel = await start();
  await using visitor = new Visitor(channel.url, { kickPauseMs: 300_000 });
  const pauses: number[] = [];
  for (const stayMs of [0, 0, 0, 3_600_000]) {
    await visitor.joined();
    visitor.clock.advance(stayMs);
    channel.kick("Rosey", "not now");
    const { reason, seconds } = await visitor.outside();
    assert.equal(reason, "Kicked from demo: not now");
    pauses.push(seconds);
    visitor.waitOut();
  }
  assert.deepEqual(pauses, [300, 600, 1200, 300]);
});

test("kick while she is joining: she stays out for as long", async () => {
  await using channel = await start();
  const user = { name: "Rosey", password: ROSEY };
  await using visitor = new Visitor(channel.url, { user, channel: { name: "other" } });
  const { reason, seconds } = await visitor.outside();
  const said = 'Kicked from other: Channel could not be loaded: only "demo" is here';
  assert.deepEqual([reason, seconds], [said, 30]);
  assert.deepEqual(visitor.path, []);
});

test("password: without it or with a wrong one she is refused for good", async () => {
  await using channel = await start({ password: "sesame" });
  const cases: readonly (readonly [string | undefined, string])[] = [
    [undefined, 'it needs a password: set "channel" to ["name", "password"]'],
    ["wrong", "its password is another one: correct it in the configuration"],
  ];
  for (const [password, said] of cases) {
    await using visitor = new Visitor(channel.url, {
      channel: password === undefined ? { name: "demo" } : { name: "demo", password },
    });
    // She may be a moderator, and the server may not know yet.
    await until(() => visitor.events.some(([event]) => event.type === "needPassword"));
    await until(() => visitor.clock.pending === 3);
    visitor.clock.advance(2999);
    assert.equal(visitor.client.report.state, "connecting");
    visitor.clock.advance(1);
    assert.equal(await endOf(visitor), `Cannot join demo: ${said}`);
  }
  await using visitor = new Visitor(channel.url, { channel: { name: "demo", password: "sesame" } });
  await visitor.joined();
});
