import { assert, assertEquals, assertGreater, assertGreaterOrEqual } from "@std/assert";
import { DemoChannel } from "../../src/demo/channel/server.ts";
import { formatMessage } from "../../src/demo/channel/format.ts";
import { TraceClient } from "../demo/client.ts";
import { test } from "../testing.ts";
import { attempt, linesOf } from "./attacks/attempt.ts";
import { CORPUS } from "./attacks/corpus.ts";
import { played } from "./attacks/oracle.ts";

test("stops every attack of the corpus", async (t) => {
  assertGreaterOrEqual(CORPUS.length, 500, `${CORPUS.length} attacks`);
  for (const [family, attacks] of Map.groupBy(CORPUS, ({ family }) => family)) {
    await t.step(family, () => {
      for (const { text } of attacks) {
        const preview = JSON.stringify(text.slice(0, 200));
        assertEquals(attempt(text), [], `${preview} -> ${JSON.stringify(linesOf(text, 320))}`);
      }
    });
  }
});

test("the oracle knows the server's commands", () => {
  const run = (msg: string) => played(msg).commands.join(" ");
  assertEquals(run("/kick bob"), "kick");
  assertEquals(run("/kick\nbob"), "kick");
  assertEquals(run("/me /sp /clear"), "me sp clear");
  assertEquals(run("/drink"), "drink");
  assertEquals(run("/toString"), "toString");
  assertEquals(run(" /kick bob"), "");
  assertEquals(run("/unknown"), "");
  assertEquals(played("/me >x"), { commands: ["me"], green: true });
});

test("the demo channel runs no command of the sanitized corpus", async () => {
  const lines = CORPUS.flatMap(({ text }) => linesOf(text, 320));
  const heard = await say(lines);
  assertEquals(heard.commands, []);
  assertEquals(heard.lines, lines.map((line) => ({ msg: formatMessage(line), meta: {} })));
  assertGreater(lines.length, 500, `${lines.length} lines`);
});

test("the demo channel runs commands of the corpus without the sanitizer", async () => {
  const raw = CORPUS.map(({ text }) => text).filter((text) => text.length < 1000);
  const heard = await say(raw);
  for (const event of ["kick", "clearchat", "setUserMeta", "errorMsg"]) {
    assert(heard.commands.includes(event), event);
  }
  const classes = new Set(heard.lines.map(({ meta }) => meta.addClass));
  for (const name of ["action", "greentext", "spoiler", "shout"]) {
    assert(classes.has(name), name);
  }
});

/** Events that a chat line never causes. */
const COMMANDED = ["kick", "clearchat", "setUserMeta", "setAFK", "errorMsg", "userLeave"];

/** What every client receives of the bot's lines. */
async function say(lines: readonly string[]): Promise<{
  readonly commands: readonly string[];
  readonly lines: readonly { readonly msg: string; readonly meta: Record<string, unknown> }[];
}> {
  const accounts = {
    Rosey: { password: "roseypw", rank: 5 },
    alice: { password: "alicepw", rank: 4 },
    bob: { password: "bobpw", rank: 1 },
  };
  await using channel = await DemoChannel.start({ accounts, throttle: false });
  const join = async (name: keyof typeof accounts) => {
    const client = await TraceClient.connect(channel.url);
    await client.login(name, accounts[name].password);
    await client.join(channel.name);
    return client;
  };
  await using bob = await join("bob");
  await using alice = await join("alice");
  await using rosey = await join("Rosey");
  const everybody = [rosey, alice, bob];
  for (const client of everybody) await client.barrier();
  const before = everybody.map(({ received }) => received.length);
  for (const line of lines) rosey.say(line);
  for (const client of everybody) await client.barrier();
  const events = everybody.flatMap(({ received }, at) => received.slice(before[at]));
  const heard = alice.received.slice(before[1]).filter(({ ev }) => ev === "chatMsg")
    .map(({ args }) => args as { username: string; msg: string; meta: Record<string, unknown> });
  return {
    commands: events.map(({ ev }) => ev).filter((ev) => COMMANDED.includes(ev)),
    lines: heard.filter(({ username }) => username === "Rosey")
      .map(({ msg, meta }) => ({ msg, meta })),
  };
}
