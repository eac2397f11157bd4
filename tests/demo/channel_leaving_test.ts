import { assertEquals, assertRejects } from "@std/assert";
import { DemoChannel } from "../../src/demo/channel/server.ts";
import { connectionGate } from "../fakes/connection_gate.ts";
import { test } from "../testing.ts";
import { TraceClient, until } from "./client.ts";
import { ACCOUNTS } from "./replay.ts";
import { loadTrace, type Received, type TraceRecord } from "./trace.ts";

async function member(channel: DemoChannel, name: "Rosey" | "alice"): Promise<TraceClient> {
  const client = await TraceClient.connect(channel.url);
  await client.login(name, ACCOUNTS[name].password);
  await client.join(channel.name);
  await client.barrier();
  return client;
}

/** What a client of a trace saw after a note, up to the end of its connection. */
function seenAfter(records: readonly TraceRecord[], note: string, who: string): Received[] {
  const begin = records.findIndex(({ ev, args }) => ev === "note" && args === note);
  const seen = records.slice(begin).filter((record) =>
    record.who === who && (record.dir === "in" || record.ev === "disconnect")
  );
  const end = seen.findIndex(({ ev }) => ev === "disconnect");
  return seen.slice(0, end + 1).map(({ ev, args }) =>
    ev === "disconnect" ? { ev, args: Object(args).reason } : { ev, args }
  );
}

test("demo channel refuses connections that come too fast as recorded", async () => {
  const records = loadTrace("10-limits.jsonl").filter(({ t, dir }) => t < 1000 && dir === "sys");
  let now = 0;
  const gate = connectionGate({ burst: 5, perSecond: 0.1, maxOpen: 10 }, () => now);
  await using channel = await DemoChannel.start({ gate });
  const clients: TraceClient[] = [];
  for (const { t, ev, args } of records) {
    now = t;
    const outcome = await TraceClient.connect(channel.url).then(
      (client) => void clients.push(client),
      (error: Error) => error.message,
    );
    assertEquals(outcome, ev === "connect" ? undefined : Object(args).message);
  }
  assertEquals(clients.length, 5);
  now += 10_000;
  clients.push(await TraceClient.connect(channel.url));
  await assertRejects(() => TraceClient.connect(channel.url), Error, "Rate limit exceeded");
  for (const client of clients) await client.close();
});

test("demo channel limits open connections of an address as recorded", async () => {
  const gate = connectionGate({ burst: 100, perSecond: 1, maxOpen: 10 });
  await using channel = await DemoChannel.start({ gate });
  const clients: TraceClient[] = [];
  for (let count = 0; count < 10; count++) clients.push(await TraceClient.connect(channel.url));
  await using eleventh = await TraceClient.connect(channel.url);
  await eleventh.gone;
  const records = loadTrace("10-limits.jsonl");
  const recorded = seenAfter(
    records,
    "connection count limit: 10 per IP (open 5, wait for bucket)",
    "cl11",
  );
  assertEquals(eleventh.received, recorded);
  await clients.pop()?.close();
  await until(() => channel.sessions === 9);
  await using another = await TraceClient.connect(channel.url);
  await another.barrier();
  assertEquals(another.connected, true);
  for (const client of clients) await client.close();
});

test("demo channel is unloaded as recorded", async () => {
  await using channel = await DemoChannel.start({ accounts: ACCOUNTS });
  await using rosey = await member(channel, "Rosey");
  await using alice = await member(channel, "alice");
  const before = [rosey, alice].map(({ received }) => received.length);
  channel.unload();
  await Promise.all([rosey.gone, alice.gone]);
  const records = loadTrace("14-restart-unload.jsonl");
  const note = "server console: /unloadchan scratch";
  for (const [at, client] of [rosey, alice].entries()) {
    const recorded = seenAfter(records, note, ["Rosey", "alice"][at]!);
    assertEquals(client.received.slice(before[at]), recorded);
  }
});

test("demo channel closes its connections as recorded", async () => {
  const channel = await DemoChannel.start({ accounts: ACCOUNTS });
  await using rosey = await member(channel, "Rosey");
  const before = rosey.received.length;
  await channel.close();
  await rosey.gone;
  const records = loadTrace("14-restart-unload.jsonl");
  const recorded = seenAfter(records, "SIGINT server (graceful)", "Rosey");
  assertEquals(rosey.received.slice(before), recorded);
});

test("a moved demo channel names the new server and refuses joins", async () => {
  await using channel = await DemoChannel.start({ accounts: ACCOUNTS });
  await using rosey = await member(channel, "Rosey");
  channel.moveTo("http://127.0.0.1:1");
  assertEquals(await rosey.gone, "io server disconnect");
  assertEquals(rosey.received.slice(-2), [
    { ev: "partitionChange", args: { servers: [{ url: "http://127.0.0.1:1", secure: false }] } },
    { ev: "disconnect", args: "io server disconnect" },
  ]);
  const found = await fetch(`${channel.url}/socketconfig/demo.json`);
  assertEquals(await found.json(), { servers: [{ url: "http://127.0.0.1:1", secure: false }] });
  await using late = await TraceClient.connect(channel.url);
  const complaint = late.next("errorMsg");
  late.emit("joinChannel", { name: "Demo" });
  assertEquals(await complaint, {
    msg: "Channel 'demo' is hosted on another server.  " +
      "Try refreshing the page to update the connection URL.",
  });
});
