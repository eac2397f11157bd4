import { assert, assertEquals } from "@std/assert";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setImmediate } from "node:timers/promises";
import { Server, type Socket } from "socket.io";
import { runBot } from "../../src/bot.ts";
import { FakeOllama } from "../fakes/ollama/server.ts";
import { settingsOf } from "../fakes/room_scene.ts";
import { until } from "../demo/client.ts";
import { test } from "../testing.ts";

import { Visitor } from "./visitor.ts";
import { wireEvents } from "./wire_fuzz.ts";

const SEED = 20_261_124;
const EVENTS = 2000;
/** Events between two turns of the event loop, so that the bot can read them. */
const AT_ONCE = 50;
/** Events that legitimately end a connection or make the bot wait for 10 s. */
const ENDINGS = ["login", "kick", "partitionChange", "cooldown"];

interface Line {
  readonly msg: string;
  readonly to?: string;
}

/** A site with a server that accepts every login, echoes every line and has no limits. */
async function looseServer() {
  const http = createServer((_request, response) => {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ servers: [{ url, secure: false }] }));
  });
  const server = new Server(http, { transports: ["websocket"], serveClient: false });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const { promise: inside, resolve: enter } = Promise.withResolvers<Socket>();
  let latest: Socket;
  const received: string[] = [];
  const said: string[] = [];
  let connections = 0;
  server.on("connection", (socket) => {
    connections++;
    socket.onAny((name: string) => void received.push(name));
    socket.on("login", ({ name }) => socket.emit("login", { success: true, name, guest: true }));
    socket.on("joinChannel", () => {
      socket.emit("userlist", [{ name: "Rosey", rank: 0, meta: {} }]);
      latest = socket;
      enter(socket);
    });
    for (const kind of ["chatMsg", "pm"]) {
      socket.on(kind, ({ msg, to }: Line) => {
        said.push(msg);
        socket.emit(kind, { username: "Rosey", msg, to, meta: {}, time: Date.now() });
      });
    }
  });
  return {
    url,
    inside,
    received,
    said,
    connections: () => connections,
    emit: (name: string, payload: unknown) => latest.emit(name, payload),
    /** Sends a raw frame to the latest client. */
    send: (frame: string | Uint8Array<ArrayBuffer>) =>
      (latest.conn.transport as unknown as { readonly socket: WebSocket }).socket.send(frame),
    [Symbol.asyncDispose]: () => server.close(),
  };
}

/** Sends an event; false if it cannot be serialized. */
function emit(socket: Socket, name: string, payload: unknown): boolean {
  try {
    socket.emit(name, payload);
    return true;
  } catch (error) {
    assert(error instanceof TypeError || error instanceof RangeError, String(error));
    return false;
  }
}

test("the bot stays and answers after 2000 mutated events over a real socket", async () => {
  await using ollama = FakeOllama.start({
    reply: (messages) => messages.at(-1)!.content.includes("still there") ? "Here I am." : "Yes.",
    tokenDelayMs: 0,
  });
  await using server = await looseServer();
  const llm = { enabled: true, model: "rosey-demo", ollama_host: ollama.url, llm_cooldown: 0 };
  const stop = new AbortController();
  const joined = Promise.withResolvers<void>();
  const up = Promise.withResolvers<void>();
  const running = runBot(settingsOf({ domain: server.url, llm, afk: false }), stop.signal, {
    onJoined: joined.resolve,
    onModelUp: up.resolve,
  });
  const socket = await server.inside;
  await Promise.all([joined.promise, up.promise]);
  const before = server.received.length;

  let sent = 0;
  for (const { kind, name, payload } of wireEvents(SEED)) {
    // The bot would answer lines of chat for a minute.
    if (kind === "talk" || ENDINGS.includes(name)) continue;
    if (emit(socket, name, payload)) sent++;
    if (sent === EVENTS) break;
    if (sent % AT_ONCE === 0) await setImmediate();
  }
  socket.emit("rank", 0);
  socket.emit("setPermissions", {});
  socket.emit("channelOpts", {});
  socket.emit("userlist", ["Rosey", "visitor"].map((name) => ({ name, rank: 1, meta: {} })));
  socket.emit("setUserMeta", { name: "Rosey", meta: { muted: false } });
  const answered = new Promise<void>((resolve) => {
    socket.on("chatMsg", ({ msg }: Line) => msg === "Here I am." && resolve());
  });
  const question = { username: "visitor", msg: "rosey, still there?", meta: {}, time: Date.now() };
  socket.emit("chatMsg", question);
  await answered;

  assertEquals(server.connections(), 1);
  for (const line of server.said) assert(!line.startsWith("/") && line.length <= 320, line);
  // The fuzzed events ask for passwords, too, but the bot is in the channel already.
  const others = server.received.slice(before).filter((name) =>
    !/^(?:chatMsg|pm|assignLeader)$/.test(name)
  );
  assertEquals(others, []);
  stop.abort();
  await running;
  // The WebSocket's resource is freed a moment after it is closed.
  await new Promise((resolve) => setTimeout(resolve, 50));
});

