import { assert, assertEquals } from "@std/assert";
import {
  type ChatLine,
  DemoChannel,
  type DemoChannelOptions,
} from "../../src/demo/channel/server.ts";
import { test } from "../testing.ts";
import { TraceClient, until } from "./client.ts";
import { ACCOUNTS } from "./replay.ts";
import { loadTrace, shapeFault, timeless } from "./trace.ts";

const MEDIA = { id: "AAAAAAAAAA1", title: "Short <b>One</b>", seconds: 8, type: "yt" };

function start(options: DemoChannelOptions = {}): Promise<DemoChannel> {
  return DemoChannel.start({ accounts: ACCOUNTS, ...options });
}

/** A client that is in the channel: an account when `ACCOUNTS` has the name, a guest otherwise. */
async function visitor(channel: DemoChannel, name: string): Promise<TraceClient> {
  const client = await TraceClient.connect(channel.url);
  const account = Object.entries(ACCOUNTS).find(([known]) => known === name)?.[1];
  const answer = await client.login(name, account?.password);
  assertEquals(answer.success, true);
  await client.join(channel.name);
  await client.barrier();
  return client;
}

function texts(client: TraceClient): unknown[] {
  return client.all("chatMsg").map((line) => (line as ChatLine).msg);
}

test("demo channel cuts a message at 320 units, even within a surrogate pair", async () => {
  await using channel = await start();
  await using rosey = await visitor(channel, "Rosey");
  rosey.say("a".repeat(319) + "🌹tail");
  rosey.say("<".repeat(400));
  await rosey.barrier();
  assertEquals(texts(rosey), ["a".repeat(319) + "\ufffd", "&lt;".repeat(320)]);
});

test("demo channel can drop every connection without a farewell", async () => {
  await using channel = await start();
  await using one = await visitor(channel, "one");
  await using two = await visitor(channel, "two");
  channel.disconnectAll();
  assertEquals(await one.gone, "transport close");
  assertEquals(await two.gone, "transport close");
  assert(await until(() => channel.sessions === 0));
  assertEquals(channel.users(), []);
  await using again = await visitor(channel, "one");
  assert(again.connected);
});

test("demo channel answers malformed payloads with the recorded complaints", async () => {
  const burst = loadTrace("05-chat-format.jsonl").filter(({ t, who }) =>
    t >= 10355 && t < 10756 && who === "Rosey"
  );
  await using channel = await start();
  await using rosey = await visitor(channel, "Rosey");
  for (const { dir, ev, args } of burst) if (dir === "out") rosey.emit(ev, args);
  await rosey.barrier();
  for (const event of ["errorMsg", "chatMsg"]) {
    const recorded = burst.filter(({ dir, ev }) => dir === "in" && ev === event);
    assertEquals(rosey.all(event).map(timeless), recorded.map(({ args }) => timeless(args)));
  }
});

test("demo channel survives malformed events", async () => {
  await using channel = await start();
  await using rosey = await TraceClient.connect(channel.url);
  const odd = [undefined, null, 0, "x", [], [1], {}, { name: 5 }, { msg: {} }, { to: "x", msg: 1 }];
  const events = ["login", "joinChannel", "channelPassword", "chatMsg", "pm", "setOptions", "nope"];
  const attack = () => {
    for (const event of events) for (const payload of odd) rosey.emit(event, payload);
  };
  attack();
  await rosey.barrier();
  await using other = await visitor(channel, "Rosey");
  other.emit("chatMsg", { msg: "x", meta: {}, extra: 1 });
  other.emit("__proto__", {});
  other.say("still here");
  await other.barrier();
  assertEquals(texts(other), ["still here"]);
});

test("demo channel drops what is said before joining", async () => {
  await using channel = await start({ password: "sekrit" });
  await using rosey = await TraceClient.connect(channel.url);
  await rosey.login("Rosey", "roseypw");
  const asked = rosey.next("needPassword");
  rosey.emit("joinChannel", { name: channel.name });
  await asked;
  rosey.say("too early");
  const joined = rosey.next("userlist");
  rosey.emit("channelPassword", "sekrit");
  await joined;
  rosey.say("in time");
  await rosey.barrier();
  assertEquals(texts(rosey), ["in time"]);
});

test("demo channel kicks users who join another channel", async () => {
  await using channel = await start();
  for (const name of ["bad name!", "elsewhere"]) {
    await using client = await TraceClient.connect(channel.url);
    client.emit("joinChannel", { name });
    assertEquals(await client.gone, "io server disconnect");
    assertEquals(client.all("kick").length, 1);
  }
});

test("demo channel enforces its own limiter on everyone below rank 2", async () => {
  await using channel = await start({ chatAntiflood: { burst: 2, sustained: 1, cooldown: 2 } });
  await using rosey = await visitor(channel, "Rosey");
  await using moddy = await visitor(channel, "moddy");
  for (const client of [rosey, moddy]) {
    for (let line = 1; line <= 4; line++) client.say(`line ${line}`);
    await client.barrier();
  }
  assertEquals(rosey.all("cooldown"), [1000, 1000]);
  assertEquals(moddy.all("cooldown"), []);
  const opts = rosey.all("channelOpts")[0] as Record<string, unknown>;
  assertEquals(opts.chat_antiflood, true);
  assertEquals(opts.chat_antiflood_params, { burst: 2, sustained: 1, cooldown: 2 });
});

test("demo channel has no rate limit with throttle false", async () => {
  await using channel = await start({ throttle: false });
  await using rosey = await visitor(channel, "Rosey");
  for (let line = 0; line < 60; line++) rosey.say(`line ${line}`);
  await rosey.barrier();
  assertEquals(texts(rosey).length, 60);
});

test("demo channel sends media events of the recorded shape", async () => {
  await using channel = await start();
  await using rosey = await visitor(channel, "Rosey");
  const changed = rosey.next("changeMedia");
  channel.setMedia(MEDIA);
  await changed;
  channel.setMedia({ ...MEDIA, title: "Next", seconds: 0 });
  await using late = await visitor(channel, "alice");
  channel.setMedia(null);
  await Promise.all([rosey.barrier(), late.barrier()]);

  const recorded = loadTrace("13-media-playlist.jsonl").filter(({ dir }) => dir === "in");
  for (const event of ["queue", "setPlaylistMeta", "playlist", "setCurrent", "changeMedia"]) {
    const wanted = recorded.find(({ ev, args }) => ev === event && JSON.stringify(args) !== "[]");
    for (const payload of [...rosey.all(event), ...late.all(event)]) {
      // A new item is put after the one before it, and the first "prepend".
      if (event === "queue") Object.assign(payload as object, { after: "" });
      assertEquals(shapeFault(wanted?.args, payload, event), null);
    }
  }
  const [first, second] = rosey.all("changeMedia") as Record<string, unknown>[];
  assertEquals([first?.title, first?.duration, first?.paused], [MEDIA.title, "00:08", true]);
  assertEquals(second?.duration, "--:--");
  assertEquals((late.all("changeMedia")[0] as Record<string, unknown>).title, "Next");
  // The names of saved playlists come from a database, at any time after the join.
  const events = late.received.map(({ ev }) => ev).filter((ev) => ev !== "listPlaylists");
  assertEquals(events.slice(-2), ["playlist", "setPlaylistMeta"]);
});
