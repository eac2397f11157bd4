import { assertEquals, assertMatch, assertNotMatch } from "@std/assert";
import { checkChannel, checkSite } from "../../src/check/channel.ts";
import { findingLines } from "../../src/check/finding.ts";
import { DemoChannel } from "../../src/demo/channel/server.ts";
import { redactor } from "../../src/redact.ts";
import { TraceClient } from "../demo/client.ts";
import { holdPort } from "../fakes/ollama/faulty.ts";
import { settingsOf } from "../fakes/room_scene.ts";
import { test } from "../testing.ts";

const ROSEY = { password: "pw", rank: 2 };

/** What `rosey check --login` prints of the channel, without the heading and the first line. */
async function checkLogin(channel: DemoChannel, config = {}): Promise<string[]> {
  const settings = settingsOf({ domain: channel.url, user: ["Rosey", "pw"], ...config });
  const { signal } = new AbortController();
  const found = await checkChannel(settings, { login: true, signal, redact: (text) => text });
  // The WebSocket's resource is freed a moment after it is closed.
  await new Promise((resolve) => setTimeout(resolve, 50));
  return findingLines(found, { colours: false }).slice(2);
}

test("check shows no password of the site's address", async () => {
  const options = { signal: new AbortController().signal, redact: redactor(["gate-pw"]) };
  const domain = `http://visitor:gate-pw@127.0.0.1:${holdPort()}`;
  const shown = [
    ...await checkSite(domain, options),
    ...await checkChannel(settingsOf({ domain }), { login: false, ...options }),
  ];
  assertEquals(shown.map(({ level }) => level), ["failure", "failure"]);
  assertMatch(findingLines(shown, { colours: false }).join("\n"), /^site http:\/\/visitor:/);
  assertNotMatch(JSON.stringify(shown), /gate-pw/);
});

test("check --login leaves a bot that is inside alone", async () => {
  await using channel = await DemoChannel.start({ accounts: { Rosey: ROSEY } });
  await using bot = await TraceClient.connect(channel.url);
  await bot.login("Rosey", "pw");
  await bot.join("demo");
  assertEquals(await checkLogin(channel), [
    "  · Stays out of demo: another session is there as Rosey; the login was not tried",
  ]);
  assertEquals(bot.all("kick"), []);
  assertEquals(bot.connected, true);
});

test("check --login does not log in where it cannot see whether the bot is inside", async () => {
  await using channel = await DemoChannel.start({ accounts: { Rosey: { ...ROSEY, rank: 3 } } });
  await using bot = await TraceClient.connect(channel.url);
  await bot.login("Rosey", "pw");
  await bot.join("demo");
  bot.emit("setOptions", { block_anonymous_users: true });
  await bot.barrier();
  assertEquals(await checkLogin(channel), [
    "  ! Cannot see whether the bot's account is in demo already: it refuses anonymous users; the " +
    "login was not tried",
    "      → start the bot and read its log",
  ]);
  assertEquals(bot.all("kick"), []);
});

test("check --login finds a channel password that is wrong or missing", async () => {
  await using channel = await DemoChannel.start({
    accounts: { Rosey: ROSEY },
    password: "sesame",
  });
  const see =
    '      → see that the password in "channel" is right, then start the bot and read its log';
  const hidden = "Cannot see whether the bot's account is in demo already: it asks for";
  assertEquals(await checkLogin(channel, { channel: ["demo", "wrong"] }), [
    `  ✗ ${hidden} another password; the login was not tried`,
    see,
  ]);
  assertEquals(await checkLogin(channel), [
    `  ! ${hidden} a password; the login was not tried`,
    see,
  ]);
  const [found] = await checkLogin(channel, { channel: ["demo", "wrong"], user: "Guest" });
  assertMatch(found!, /✗ .*its password is another one/);
  assertEquals(await checkLogin(channel, { channel: ["demo", "sesame"] }), [
    "  ✓ joined as Rosey, an account of rank 2, and left",
  ]);
});

test("check --login tells the rank that comes a moment after the join", async () => {
  const accounts = { Rosey: { ...ROSEY, rankDelayMs: 300 } };
  await using channel = await DemoChannel.start({ accounts });
  assertEquals(await checkLogin(channel), [
    "  ✓ joined as Rosey, an account of rank 2, and left",
  ]);
});

test("check --login warns of a channel that nobody has registered", async () => {
  await using channel = await DemoChannel.start({ accounts: { Rosey: ROSEY }, registered: false });
  assertEquals(await checkLogin(channel), [
    "  ! joined as Rosey, an account of rank 2, and left; nobody has registered the channel",
    '      → see whether "channel" is right: anybody can join any name',
  ]);
});

test("check --login finds a ban", async () => {
  await using channel = await DemoChannel.start({ accounts: { Rosey: ROSEY } });
  channel.ban("Rosey");
  assertEquals(await checkLogin(channel), [
    "  ✗ Kicked from demo: You are banned from this channel.",
    "      → ask the channel's moderators",
  ]);
});