const PARSE = "Lost the channel demo: parse error";
const TRANSPORT = "Lost the channel demo: transport error";

/** Frames that are malformed in Engine.IO or Socket.IO, and the reason of the loss, if any. */
const FRAMES: readonly (readonly [
  what: string,
  frame: string | Uint8Array<ArrayBuffer>,
  loss: string,
])[] = [
  ["binary that nobody announced", new Uint8Array(4), PARSE],
  ["a greeting that is no JSON", "0{", TRANSPORT],
  ["a greeting without content", "0null", TRANSPORT],
  ["nothing", "", TRANSPORT],
  ["an unknown packet", "9", TRANSPORT],
  ["a message of no kind", "4", PARSE],
  ["a message of an unknown kind", "49", PARSE],
  ["an event that is no JSON", "42[", PARSE],
  ["an event that is nothing", "42", TRANSPORT],
  ["an event of parts that is nothing", "451-", TRANSPORT],
  ["an event without a name", "42[]", PARSE],
  ["an event whose name is an object", "42[{}]", PARSE],
  ["an event of the library's own", '42["disconnect"]', PARSE],
  ["an error of the library's own", '42["connect_error"]', PARSE],
  ["more parts than there can be", '4599999999-["chatMsg",{"_placeholder":true,"num":0}]', PARSE],
  ["a part that does not come", '451-["chatMsg",{"_placeholder":true,"num":-1}]', PARSE],
  ["an answer to nothing", "430[]", ""],
  ["a refusal without reason", "44", TRANSPORT],
  ["a refusal with a number", "44/,12", TRANSPORT],
  ["a refusal that is a word", '44"no"', TRANSPORT],
  ["a refusal whose reason is no text", '44{"message":{"toString":1}}', TRANSPORT],
];

test("after malformed frames the bot stays or reconnects", async () => {
  await using server = await looseServer();
  await using visitor = new Visitor(server.url);
  await visitor.joined();
  for (const [count, [what, frame, loss]] of FRAMES.entries()) {
    const { losses } = visitor.client.report;
    server.send(frame);
    server.emit("rank", count);
    const isHeard = () =>
      visitor.events.some(([event]) => event.type === "rank" && event.rank === count);
    await until(() => isHeard() || visitor.client.report.losses > losses);
    const { report } = visitor.client;
    assertEquals(report.losses > losses ? report.reason : "", loss, what);
    if (loss === "") continue;
    visitor.waitOut();
    await visitor.joined();
  }
});

test("password requests after the join start no timers", async () => {
  await using server = await looseServer();
  await using visitor = new Visitor(server.url);
  await visitor.joined();
  const { pending } = visitor.clock;
  for (let times = 0; times < 100; times++) server.emit("needPassword", times % 2 === 0);
  server.emit("rank", 3);
  await until(() => visitor.events.some(([event]) => event.type === "rank" && event.rank === 3));
  assertEquals(visitor.clock.pending, pending);
});
