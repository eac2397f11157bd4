import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { connect } from "node:net";
import { DemoChannel } from "../../src/demo/channel/server.ts";
import { formatMessage } from "../../src/demo/channel/format.ts";
import { test } from "../testing.ts";
import { TraceClient, until } from "./client.ts";
import { ACCOUNTS } from "./replay.ts";

async function guest(channel: DemoChannel, name = "guest"): Promise<TraceClient> {
  const client = await TraceClient.connect(channel.url);
  await client.login(name);
  await client.join(channel.name);
  return client;
}

test("demo channel announces puppets that join and leave", async () => {
  await using channel = await DemoChannel.start();
  await using client = await guest(channel);
  channel.addPuppet("alice", 2);
  assertEquals(channel.users(), ["guest", "alice"]);
  channel.removePuppet("ALICE");
  await client.barrier();
  const alice = { name: "alice", rank: 2, profile: { image: "", text: "" } };
  assertEquals(client.all("addUser"), [{ ...alice, meta: { afk: false, muted: false } }]);
  assertEquals(client.all("userLeave"), [{ name: "alice" }]);
  assertEquals(channel.users(), ["guest"]);
});

test("demo channel lets puppets chat and use commands", async () => {
  await using channel = await DemoChannel.start({ now: () => 5 });
  await using client = await guest(channel);
  channel.addPuppet("moddy", 2);
  channel.say("alice", "hi *there*", { addClass: "x" });
  channel.say("alice", "/me waves");
  channel.say("alice", "/mute guest");
  channel.say("moddy", "/mute guest");
  client.emit("chatMsg", { msg: "hush" });
  await client.barrier();
  const [bold, waves] = client.all("chatMsg");
  const line = { username: "alice", time: 5 };
  assertEquals(bold, { ...line, msg: "hi <strong>there</strong>", meta: { addClass: "x" } });
  assertEquals(waves, { ...line, msg: "waves", meta: { addClass: "action", action: true } });
  assertEquals(client.all("noflood").length, 1);
  assertEquals<unknown>(channel.lines, [bold, waves]);
});

test("demo channel kicks and clears like a moderator", async () => {
  await using channel = await DemoChannel.start();
  await using client = await guest(channel);
  channel.say("alice", "forget me");
  channel.clearChat("moddy");
  channel.kick("GUEST", "enough");
  assertEquals(await client.gone, "io server disconnect");
  assertEquals(client.all("clearchat"), [{ clearedBy: "moddy" }]);
  assertEquals(client.all("kick"), [{ reason: "enough" }]);
  await using late = await guest(channel);
  assertEquals(late.all("chatMsg"), []);
});

test("demo channel's nextLine resolves with a match or says what it heard", async () => {
  await using channel = await DemoChannel.start();
  const awaited = channel.nextLine((line) => line.username === "rosey", 1000);
  channel.say("alice", "not this");
  channel.say("rosey", "but this");
  channel.say("rosey", "nor this");
  assertEquals((await awaited).msg, "but this");

  const vain = channel.nextLine((line) => line.username === "nobody", 20);
  channel.say("alice", "heard");
  assertEquals(
    (await assertRejects(() => vain, Error)).message,
    'Cannot await a chat line as (line)=>line.username === "nobody": ' +
      'heard ["alice: heard"] in 20 ms',
  );
  const aborted = channel.nextLine(() => true, 1000, AbortSignal.abort());
  assertMatch(
    String(await assertRejects(() => aborted)),
    /^Error: Cannot await a chat line as .*: aborted$/,
  );
  const unheard = assertRejects(() => channel.nextLine(() => true, 1000), Error).then((
    { message },
  ) => assertMatch(message, /: the channel closed$/));
  await channel.close();
  await unheard;
});

test("demo channel keeps 1000 lines and sends the last 15 on join", async () => {
  await using channel = await DemoChannel.start();
  for (let line = 0; line < 1005; line++) channel.say("alice", `line ${line}`);
  assertEquals(channel.lines.length, 1000);
  assertEquals(channel.lines[0]?.msg, "line 5");
  await using client = await guest(channel);
  assertEquals(client.all("chatMsg").length, 15);
});

test("demo channel serves its page and no other path", async () => {
  await using channel = await DemoChannel.start({ page: "<p>hello</p>" });
  const response = await fetch(channel.url);
  assertEquals(response.headers.get("content-type"), "text/html; charset=utf-8");
  assertMatch(response.headers.get("content-security-policy") ?? "", /default-src 'none'/);
  assertEquals(await response.text(), "<p>hello</p>");
  for (const [path, method, status] of [["/x", "GET", 404], ["/", "POST", 405]] as const) {
    const response = await fetch(channel.url + path, { method });
    await response.body?.cancel();
    assertEquals(response.status, status);
  }
});

test("demo channel refuses other origins", async () => {
  await using channel = await DemoChannel.start();
  const ask = (origin: string) =>
    new Promise<string>((resolve, reject) => {
      const wire = connect(channel.port, "127.0.0.1", () => {
        wire.write(
          "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n" +
            `Host: 127.0.0.1:${channel.port}\r\nOrigin: ${origin}\r\n` +
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        );
      });
      // The Socket.IO handshake `40` in a masked text frame.
      wire.once("data", () => wire.write(new Uint8Array([0x81, 0x82, 0, 0, 0, 0, 0x34, 0x30])));
      let answer = "";
      wire.on("data", (chunk) => {
        answer += String(chunk);
        if (/4[04]\{.*\}/.test(answer)) wire.destroy();
      });
      wire.once("error", reject);
      wire.once("close", () => resolve(answer));
    });
  assertMatch(await ask("https://elsewhere.example"), /44\{"message":"Invalid origin"\}/);
  assertMatch(await ask(channel.url), /40\{"sid":.*\}/);
});

test("demo channel says why it cannot start", async () => {
  await using channel = await DemoChannel.start();
  assertMatch(
    (await assertRejects(() => DemoChannel.start({ port: channel.port }), Error)).message,
    new RegExp(`^Cannot start a channel on port ${channel.port}: `),
  );
  assertEquals(
    (await assertRejects(() => DemoChannel.start({ name: "no way" }), Error)).message,
    'Cannot start a channel as "no way": not a channel name',
  );
});

test("demo channel counts its sockets and closes twice without harm", async () => {
  const channel = await DemoChannel.start({ accounts: ACCOUNTS });
  await using client = await TraceClient.connect(channel.url);
  assertEquals(channel.sessions, 1);
  await client.close();
  assert(await until(() => channel.sessions === 0));
  await Promise.all([channel.close(), channel.close()]);
});

// Each pair was seen on a CyTube 3.86 server with default filters.
const FORMATTED = {
  "*a _b* c_": "<strong>a <em>b</em></strong> c",
  "x*é \u2028** b": "x<strong>é \u2028</strong>* b",
  "[SP]a[/sp] ~~b~~": '<span class="spoiler">a</span> <s>b</s>',
  "see c_x://y": 'see <a href="c_x://y" target="_blank" rel="noopener noreferrer">c_x://y</a>',
  "foo://bar": '<a target="_blank" rel="noopener noreferrer">foo://bar</a>',
  'http://e.org/"q"': '<a href="http://e.org/&quot;q&quot;" target="_blank" ' +
    'rel="noopener noreferrer">http://e.org/"q"</a>',
  "http://e.org/\ud83c": "http://e.org/\ufffd",
};

test("demo channel formats overlapping marks and odd links like the real server", () => {
  for (const [text, html] of Object.entries(FORMATTED)) assertEquals(formatMessage(text), html);
});
