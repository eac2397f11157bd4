import { test } from "../testing.ts";
import { LATER_ACCOUNTS, replay } from "./replay.ts";

test("demo channel answers connecting and joining as recorded", () =>
  replay("01-connect-join.jsonl"));

test("demo channel sends history on join as recorded", () => replay("02-history-replay.jsonl"));

// The second guest came from the same address, the others from addresses of their own.
test("demo channel answers logins as recorded", () =>
  replay("03-login-errors.jsonl", { without: [[10769, 10770]] }));

test("demo channel marks users away and back as recorded", () =>
  replay("04-user-events.jsonl", { until: 2578 }));

// Left out: the site administrator's /a, drinks, and malformed payloads, which the real server
// refuses before it handles the line that was sent with them (another test has them).
test("demo channel formats chat as recorded", () =>
  replay("05-chat-format.jsonl", { without: [[9751, 10756]], until: 10958 }));

test("demo channel runs moderators' commands as recorded", () =>
  replay("06-mod-commands.jsonl", {
    // Left out: polls, the ban list, and bans of addresses.
    ignore: ["newPoll", "updatePoll", "closePoll"],
    without: [[12_566, 13_070]],
    until: 13_974,
  }));

test("demo channel mutes as recorded", () => replay("07-mute-smute.jsonl"));

test("demo channel throttles chat as recorded", () => replay("08-throttle.jsonl"));

test("demo channel passes private messages as recorded", () => replay("09-pm.jsonl"));

test("demo channel asks for its password as recorded", () => replay("11-password.jsonl"));

/** The accounts' saved playlists come at any time, and there are none here. */
const LISTS = ["listPlaylists"];

test("demo channel keeps those silent who may not chat, as recorded", () =>
  replay("17-permissions.jsonl", { accounts: LATER_ACCOUNTS, ignore: LISTS }));

// Left out: what follows when all have left, as this channel does not unload, and another channel.
test("demo channel says that nobody has registered it, as recorded", () =>
  replay("18-unregistered-and-deleted.jsonl", {
    accounts: LATER_ACCOUNTS,
    registered: false,
    ignore: LISTS,
    until: 1956,
  }));

// Left out: votes to skip, and so the playlist, of which this channel has one item.
test("demo channel marks a user who sends /afk, until a line, as recorded", () =>
  replay("20-afk-voteskip.jsonl", {
    accounts: LATER_ACCOUNTS,
    ignore: [
      ...LISTS,
      "voteskip",
      "queue",
      "playlist",
      "setPlaylistMeta",
      "setCurrent",
      "changeMedia",
      "mediaUpdate",
    ],
    without: [[307, 1016]],
    until: 6608,
  }));

// Left out: the same room before the site restarted the server with the shorter limit.
test("demo channel cuts lines at a shorter limit as recorded", () =>
  replay("21-short-limit.jsonl", {
    accounts: LATER_ACCOUNTS,
    maxMessageLength: 200,
    ignore: LISTS,
    without: [[0, 5178]],
  }));

// Left out: everything about a playlist of more than one item.
test("demo channel sends an empty playlist as recorded", () =>
  replay("23-playlist-details.jsonl", {
    accounts: LATER_ACCOUNTS,
    ignore: LISTS,
    without: [[300, 507]],
    until: 1540,
  }));

// Left out: logins after the join, bans of addresses, the list of bans, and another channel.
test("demo channel kicks with any words and refuses those who are banned, as recorded", () =>
  replay("24-banned-and-kicked.jsonl", {
    accounts: LATER_ACCOUNTS,
    ignore: LISTS,
    until: 10_714,
  }));
