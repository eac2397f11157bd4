import { assertEquals, assertMatch } from "@std/assert";
import type { ClientOptions } from "../../src/cytube/client.ts";
import { DemoChannel, type DemoChannelOptions } from "../../src/demo/channel/server.ts";
import { TraceClient, until } from "../demo/client.ts";
import { test } from "../testing.ts";
import { ACCOUNTS, Visitor } from "./visitor.ts";

const TAKEN = "Kicked from demo: Duplicate login " +
  "(another session uses the account; the bot comes back when it is gone)";
const THERE = "Stays out of demo: another session is there as Rosey";

/** A channel in which another session has just taken over the bot's name. */
async function takenOver(
  channelOptions: DemoChannelOptions = {},
  options: Partial<ClientOptions> = {},
) {
  const channel = await DemoChannel.start({ accounts: ACCOUNTS, ...channelOptions });
  const visitor = new Visitor(channel.url, options);
  await visitor.joined();
  const other = await TraceClient.connect(channel.url);
  const { name, password } = options.user ?? { name: "Rosey", password: ACCOUNTS.Rosey.password };
  await other.login(name, password);
  const list = other.next("userlist");
  other.emit("joinChannel", { name: "demo", pw: channelOptions.password });
  await list;
  return {
    channel,
    visitor,
    other,
    [Symbol.asyncDispose]: async () => {
      await visitor[Symbol.asyncDispose]();
      await other.close();
      await channel.close();
    },
  };
}

type Scene = Awaited<ReturnType<typeof takenOver>>;

test("stays out while another session uses the account, and returns when it is gone", async () => {
  await using scene = await takenOver();
  const { channel, visitor, other } = scene;
  assertEquals(await visitor.outside(), { reason: TAKEN, seconds: 30 });
  for (const seconds of [60, 120, 240, 480]) {
    visitor.waitOut();
    assertEquals(await visitor.outside(), { reason: THERE, seconds });
  }
  assertEquals(other.connected, true);
  assertEquals(other.all("kick"), []);
  await other.close();
  await until(() => channel.users().length === 0);
  visitor.waitOut();
  await visitor.joined();
  assertEquals(channel.users(), ["Rosey"]);
  visitor.client.chat("back");
  await channel.nextLine(({ msg }) => msg === "back", 2000);
  // After a successful join, a session of the same name is the bot's own old one.
  channel.disconnectAll();
  await visitor.outside();
  channel.addPuppet("Rosey");
  visitor.waitOut();
  await visitor.joined();
});

test("two bots with one account do not kick each other endlessly", async () => {
  await using channel = await DemoChannel.start({ accounts: ACCOUNTS });
  await using one = new Visitor(channel.url);
  await one.joined();
  await using two = new Visitor(channel.url);
  await two.joined();
  for (let times = 0; times < 4; times++) {
    await one.outside();
    one.waitOut();
  }
  await one.outside();
  assertEquals([one.path, two.path], [["Rosey", null], ["Rosey"]]);
});

test("lines during the anonymous check are history, later lines are live", async () => {
  await using scene = await takenOver();
  const { channel, visitor, other } = scene;
  await visitor.outside();
  await other.close();
  await until(() => channel.users().length === 0);
  channel.say("alice", "before the join");
  visitor.events.length = 0;
  visitor.waitOut();
  await visitor.joined();
  channel.say("alice", "after the join");
  const lines = () =>
    visitor.events.flatMap(([event, live]) =>
      event.type === "chatMsg" ? [[event.line.text, live] as const] : []
    );
  await until(() => lines().length === 2);
  assertEquals(lines(), [["before the join", false], ["after the join", true]]);
});

test("checks for the other session again after a lost connection", async () => {
  await using scene = await takenOver();
  const { channel, visitor, other } = scene;
  await visitor.outside();
  const { port } = channel;
  await other.close();
  await channel.close();
  visitor.waitOut();
  assertMatch((await visitor.outside()).reason, /^Cannot ask /);
  await using again = await DemoChannel.start({ accounts: ACCOUNTS, port });
  again.addPuppet("Rosey");
  visitor.waitOut();
  assertEquals((await visitor.outside()).reason, THERE);
  assertEquals(again.users(), ["Rosey"]);
});

test("a guest stays out, too, while another session uses the name", async () => {
  await using scene = await takenOver({}, { user: { name: "Guesty" } });
  const { visitor } = scene;
  await visitor.outside();
  visitor.waitOut();
  const { reason, seconds } = await visitor.outside();
  assertEquals(reason, "Stays out of demo: another session is there as Guesty");
  assertEquals(seconds, 60);
});

test("gives the channel's password in the anonymous check", async () => {
  const channel = { name: "demo", password: "sesame" };
  await using scene = await takenOver({ password: "sesame" }, { channel });
  const { visitor } = scene;
  await visitor.outside();
  visitor.waitOut();
  assertEquals((await visitor.outside()).reason, THERE);
});

const MODDY = { name: "Moddy", password: ACCOUNTS.Moddy.password };
const HIDDEN = "Cannot see whether the bot's account is in demo already: ";

/** The other session has five minutes in a channel that shows nothing. */
async function returnsAfterFiveMinutes({ visitor, other }: Scene, why: string): Promise<void> {
  assertEquals((await visitor.outside()).seconds, 30);
  visitor.waitOut();
  assertEquals(await visitor.outside(), { reason: HIDDEN + why, seconds: 270 });
  assertEquals(other.connected, true);
  visitor.waitOut();
  await visitor.joined();
  assertEquals(await other.gone, "io server disconnect");
}

test("a moderator without the channel's password returns unseen after five minutes", async () => {
  await using scene = await takenOver({ password: "sesame" }, { user: MODDY });
  await returnsAfterFiveMinutes(scene, "it asks for a password");
});

test("returns after five minutes if the channel blocks anonymous users", async () => {
  await using scene = await takenOver({}, { user: MODDY });
  scene.other.emit("setOptions", { block_anonymous_users: true });
  await scene.other.barrier();
  await returnsAfterFiveMinutes(scene, "it refuses anonymous users");
});
