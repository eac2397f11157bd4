import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { parseEvent } from "../../src/cytube/events.ts";
import { test } from "../testing.ts";
import { HANDLED_EVENTS } from "./handled_events.ts";

test("malformed payloads give no event or default values", () => {
  const nested = { __proto__: null, constructor: { name: 1 }, toString: "x" };
  const payloads: readonly unknown[] = [
    undefined,
    null,
    true,
    0,
    -1,
    NaN,
    Infinity,
    "",
    "text",
    [],
    [null, 5, "x", [], {}, { name: 5 }, { name: "" }],
    {},
    JSON.parse('{"__proto__": {"name": "x", "username": "x", "msg": "y"}}'),
    nested,
    { name: nested, username: nested, msg: nested, meta: nested, rank: nested, reason: nested },
    { name: null, username: null, msg: null, meta: null, rank: null, time: null },
    { name: ["a"], username: ["a"], msg: ["b"], meta: ["c"], rank: ["1"], time: "1" },
    { name: 1, username: 1, msg: 1, meta: 1, rank: "1", error: 1, success: "true" },
    { chat_antiflood: "true", chat_antiflood_params: { burst: "4", sustained: NaN } },
    { success: 1, title: {}, seconds: "9", currentTime: "0", paused: 1, id: 7 },
  ];
  for (const type of [...HANDLED_EVENTS, "partitionChange"]) {
    for (const payload of payloads) {
      const event = parseEvent(type, payload);
      const context = `${type} ${JSON.stringify(payload)}`;
      if (event === null) continue;
      assertEquals(event.type, type, context);
      assertHarmless(event, context);
    }
  }
});

test("payloads without required fields give no event", () => {
  const required: readonly (readonly [type: string, payloads: readonly unknown[]])[] = [
    ["chatMsg", [null, {}, { username: "a" }, { msg: "b" }, { username: 1, msg: "b" }, "text"]],
    ["pm", [null, {}, { username: "a", to: "b" }]],
    ["rank", [null, "1", {}, NaN, Infinity]],
    ["userlist", [null, {}, "text", { 0: { name: "a" }, length: 1 }]],
    ["addUser", [null, {}, { name: "" }, { name: 5 }, []]],
    ["userLeave", [null, {}, { name: "" }, "alice"]],
    ["setUserRank", [null, { name: "a" }, { rank: 1 }, { name: "a", rank: "1" }]],
    ["setUserMeta", [null, { meta: {} }]],
    ["setAFK", [null, { afk: true }]],
    ["setPlaylistMeta", [null, {}, { count: "0" }]],
    ["mediaUpdate", [null, {}, { currentTime: "1" }, { currentTime: NaN }]],
  ];
  for (const [type, payloads] of required) {
    for (const payload of payloads) assertEquals(parseEvent(type, payload), null, type);
  }
});

test("invalid names are refused, such as keys of private histories", () => {
  const names = ["", "pm:alice", "a b", "a\nb", "rosey\0", "a\u202eb", "a\ud83d", "n".repeat(65)];
  for (const name of names) {
    const context = JSON.stringify(name);
    for (const type of ["addUser", "userLeave", "setUserMeta", "setAFK"]) {
      assertEquals(parseEvent(type, { name, meta: {} }), null, context);
    }
    assertEquals(parseEvent("setUserRank", { name, rank: 3 }), null, context);
    assertEquals(parseEvent("userlist", [{ name }]), { type: "userlist", users: [] }, context);
    for (const type of ["chatMsg", "pm"]) {
      assertEquals(parseEvent(type, { username: name, msg: "rosey?", to: "Rosey" }), null, context);
    }
  }
  for (const name of ["[server]", "Rosey_", "-_-", "Zoë", "n".repeat(64)]) {
    assertEquals(parseEvent("userLeave", { name }), { type: "userLeave", name });
  }
});

test("long text is cut in every field", () => {
  const long = "x".repeat(1 << 20);
  const cut = "x".repeat(16_384);
  const payload = { msg: long, error: long, reason: long, action: long, title: long, id: long };
  const types = ["login", "noflood", "spamFiltered", "errorMsg", "kick", "changeMedia", "chatMsg"];
  for (const type of types) {
    const read = JSON.stringify(parseEvent(type, { ...payload, username: "alice", type: long }));
    assertStringIncludes(read, cut, type);
    assert(!read.includes(`${cut}x`), type);
  }
});

test("malformed users in a list are skipped", () => {
  const good = { name: "alice", rank: 1, meta: { afk: true, muted: false } };
  assertEquals(parseEvent("userlist", [null, good, 5, {}, { name: "" }, "x", { name: "bob" }]), {
    type: "userlist",
    users: [
      { name: "alice", rank: 1, afk: true, muted: false },
      { name: "bob", rank: 0, afk: false, muted: false },
    ],
  });
});

/** Asserts that a value consists of strings, booleans and finite numbers. */
function assertHarmless(value: unknown, context: string): void {
  if (Array.isArray(value)) {
    for (const item of value) assertHarmless(item, context);
  } else if (typeof value === "object" && value !== null) {
    for (const item of Object.values(value)) assertHarmless(item, context);
  } else if (typeof value === "number") {
    assert(Number.isFinite(value), context);
  } else {
    assert(typeof value === "string" || typeof value === "boolean", context);
  }
}
