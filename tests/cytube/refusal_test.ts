import assert from "node:assert/strict";
import { kicked, loginRefused } from "../../src/cytube/refusal.ts";
import { ChannelRefusedError, ChannelUnavailableError } from "../../src/errors.ts";
import { loadTrace } from "../demo/trace.ts";
import { test } from "../testing.ts";

const INVALID = "Invalid username.  Usernames must be 1-20 characters long and consist only of " +
  "characters a-z, A-Z, 0-9, -, or _.";
const RESTRICTED = "Guest logins are restricted to one per IP address per 60 seconds.  " +
  "This restriction does not apply to registered users.";

test("login that another try cannot cure is refused for good, with what to do", () => {
  const cases: readonly (readonly [error: string, advice: string])[] = [
    ["Invalid username/password combination", "check the password"],
    ["User does not exist", "register the account, or leave the password out to be a guest"],
    ["That username is registered.", 'give its password: "user": ["name", "password"]'],
    ["That username is reserved.", "choose another name"],
    ['Invalid username "bad name!"', "choose another name"],
    [INVALID, "choose another name"],
  ];
  for (const [words, advice] of cases) {
    const error = loginRefused("Rosey", words);
    assert.ok(error instanceof ChannelRefusedError, words);
    assert.equal(error.message, `Cannot log in as Rosey: ${words} (${advice})`);
  }
});

test("login that fails for now is tried again after as long as the server wants", () => {
  const cases: readonly (readonly [error: string, leastMs: number])[] = [
    [RESTRICTED, 60_000],
    ["That name is already in use on this channel.", 10_000],
    ["Internal error", 10_000],
    ["", 10_000],
  ];
  for (const [words, leastMs] of cases) {
    const error = loginRefused("Rosey", words);
    assert.ok(error instanceof ChannelUnavailableError, words);
    assert.equal(error.message, `Cannot log in as Rosey: ${words}`);
    assert.ok(error.waitMs > leastMs, `${error.waitMs} ms after ${words}`);
  }
});

test("every recorded login error is known", () => {
  const errors = new Set(
    ["03-login-errors.jsonl", "12-misc-errors.jsonl"]
      .flatMap(loadTrace)
      .filter(({ dir, ev }) => dir === "in" && ev === "login")
      .map(({ args }) => Object(args).error)
      .filter((error): error is string => typeof error === "string"),
  );
  const forNow = [...errors].filter((error) =>
    loginRefused("Rosey", error) instanceof ChannelUnavailableError
  );
  assert.ok(errors.size >= 7, `${errors.size} kinds`);
  assert.deepEqual(forNow.map((error) => error.split(/[.]/)[0]).sort(), [
    "Guest logins are restricted to one per IP address per 60 seconds",
    "That name is already in use on this channel",
  ]);
});

test("ban is for good", () => {
  const reasons = [
    "You're banned!",
    "You are banned from this channel.",
    "You're IP banned!",
    "You are IP banned from this channel",
  ];
  for (const reason of reasons) {
    const error = kicked("room", reason);
    assert.ok(error instanceof ChannelRefusedError, reason);
    assert.equal(error.message, `Kicked from room: ${reason}`);
  }
});

test("kick keeps the bot away for as long as its reason asks", () => {
  const minute = 60_000;
  const cases: readonly (readonly [reason: string, leastMs: number, mostMs: number])[] = [
    // Comes back at once: the channel does.
    ["Channel shutting down", 0, 0],
    // One connection in ten seconds.
    ["Too many connections from your IP address", 10_001, 2 * minute],
    ["Rate limit exceeded", 10_001, 2 * minute],
    // Two bots that came straight back would kick each other for ever.
    ["Duplicate login", minute, Infinity],
    ["via me", minute, Infinity],
    ["You talk too much: banned next time", minute, Infinity],
    ["Attempted setOptions as a non-moderator", minute, Infinity],
  ];
  for (const [reason, leastMs, mostMs] of cases) {
    const error = kicked("room", reason);
    assert.ok(error instanceof ChannelUnavailableError, reason);
    assert.equal(error.message, `Kicked from room: ${reason}`);
    assert.ok(error.waitMs >= leastMs && error.waitMs <= mostMs, `${error.waitMs}: ${reason}`);
  }
});

test("kick without a reason says so", () => {
  assert.equal(kicked("room", "").message, "Kicked from room: no reason given");
});
