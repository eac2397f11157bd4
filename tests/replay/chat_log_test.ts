import { assertEquals, assertLess, assertRejects } from "@std/assert";
import { ChatLog, parseLogLine } from "../../src/replay/chat_log.ts";
import { chatText } from "../../src/storage/transcript.ts";
import { test } from "../testing.ts";

test("reads each form of line that the bot writes", () => {
  const plain = { time: Date.UTC(2026, 9, 5, 20, 15, 3, 120), shadow: false };
  for (
    const line of [
      { ...plain, user: "alice", text: "hello <b> there", action: false },
      { ...plain, user: "a-b_c", text: "", action: false },
      { ...plain, user: "alice", text: "* bob waves", action: false },
      { ...plain, user: "bob", text: "waves", action: true },
      { ...plain, user: "[server]", text: "mod cleared chat", action: false },
    ]
  ) {
    assertEquals(parseLogLine(`${new Date(line.time).toISOString()} ${chatText(line)}`), line);
  }
});

test("takes no other line for chat", () => {
  for (
    const line of [
      "",
      "<alice> hello",
      "2026-10-05T20:15:03.000Z alice: hello",
      "2026-10-05T20:15:03.000Z <alice>hello",
      "2026-10-05T20:15:03.000Z <a lice> hello",
      "2026-10-05 20:15:03 <alice> hello",
      "2026-99-05T20:15:03.000Z <alice> hello",
      "2026-10-05T20:15:03.000Z Nosferatu (1922) [yt:abc, 5640 s]",
    ]
  ) {
    assertEquals(parseLogLine(line), undefined, line);
  }
});

test("reads a log in pieces of any size, and counts what is no chat", async () => {
  const time = "2026-10-05T20:15:03.000Z";
  const written = [`${time} <alice> Grüße 🍿\r`, "other", "", `${time} * bob waves`];
  const bytes = new TextEncoder().encode(written.join("\n"));
  for (const size of [1, 3, 1000]) {
    const log = new ChatLog();
    const pieces = ReadableStream.from((function* () {
      for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
    })());
    const lines = await Array.fromAsync(log.read(pieces, new AbortController().signal));
    assertEquals(lines.map(({ user, text }) => [user, text]), [
      ["alice", "Grüße 🍿"],
      ["bob", "waves"],
    ]);
    assertEquals([log.lines, log.skipped], [2, 1]);
  }
});

test("reads no further than it is asked, cuts an endless line, and stops when told", async () => {
  const stop = new AbortController();
  const line = new TextEncoder().encode("2026-10-05T20:15:03.000Z <alice> rosey?\n");
  let given = 0;
  const endless = ReadableStream.from((function* () {
    for (;; given++) yield given < 3 ? line : line.slice(0, -1);
  })());
  const log = new ChatLog().read(endless, stop.signal);
  for (let at = 0; at < 3; at++) assertEquals((await log.next()).value?.user, "alice");
  assertLess(given, 10);
  const next = log.next();
  stop.abort(new Error("stopped"));
  await assertRejects(() => next, Error, "stopped");
});
