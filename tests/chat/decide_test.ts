import { assertEquals } from "@std/assert";
import {
  decide,
  type Decision,
  type DecisionContext,
  type IgnoreReason,
  type LineOrigin,
} from "../../src/chat/decide.ts";
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

const PUBLIC: LineOrigin = { live: true, private: false };
const PRIVATE: LineOrigin = { live: true, private: true };

const CONTEXT: DecisionContext = {
  isSelf: (user) => user.toLowerCase() === "rosey",
  isCall: compileTrigger(["rosey"]),
  addressesOthers: (text) => text.startsWith("bob:"),
  isFollowUp: () => false,
  continues: () => false,
  isIgnored: () => false,
  isOptedOut: () => false,
  answersPm: () => true,
  isPaused: () => false,
  mayChat: () => true,
  isMuted: () => false,
  isLoop: () => false,
  cooldownMs: () => 0,
  modelState: () => "up",
  isLimitReached: () => false,
  isQueueFull: () => false,
  isBusy: () => false,
};

const CALLED: Decision = { action: "reply", reason: "called" };
const ignore = (reason: IgnoreReason): Decision => ({ action: "ignore", reason });

test("replies to a line that calls the bot", () => {
  assertEquals(decide(LINE, PUBLIC, CONTEXT), CALLED);
  assertEquals(decide({ ...LINE, action: true }, PUBLIC, CONTEXT), CALLED);
  const loading: DecisionContext = { ...CONTEXT, modelState: () => "loading" };
  assertEquals(decide(LINE, PUBLIC, loading), CALLED);
});

test("ignores a line for the first reason that applies", () => {
  const isAlice = (user: string) => user === "alice";
  // In order of precedence: each line also has all the reasons below its own.
  const reasons: readonly (readonly [
    IgnoreReason,
    Partial<ChatLine>,
    Partial<DecisionContext>,
    Partial<LineOrigin>?,
  ])[] = [
    ["history", {}, {}, { live: false }],
    ["system line", { user: "[server]" }, {}],
    ["own line", { user: "ROSEY" }, {}],
    ["shadowed", { shadow: true }, {}],
    ["not called", { text: "hello everybody" }, {}],
    ["addressed to others", {}, { addressesOthers: () => true }],
    ["ignored", {}, { isIgnored: isAlice }],
    ["opted out", {}, { isOptedOut: isAlice }],
    ["paused", {}, { isPaused: () => true }],
    ["no permission to speak", {}, { mayChat: () => false }],
    ["muted", {}, { isMuted: () => true }],
    ["bot loop", {}, { isLoop: isAlice }],
    ["cooldown", {}, { cooldownMs: (user) => isAlice(user) ? 1 : 0 }],
    ["model off", {}, { modelState: () => "off" }],
    ["model unavailable", {}, { modelState: () => "down" }],
    ["too many replies", {}, { isLimitReached: () => true }],
    ["queue full", {}, { isQueueFull: () => true }],
    ["busy", {}, { isBusy: () => true }],
  ];
  for (const [at, [reason, line, context, origin]] of reasons.entries()) {
    const alone = decide({ ...LINE, ...line }, { ...PUBLIC, ...origin }, {
      ...CONTEXT,
      ...context,
    });
    assertEquals(alone, ignore(reason));
    const rest = reasons.slice(at).reverse();
    const withRest = decide(
      rest.reduce((merged, [, line]) => ({ ...merged, ...line }), LINE),
      { ...PUBLIC, ...origin },
      rest.reduce((merged, [, , context]) => ({ ...merged, ...context }), CONTEXT),
    );
    assertEquals(withRest, ignore(reason));
  }
});

test("takes a line without a call for the rest of a conversation", () => {
  const contexts = {
    "follow-up": { ...CONTEXT, isFollowUp: (user: string) => user === "alice" },
    "continuation": {
      ...CONTEXT,
      continues: (user: string, isPrivate: boolean) => user === "alice" && !isPrivate,
      cooldownMs: () => 5000,
    },
  };
  for (const [reason, context] of Object.entries(contexts)) {
    const decided = (text: string, user = "alice") =>
      decide({ ...LINE, user, text }, PUBLIC, context);
    assertEquals(decided("the 1922 one"), { action: "reply", reason }, reason);
    assertEquals(decided("...the 1922 one"), { action: "reply", reason }, reason);
    assertEquals(decided("the 1922 one", "bob"), ignore("not called"), reason);
    for (const text of ["bob: you too?", "!skip", "$play", "/me", ".help"]) {
      assertEquals(decided(text), ignore("not called"), `${reason}: ${text}`);
    }
  }
});

test("recognizes the bot's own lines in any case of its name", () => {
  for (const user of ["Rosey", "rosey", "rOSEY"]) {
    assertEquals(decide({ ...LINE, user }, PUBLIC, CONTEXT), ignore("own line"));
  }
});

test("replies to private messages without a trigger, also while muted, unless answer_pm is off", () => {
  const hello = { ...LINE, text: "hello" };
  const reply = { action: "reply", reason: "private message" } as const;
  assertEquals(decide(hello, PRIVATE, CONTEXT), reply);
  assertEquals(decide(hello, PRIVATE, { ...CONTEXT, isMuted: () => true }), reply);
  assertEquals(
    decide(hello, PRIVATE, { ...CONTEXT, answersPm: () => false }),
    ignore("private messages off"),
  );
});
