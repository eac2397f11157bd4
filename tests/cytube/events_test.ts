import {
  assert,
  assertEquals,
  assertGreater,
  assertNotMatch,
  assertStrictEquals,
} from "@std/assert";
import { readdirSync } from "node:fs";
import { type ChannelEvent, parseEvent } from "../../src/cytube/events.ts";
import { loadTrace, type TraceRecord } from "../demo/trace.ts";
import { test } from "../testing.ts";
import { HANDLED_EVENTS } from "./handled_events.ts";

type Fields = Readonly<Record<string, unknown>>;
type EventOf<T extends ChannelEvent["type"]> = Extract<ChannelEvent, { readonly type: T }>;

const FOLDER = new URL("../fixtures/cytube-traces/", import.meta.url);

/** Everything that any recorded client received. */
const RECEIVED: readonly TraceRecord[] = readdirSync(FOLDER)
  .filter((file) => file.endsWith(".jsonl"))
  .flatMap(loadTrace)
  .filter(({ dir, who }) => dir === "in" && who !== "http");

/** All but what the server whispers to moderators, and the states of anonymous viewers. */
const HEARD = RECEIVED.filter(({ ev, args }) =>
  fields(fields(args).meta).addClass !== "server-whisper" &&
  !(/^set(?:UserMeta|AFK)$/.test(ev) && fields(args).name === "")
);

/** Every recorded payload of that name with the parsed event. */
function replayed<T extends ChannelEvent["type"]>(type: T): (readonly [Fields, EventOf<T>])[] {
  const pairs = HEARD.filter(({ ev }) => ev === type).map(({ args }) => {
    const event = parseEvent(type, args);
    assertEquals(event?.type, type, JSON.stringify(args));
    return [args as Fields, event as EventOf<T>] as const;
  });
  assertGreater(pairs.length, 0, type);
  return pairs;
}

function fields(value: unknown): Fields {
  return Object(value);
}

test("every recorded event is parsed or deliberately ignored", () => {
  const read = new Set<string>();
  for (const { ev, args } of HEARD) {
    const event = parseEvent(ev, args);
    if (event) assertEquals(event.type, ev);
    if (event) read.add(ev);
    else assert(!HANDLED_EVENTS.includes(ev), `${ev} ${JSON.stringify(args)}`);
  }
  assertEquals([...read].sort(), HANDLED_EVENTS);
});

test("recorded chat lines keep sender, time and flags", () => {
  for (const type of ["chatMsg", "pm"] as const) {
    for (const [raw, { line }] of replayed(type)) {
      assertEquals(line.user, raw.username);
      assertEquals(line.time, raw.time);
      assertEquals(line.action, fields(raw.meta).action === true);
      assertEquals(line.shadow, fields(raw.meta).shadow === true);
      assertEquals(typeof line.text, "string");
      const isHidden = fields(raw.meta).addClass === "spoiler";
      const text = isHidden ? `[sp]${raw.msg}[/sp]` : raw.msg;
      if (!/[<&]/.test(String(raw.msg))) assertEquals(line.text, text);
    }
  }
  const lines = replayed("chatMsg").map(([, { line }]) => line);
  assert(lines.some(({ action }) => action));
  assert(lines.some(({ shadow }) => shadow));
  for (const [raw, event] of replayed("pm")) assertEquals(event.to, raw.to);
});

test("recorded markup in a chat line becomes text", () => {
  const event = parseEvent("chatMsg", {
    username: "alice",
    msg: "snake<em>case</em>name &lt;3",
    meta: { action: true, shadow: true },
    time: 1795379642608,
  });
  const line = { user: "alice", text: "snake_case_name <3", time: 1795379642608 };
  assertEquals(event, { type: "chatMsg", line: { ...line, action: true, shadow: true } });
});

test("recorded users keep name, rank and state only", () => {
  const expected = (raw: Fields) => ({
    name: raw.name,
    rank: raw.rank,
    afk: fields(raw.meta).afk,
    muted: fields(raw.meta).muted,
  });
  for (const [raw, { user }] of replayed("addUser")) assertEquals(user, expected(raw));
  for (const [raw, { users }] of replayed("userlist")) {
    assertEquals<unknown>(users, (raw as unknown as Fields[]).map(expected));
  }
  for (const [raw, { name, afk, muted }] of replayed("setUserMeta")) {
    const { rank: _, ...rest } = expected(raw);
    assertEquals({ name, afk, muted }, rest);
  }
  for (const [raw, { name, afk }] of replayed("setAFK")) {
    assertEquals({ name, afk }, { name: raw.name, afk: raw.afk });
  }
  for (const [raw, { name, rank }] of replayed("setUserRank")) {
    assertEquals({ name, rank }, { name: raw.name, rank: raw.rank });
  }
  for (const [raw, { name }] of replayed("userLeave")) assertEquals(name, raw.name);
});

