import { assertEquals, assertGreaterOrEqual, assertInstanceOf } from "@std/assert";
import {
  connectRefused,
  joinRefused,
  kicked,
  loginRefused,
  refusedMessage,
} from "../../src/cytube/login_and_kick_errors.ts";
import {
  ChannelRefusedError,
  ChannelUnavailableError,
  type DisconnectKind,
} from "../../src/errors.ts";
import { loadTrace } from "../demo/trace.ts";
import { test } from "../testing.ts";

const INVALID = "Invalid username.  Usernames must be 1-20 characters long and consist only of " +
  "characters a-z, A-Z, 0-9, -, or _.";
const RESTRICTED = "Guest logins are restricted to one per IP address per 60 seconds.  " +
  "This restriction does not apply to registered users.";

const redact = (text: string) => text;

test("a permanent login error is a ChannelRefusedError that says what to do", () => {
  const cases: readonly (readonly [error: string, advice: string])[] = [
    ["Invalid username/password combination", "check the password"],
    ["User does not exist", "register the account, or leave the password out to be a guest"],
    ["That username is registered.", 'give its password: "user": ["name", "password"]'],
    ["That username is reserved.", "choose another name"],
    ['Invalid username "bad name!"', "choose another name"],
    [INVALID, "choose another name"],
  ];
  for (const [words, advice] of cases) {
    const error = loginRefused("Rosey", words, redact);
    assertInstanceOf(error, ChannelRefusedError, words);
    assertEquals(error.message, `Cannot log in as Rosey: ${words} (${advice})`);
  }
});

test("a temporary login error has the pause that the server wants", () => {
  const account = "wait a minute, or register an account";
  const cases: readonly (readonly [error: string, said: string, waitMs: number])[] = [
    [RESTRICTED, `${RESTRICTED} (${account})`, 65_000],
    [
      "Guest logins are restricted to one per IP address per 300 seconds.",
      `Guest logins are restricted to one per IP address per 300 seconds. (${account})`,
      305_000,
    ],
    ["Guest logins are restricted", `Guest logins are restricted (${account})`, 65_000],
    [
      "That name is already in use on this channel.",
      "That name is already in use on this channel. " +
      "(another session uses it, or the bot's last session has not ended yet)",
      65_000,
    ],
    ["Internal error", "Internal error", 30_000],
    ["", "the server gives no reason", 30_000],
  ];
  for (const [words, said, waitMs] of cases) {
    const error = loginRefused("Rosey", words, redact);
    assertInstanceOf(error, ChannelUnavailableError, words);
    assertEquals(error.message, `Cannot log in as Rosey: ${said}`);
    assertEquals([error.waitMs, error.kind], [waitMs, "lost"], words);
  }
});

test("every recorded login error is classified", () => {
  const errors = new Set(
    ["03-login-errors.jsonl", "12-misc-errors.jsonl"]
      .flatMap(loadTrace)
      .filter(({ dir, ev }) => dir === "in" && ev === "login")
      .map(({ args }) => Object(args).error)
      .filter((error): error is string => typeof error === "string"),
  );
  const forNow = [...errors].filter((error) =>
    loginRefused("Rosey", error, redact) instanceof ChannelUnavailableError
  );
  assertGreaterOrEqual(errors.size, 7, `${errors.size} kinds`);
  assertEquals(forNow.map((error) => error.split(/[.]/)[0]).sort(), [
    "Guest logins are restricted to one per IP address per 60 seconds",
    "That name is already in use on this channel",
  ]);
});

test("a kick that refuses the join for good says what to do", () => {
  const cases: readonly (readonly [reason: string, advice: string])[] = [
    ["You're banned!", "ask its moderators"],
    ["You are banned from this channel.", "ask its moderators"],
    ["You're IP banned!", "ask its moderators"],
    ["You are IP banned from this channel", "ask its moderators"],
    ["Channel was banned: spam", "the site has closed it"],
    ["Channel could not be loaded: Channel is banned: spam", "the site has closed it"],
    ["This channel has banned connections from Tor.", "connect without Tor"],
    ["Invalid channel name", 'correct "channel"'],
  ];
  for (const [reason, advice] of cases) {
    const error = kicked("room", reason, { redact, joined: false });
    assertInstanceOf(error, ChannelRefusedError, reason);
    assertEquals(error.message, `Kicked from room: ${reason} (${advice})`);
    // In the channel a moderator may have written it.
    const inside = kicked("room", reason, { redact, joined: true });
    assertInstanceOf(inside, ChannelUnavailableError, reason);
  }
});

