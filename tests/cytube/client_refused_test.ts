import { assertEquals, assertInstanceOf } from "@std/assert";
import { ChannelRefusedError } from "../../src/errors.ts";
import { DemoChannel, type DemoChannelOptions } from "../../src/demo/channel/server.ts";
import { TraceClient, until } from "../demo/client.ts";
import { test } from "../testing.ts";
import { ACCOUNTS, siteOf, socketServer, Visitor } from "./visitor.ts";

function start(options: DemoChannelOptions = {}): Promise<DemoChannel> {
  return DemoChannel.start({ accounts: ACCOUNTS, ...options });
}

async function endOf(visitor: Visitor): Promise<string> {
  const error = await visitor.ended;
  assertInstanceOf(error, ChannelRefusedError, String(error));
  return error.message;
}

test("a permanent login error ends the client and says what to do", async () => {
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
    assertEquals(await endOf(visitor), `Cannot log in as ${name}: ${said}`);
  }
});

test("a guest waits as long as the server's login limit says", async () => {
  let now = 0;
  await using channel = await start({ guestLoginSeconds: 90, now: () => now });
  await using other = await TraceClient.connect(channel.url);
  await other.login("Somebody");
  await using visitor = new Visitor(channel.url, { user: { name: "Guesty" } });
  const { reason, seconds } = await visitor.outside();
  assertEquals(
    reason,
    "Cannot log in as Guesty: Guest logins are restricted to one per IP address per 90 seconds. " +
      "(wait a minute, or register an account)",
  );
  assertEquals(seconds, 95);
  now += seconds * 1000;
  visitor.waitOut();
  await visitor.joined();
  // The next pause respects the limit without a refusal.
  channel.disconnectAll();
  assertEquals((await visitor.outside()).seconds, 61);
});

test("a ban ends the client when the channel refuses the next join", async () => {
  await using channel = await start();
  await using visitor = new Visitor(channel.url);
  await visitor.joined();
  channel.ban("Rosey");
  const { reason, seconds } = await visitor.outside();
  assertEquals([reason, seconds], ["Kicked from demo: You're banned!", 300]);
  await using again = new Visitor(channel.url);
  const said = "Kicked from demo: You are banned from this channel. (ask its moderators)";
  assertEquals(await endOf(again), said);
  assertEquals(again.path, []);
});

test("a ban of the address by the site ends the client", async () => {
  await using server = await socketServer(new Error("You are banned from the server"));
  await using site = siteOf(server.url);
  await using visitor = new Visitor(site.url);
  assertEquals(
    await endOf(visitor),
    `Cannot connect to ${server.url}: You are banned from the server ` +
      "(ask the site's administrators)",
  );
});

test("a missing or wrong channel password ends the client", async () => {
  await using channel = await start({ password: "sesame" });
  const cases: readonly (readonly [string | undefined, string])[] = [
    [undefined, 'it needs a password: set "channel" to ["name", "password"]'],
    ["wrong", "its password is another one: correct it in the configuration"],
  ];
  for (const [password, said] of cases) {
    await using visitor = new Visitor(channel.url, {
      channel: password === undefined ? { name: "demo" } : { name: "demo", password },
    });
    // The client waits in case it is a moderator, which the server may not know yet.
    await until(() => visitor.events.some(([event]) => event.type === "needPassword"));
    await until(() => visitor.clock.pending === 3);
    visitor.clock.advance(2999);
    assertEquals(visitor.client.report.state, "connecting");
    visitor.clock.advance(1);
    assertEquals(await endOf(visitor), `Cannot join demo: ${said}`);
  }
  await using visitor = new Visitor(channel.url, { channel: { name: "demo", password: "sesame" } });
  await visitor.joined();
});
