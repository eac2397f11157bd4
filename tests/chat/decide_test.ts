import { assertEquals } from "@std/assert";
import { decide, type DecisionContext, type IgnoreReason } from "../../src/chat/decide.ts";
import { compileTrigger } from "../../src/chat/trigger.ts";
import type { ChatLine } from "../../src/cytube/events.ts";
import { test } from "../testing.ts";

const LINE: ChatLine = {
  user: "alice",
  text: "rosey, hello",
  time: 0,
  shadow: false,
  action: false,
};

const NOW: DecisionContext = {
  live: true,
  isSelf: (name) => name.toLowerCase() === "rosey",
  private: false,
  answerPm: true,
  calls: compileTrigger(["rosey"]),
  isIgnored: () => false,
  isOptedOut: () => false,
  paused: false,
  muted: false,
  isLoop: () => false,
  cooldownMs: () => 0,
  model: "up",
  queueFull: false,
};

test("line that calls the bot is answered", () => {
  assertEquals(decide(LINE, NOW), { action: "reply" });
  assertEquals(decide({ ...LINE, action: true }, NOW), { action: "reply" });
  assertEquals(decide(LINE, { ...NOW, model: "loading" }), { action: "reply" });
});

test("line is left alone for the first reason that holds", () => {
  // From the first reason to the last: each line also has every reason below its own.
  const reasons: readonly (readonly [IgnoreReason, Partial<ChatLine>, Partial<DecisionContext>])[] =
    [
      ["history", {}, { live: false }],
      ["system line", { user: "[server]" }, {}],
      ["own line", { user: "ROSEY" }, {}],
      ["shadowed", { shadow: true }, {}],
      ["not called", { text: "hello everybody" }, {}],
      ["ignored", {}, { isIgnored: (name) => name === "alice" }],
      ["opted out", {}, { isOptedOut: (name) => name === "alice" }],
      ["paused", {}, { paused: true }],
      ["muted", {}, { muted: true }],
      ["bot loop", {}, { isLoop: (name) => name === "alice" }],
      ["cooldown", {}, { cooldownMs: (name) => name === "alice" ? 1 : 0 }],
      ["model off", {}, { model: "off" }],
      ["model unavailable", {}, { model: "down" }],
      ["queue full", {}, { queueFull: true }],
    ];
  for (const [at, [reason, line, now]] of reasons.entries()) {
    assertEquals(decide({ ...LINE, ...line }, { ...NOW, ...now }), {
      action: "ignore",
      reason,
    });
    const rest = reasons.slice(at).reverse();
    const all = {
      line: rest.reduce((merged, [, line]) => ({ ...merged, ...line }), LINE),
      now: rest.reduce((merged, [, , now]) => ({ ...merged, ...now }), NOW),
    };
    assertEquals(decide(all.line, all.now), { action: "ignore", reason });
  }
});

test("line of the bot itself is not answered in any case of her name", () => {
  for (const user of ["Rosey", "rosey", "rOSEY"]) {
    assertEquals(decide({ ...LINE, user }, NOW), { action: "ignore", reason: "own line" });
  }
});

test("private message needs no call, is off where the operator says so, and on where she is muted", () => {
  const hello = { ...LINE, text: "hello" };
  assertEquals(decide(hello, { ...NOW, private: true }), { action: "reply" });
  assertEquals(decide(hello, { ...NOW, private: true, muted: true }), { action: "reply" });
  assertEquals(decide(hello, { ...NOW, private: true, answerPm: false }), {
    action: "ignore",
    reason: "private messages off",
  });
});