test("the reason of a kick sets the kind and the pause", () => {
  const cases: readonly (readonly [reason: string, kind: DisconnectKind, waitMs: number])[] = [
    // The channel is loaded again at once.
    ["Channel shutting down", "lost", 0],
    ["Channel reloading", "lost", 0],
    // One connection in ten seconds.
    ["Too many connections from your IP address", "lost", 30_000],
    ["Rate limit exceeded", "lost", 30_000],
    ["Channel could not be loaded: Failed to load channel data", "lost", 30_000],
    ["via me", "kicked", 0],
    ["You talk too much: banned next time", "kicked", 0],
    ["Attempted setOptions as a non-moderator", "kicked", 0],
    ["Duplicate login, please", "kicked", 0],
    ["Channel deleted", "kicked", 0],
  ];
  for (const [reason, kind, waitMs] of cases) {
    const error = kicked("room", reason, { redact, joined: true });
    assertInstanceOf(error, ChannelUnavailableError, reason);
    assertEquals(error.message, `Kicked from room: ${reason}`);
    assertEquals([error.kind, error.waitMs], [kind, waitMs], reason);
  }
});

test("a kick by another session of the account, or without a reason, is explained", () => {
  assertEquals(
    kicked("room", "", { redact, joined: true }).message,
    "Kicked from room: no reason given",
  );
  const error = kicked("room", "Duplicate login", { redact, joined: true });
  assertInstanceOf(error, ChannelUnavailableError);
  assertEquals(error.kind, "name_in_use");
  assertEquals(
    error.message,
    "Kicked from room: Duplicate login " +
      "(another session uses the account; the bot comes back when it is gone)",
  );
});

test("a recorded kick proves no ban whatever its words, a refused join does", () => {
  const outcomes = new Map<string, boolean>();
  let joined = false;
  for (const { who, dir, ev, args } of loadTrace("24-banned-and-kicked.jsonl")) {
    if (who !== "rosey" || dir === "note") continue;
    if (ev === "joinChannel") joined = false;
    if (ev === "userlist") joined = true;
    if (ev !== "kick") continue;
    const { reason } = Object(args);
    const error = kicked("room", reason, { redact, joined });
    outcomes.set(
      `${joined ? "inside" : "joining"}: ${reason}`,
      error instanceof ChannelRefusedError,
    );
  }
  assertGreaterOrEqual(outcomes.size, 4, `${outcomes.size}`);
  for (const [kick, isBan] of outcomes) assertEquals(isBan, kick.startsWith("joining:"), kick);
});

test("every recorded kick except a ban and a wrong name is temporary", () => {
  const reasons = new Set(
    ["03-login-errors", "06-mod-commands", "10-limits", "12-misc-errors", "14-restart-unload"]
      .flatMap((name) => loadTrace(`${name}.jsonl`))
      .filter(({ dir, ev }) => dir === "in" && ev === "kick")
      .map(({ args }) => String(Object(args).reason)),
  );
  assertGreaterOrEqual(reasons.size, 12, `${reasons.size} reasons`);
  const forGood = [...reasons].filter((reason) =>
    kicked("room", reason, { redact, joined: false }) instanceof ChannelRefusedError
  );
  assertEquals(forGood.sort(), [
    "Invalid channel name",
    "You are banned from this channel.",
    "You're banned!",
  ]);
});

test("a connection that fails is tried again without a wait of its own", () => {
  const broken = connectRefused("https://cytu.be", "websocket error", redact);
  assertInstanceOf(broken, ChannelUnavailableError);
  assertEquals([broken.waitMs, broken.kind], [0, "lost"]);
});

test("only an errorMsg that prevents the join ends the attempt", () => {
  const broken = joinRefused("room", "Unable to join channel due to an internal error", redact);
  assertInstanceOf(broken, ChannelUnavailableError);
  assertEquals(broken.waitMs, 30_000);
  assertEquals(joinRefused("room", "Invalid login frame", redact), null);
});

test("refusedMessage recognizes errors about the bot's own messages", () => {
  const kinds = (file: string, about: RegExp) =>
    loadTrace(file)
      .filter(({ dir, ev }) => dir === "in" && ev === "errorMsg")
      .map(({ args }) => String(Object(args).msg))
      .filter((message) => about.test(message))
      .map(refusedMessage);
  assertEquals<unknown>(new Set(kinds("09-pm.jsonl", /./)), new Set(["pm"]));
  assertEquals<unknown>(new Set(kinds("05-chat-format.jsonl", /chatMsg/)), new Set(["chat"]));
  assertEquals(refusedMessage("You must be signed in to send PMs"), "pm");
  assertEquals(refusedMessage("Unexpected error for message queue: Missing key"), null);
  assertEquals(refusedMessage("You do not have permission to kick bob"), null);
});
