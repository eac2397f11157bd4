import { assertEquals } from "@std/assert";
import { parseLogLine } from "../../src/replay/chat_log.ts";
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
