import { assertEquals } from "@std/assert";
import { runBot } from "../src/bot.ts";
import { DemoChannel } from "../src/demo/channel/server.ts";
import { setupLogging } from "../src/log.ts";
import type { Transcript } from "../src/storage/transcript.ts";
import { settingsOf } from "./fakes/room_scene.ts";
import { test } from "./testing.ts";

test("an exception while an event is handled costs that event, not the bot", async () => {
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  await using _ = await setupLogging({ level: "ERROR", format: "journal", write });
  await using channel = await DemoChannel.start({});
  const stop = new AbortController();
  const joined = Promise.withResolvers<void>();
  let faults = 1;
  const add = () => {
    if (faults-- > 0) throw new TypeError("odd");
  };
  const running = runBot(settingsOf({ domain: channel.url }), stop.signal, {
    chatLog: { add } as unknown as Transcript,
    onJoined: joined.resolve,
  });
  await joined.promise;
  const answer = channel.nextLine(({ username }) => username === "Rosey", 10_000);
  channel.say("alice", "the first line");
  channel.say("alice", "!np");
  assertEquals((await answer).msg, "Nothing is playing, as far as I know.");
  assertEquals(lines, ["<3>Cannot handle the event chatMsg: odd"]);
  stop.abort();
  await running;
});
