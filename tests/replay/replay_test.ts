import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import type { Models } from "../../src/llm/model_pool.ts";
import type { Message } from "../../src/llm/provider.ts";
import { parseLogLine } from "../../src/replay/chat_log.ts";
import { replay, type ReplayedLine } from "../../src/replay/replay.ts";
import { settingsOf } from "../fakes/room_scene.ts";
import { test } from "../testing.ts";

/** The settings of the bot that wrote the recorded log. */
const RECORDED_LLM = {
  follow_up_seconds: 20,
  max_replies_per_minute: 9,
  llm_triggers: ["rosey", "!ai"],
  ignore_users: ["OtherBot"],
  speak_on: {
    keyword: [{ words: ["popcorn"], cooldown: 30 }, { words: ["murnau"], cooldown: 0 }],
    messages: { every: 8, cooldown: 0 },
  },
};
const RECORDED = Deno.readTextFileSync(
  new URL("../fixtures/recorded-chat.txt", import.meta.url),
);

/** Replays a log; returns `user: words: why or why not` of each line for the bot. */
async function replayed(
  log: string,
  llm: Readonly<Record<string, unknown>>,
  models?: Models,
): Promise<{ shown: string[]; decided: ReplayedLine[]; uncalled: unknown }> {
  const lines = log.split("\n").map(parseLogLine).filter((line) => line !== undefined);
  const settings = settingsOf({ llm: { enabled: true, model: "rosey-demo", ...llm } });
  const decided: ReplayedLine[] = [];
  const { signal } = new AbortController();
  const onLine = (line: ReplayedLine) => decided.push(line);
  const uncalled = await replay(lines, { settings, models, signal, onLine });
  const shown = decided.map(({ line: { user, text }, outcome, why }) =>
    `${user}: ${text.slice(0, 12)}: ${outcome === "answered" ? why : outcome}`
  );
  return { shown, decided, uncalled };
}

test("decides as the bot did that wrote the log", async () => {
  const { shown, uncalled } = await replayed(RECORDED, RECORDED_LLM);
  // As in that bot's own log.
  assertEquals(shown, [
    "alice: rosey, what : called",
    "alice: I mean the f: merged",
    "alice: who made it?: follow-up",
    "bob: alice: rosey: addressed to others",
    "bob: rosey, hello: called",
    "bob: rosey??: cooldown",
    "carol: !ai what is : called",
    "dave: I love popco: keyword",
    "dave: popcorn agai: follow-up",
    "erin: waves at ros: called",
    "frank: prosey is no: keyword",
    "OtherBot: rosey, I am : ignored",
    "frank: one more lin: too many replies",
    "gina: rosey, one: too many replies",
    "hugo: rosey, two: too many replies",
    "ines: rosey, three: too many replies",
  ]);
  assertEquals(uncalled, { "own line": 9, "command": 1, "not called": 3 });
});

test("shows what other settings would change, the same each time", async () => {
  const llm = {
    llm_cooldown: 2,
    max_replies_per_minute: 0,
    llm_triggers: ["rosey"],
    speak_on: { messages: { every: 2, chance: 0.5, cooldown: 0 } },
  };
  const { shown } = await replayed(RECORDED, llm);
  assertEquals(shown.filter((line) => line.startsWith("bob: ros")), [
    "bob: rosey, hello: called",
    "bob: rosey??: called",
  ]);
  assertEquals(shown.filter((line) => line.endsWith(": messages")).length, 1);
  assertEquals((await replayed(RECORDED, llm)).shown, shown);
  assertEquals(
    (await replayed(RECORDED, { enabled: false })).shown[0],
    "alice: rosey, what : model off",
  );
});

test("asks a model for the answers, with the room's lines and without the old answers", async () => {
  const asked: (readonly Message[])[] = [];
  const models: Models = {
    state: "up",
    reason: "",
    readySinceMs: 0,
    contextTokens: 4096,
    probeSoon: () => false,
    ready: () => Promise.resolve(true),
    chat: async (messages) => {
      asked.push(messages);
      await new Promise((resolve) => setTimeout(resolve, 1));
      return {
        text: `**${["Popcorn.", "A silent film.", "No idea."][asked.length % 3]}**`,
        complete: true,
      };
    },
  };
  const { shown, decided } = await replayed(RECORDED, RECORDED_LLM, models);
  assertEquals(shown, (await replayed(RECORDED, RECORDED_LLM)).shown);
  assertEquals(decided[0]?.answer, ["A silent film."]);
  // The first part of a question is not asked alone.
  assertEquals(asked[0]?.at(-1)?.content, "alice: rosey, what is on?\nalice: I mean the film");
  const told = asked.at(-1)!.map(({ content }) => content).join("\n");
  assertMatch(told, /No idea\.\nbob: alice: rosey is wrong/);
  assertEquals(told.includes("Wismar"), false);
});

test("goes on over a clock that was set back and over a cleared chat, and stops when told", async () => {
  const log = [
    "2026-10-05T20:15:03.000Z <alice> rosey, one?",
    "2026-10-05T20:15:04.000Z [server] mod cleared chat",
    "2026-10-05T19:15:20.000Z <bob> rosey, two?",
    "2026-10-05T23:59:59.000Z <alice> rosey, three?",
  ];
  const { shown } = await replayed(log.join("\n"), {});
  assertEquals(shown, [
    "alice: rosey, one?: forgotten",
    "bob: rosey, two?: called",
    "alice: rosey, three: called",
  ]);
  const lines = log.map((line) => parseLogLine(line)!);
  const signal = AbortSignal.abort(new Error("stopped"));
  const settings = settingsOf({});
  await assertRejects(
    () => replay(lines, { settings, signal, onLine: () => {} }),
    Error,
    "stopped",
  );
});
