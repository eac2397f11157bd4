import { test } from "../testing.ts";
import { replay } from "./replay.ts";

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
    without: [[8923, 10_434], [12_566, 13_070]],
    until: 13_974,
  }));

test("demo channel mutes as recorded", () => replay("07-mute-smute.jsonl"));

test("demo channel throttles chat as recorded", () => replay("08-throttle.jsonl"));

test("demo channel passes private messages as recorded", () => replay("09-pm.jsonl"));

test("demo channel asks for its password as recorded", () => replay("11-password.jsonl"));