test("recorded login, rank and password events are parsed", () => {
  for (const [raw, { ok, name, error }] of replayed("login")) {
    assertEquals({ ok, name, error }, {
      ok: raw.success,
      name: raw.name ?? "",
      error: raw.error ?? "",
    });
  }
  for (const [raw, { rank }] of replayed("rank")) assertEquals<unknown>(rank, raw);
  const wrong = replayed("needPassword").map(([raw, event]) => [raw as unknown, event.wrong]);
  for (const [raw, read] of wrong) assertStrictEquals(read, raw);
  assertEquals(new Set(wrong.map(([, read]) => read)), new Set([true, false]));
});

test("recorded refusals keep the server's text", () => {
  for (const [raw, { waitMs }] of replayed("cooldown")) assertEquals<unknown>(waitMs, raw);
  for (const [raw, { action, message }] of replayed("noflood")) {
    // The server does not escape this text.
    assertEquals({ action, message }, { action: raw.action, message: raw.msg });
  }
  for (const [raw, { reason }] of replayed("spamFiltered")) assertEquals(reason, raw.reason);
  for (const [raw, { reason }] of replayed("kick")) assertEquals(reason, raw.reason);
  for (const [raw, { message }] of replayed("errorMsg")) assertEquals(message, raw.msg);
  for (const [raw, { by }] of replayed("clearchat")) assertEquals(by, raw.clearedBy);
});

test("recorded polls keep the votes as they are shown, in plain text", () => {
  for (const [raw, { poll }] of [...replayed("newPoll"), ...replayed("updatePoll")]) {
    const votes = poll.options.map(({ votes }) => votes);
    assertEquals(votes, (raw.counts as unknown[]).map(String));
    assertNotMatch(JSON.stringify(poll), /&lt;|<a /);
  }
  const titles = replayed("newPoll").map(([, { poll }]) => poll.title);
  assert(titles.includes('What <b>next</b> & "why"? https://example.com/list'));
});

test("recorded permissions and playlists keep what the bot needs", () => {
  for (const [raw, event] of replayed("setPermissions")) {
    assertEquals(event, {
      type: "setPermissions",
      chat: raw.chat as number,
      assignLeader: raw.leaderctl as number,
    });
  }
  for (const [raw, { items }] of replayed("playlist")) {
    const expected = (raw as unknown as Fields[]).map(({ uid, media, queueby }) => [
      uid,
      fields(media).title,
      queueby,
    ]);
    assertEquals<unknown>(items.map(({ uid, title, addedBy }) => [uid, title, addedBy]), expected);
  }
});

test("recorded media keep markup in their titles", () => {
  for (const [raw, { media }] of replayed("changeMedia")) {
    const { id, type, title, seconds, currentTime, paused } = raw;
    assertEquals(media, { id, type, title, seconds, currentTime, paused });
  }
  for (const [raw, { currentTime, paused }] of replayed("mediaUpdate")) {
    assertEquals({ currentTime, paused }, raw);
  }
  const counts = replayed("setPlaylistMeta").map(([raw, { count }]) => {
    assertEquals(count, raw.count);
    return count;
  });
  assert(counts.includes(0) && counts.includes(1));
  const titles = new Set(replayed("changeMedia").map(([, { media }]) => media.title));
  assert(titles.has('Short <b>One</b> & "Q"'));
});

test("recorded channel options give the flood limits only", () => {
  for (const [raw, event] of replayed("channelOpts")) {
    const limits = fields(raw.chat_antiflood_params);
    assertEquals(event, {
      type: "channelOpts",
      antiflood: {
        enabled: raw.chat_antiflood,
        burst: limits.burst,
        perSecond: limits.sustained,
        resetSeconds: limits.cooldown,
      },
    });
  }
  const password = { password: "sesame", chat_antiflood: true, chat_antiflood_params: {} };
  assertNotMatch(JSON.stringify(parseEvent("channelOpts", password)), /sesame/);
});

test("parsed events of a moderator contain no addresses of users", () => {
  const found = JSON.stringify(RECEIVED).match(/(?<="ip":")[^"]+/g) ?? [];
  // An address may be hidden as a star.
  const addresses = new Set(found.filter((ip) => ip.length > 4));
  assertGreater(addresses.size, 20, `${addresses.size} addresses`);
  for (const { ev, args } of RECEIVED) {
    const read = JSON.stringify(parseEvent(ev, args));
    for (const address of addresses) assert(!read.includes(address), `${ev}: ${read}`);
    assertNotMatch(read, /"(?:ip|aliases|smuted|profile)":/);
  }
});

test("the server's whispers to moderators are ignored", () => {
  const whispers = RECEIVED.filter((record) => !HEARD.includes(record));
  assert(whispers.some(({ args }) => /\(aliases: /.test(String(fields(args).msg))));
  for (const { ev, args } of whispers) assertEquals(parseEvent(ev, args), null);
});

test("other event names are ignored, inherited property names too", () => {
  const names = [
    "usercount",
    "playlist",
    "",
    "chatmsg",
    "__proto__",
    "constructor",
    "toString",
    "hasOwnProperty",
    "valueOf",
    "prototype",
  ];
  for (const name of names) assertEquals(parseEvent(name, { username: "a", msg: "b" }), null, name);
});
