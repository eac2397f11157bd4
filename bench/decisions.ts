/**
 * Measures how many chat lines per second are decided on, on one core: by the triggers alone, and by
 * the whole chat handler. Questions are answered between the batches; that is not measured.
 *
 * Usage: deno task bench:decisions [LINES A ROUND]
 */
import { setImmediate } from "node:timers/promises";
import { ChatHandler } from "../src/chat/chat_handler.ts";
import { Room } from "../src/chat/room.ts";
import { compileTrigger } from "../src/chat/trigger.ts";
import { type Clock, systemClock } from "../src/clock.ts";
import type { TalkSettings } from "../src/config/settings.ts";
import type { ChatLine } from "../src/cytube/events.ts";
import { ModelPool } from "../src/llm/model_pool.ts";
import { setupLogging } from "../src/log.ts";
import { settingsOf } from "../tests/fakes/room_scene.ts";
import { REPLY, ScriptedProvider } from "../tests/fakes/scripted_provider.ts";
import { chatLines, TRIGGERS } from "./chat_lines.ts";

const ROUNDS = 9;
/** Five calls: as many as a busy room has while one is answered. */
const BATCH = 500;
const MIN_PER_SECOND = 1_000_000;
const LIVE = { live: true, private: false };
const batches = Array.from(
  { length: Math.ceil(Number(Deno.args[0] ?? 200_000) / BATCH) },
  (_, seed) => JSON.stringify(chatLines(BATCH, seed)),
);

/** Faster than real time: a hundred thousand lines take a moment here, an evening in a room. */
const clock: Clock = { ...systemClock, now: () => systemClock.now() * 100 };

interface Round {
  readonly perSecond: number;
  readonly bytesPerLine: number;
}

/** Plays the batches; each is parsed anew, as a socket's messages are. */
async function play(hear: (line: ChatLine) => void): Promise<Round> {
  let busyMs = 0;
  const bytes: number[] = [];
  for (const text of batches) {
    const batch: readonly ChatLine[] = JSON.parse(text);
    const heapBefore = Deno.memoryUsage().heapUsed;
    const begun = performance.now();
    for (const line of batch) hear(line);
    busyMs += performance.now() - begun;
    const grown = Deno.memoryUsage().heapUsed - heapBefore;
    // A smaller heap: the garbage collector ran.
    if (grown >= 0) bytes.push(grown / batch.length);
    await setImmediate();
  }
  return { perSecond: BATCH * batches.length / busyMs * 1000, bytesPerLine: median(bytes) };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;
}

const million = (value: number) => `${(value / 1e6).toFixed(2)} M`.padStart(9);

/** Prints a row; a row that misses its bound fails the run. */
async function row(what: string, hear: (line: ChatLine) => void, bound = false): Promise<void> {
  const rounds: Round[] = [];
  for (let round = 0; round < ROUNDS; round++) rounds.push(await play(hear));
  const rates = rounds.map(({ perSecond }) => perSecond);
  const middle = median(rates);
  const bytes = median(rounds.map(({ bytesPerLine }) => bytesPerLine)).toFixed(0).padStart(11);
  const missed = bound && middle < MIN_PER_SECOND;
  const least = bound ? `${million(MIN_PER_SECOND)}${missed ? ", MISSED" : ""}` : "";
  const shown = [Math.min(...rates), middle, Math.max(...rates)].map(million).join("");
  console.log(`${what.padEnd(36)}${shown}${bytes}${least}`);
  if (missed) Deno.exitCode = 1;
}

await using _logging = await setupLogging({ level: "INFO", format: "journal", write: () => {} });
const provider = new ScriptedProvider();
provider.automatic = { probe: {}, load: undefined, status: { loaded: true }, chat: REPLY };
const { llm } = settingsOf({ llm: { enabled: true, llm_triggers: TRIGGERS } });
// These users type as fast as bots.
const talk: TalkSettings = { ...llm, loopTurns: 0, maxRepliesPerMinute: 0 };
const models = new ModelPool({ setup: () => [provider] });
models.use(llm);
await models.ready(new AbortController().signal);
const room = new Room();
room.ownName = "Rosey";
const chat = new ChatHandler({
  models,
  room,
  say: (lines, { onSettled } = {}) => {
    onSettled?.(lines);
    return { begun: true, takeBack: () => {} };
  },
  isMuted: () => false,
  isBusy: () => false,
  withdraw: () => {},
  channel: "demo",
  talk,
  clock,
});
const isCall = compileTrigger(TRIGGERS);
const stop = new AbortController();
const running = chat.run(stop.signal);

console.log(
  `${TRIGGERS.length} triggers, ${ROUNDS} rounds of ${
    BATCH * batches.length
  } lines, lines a second:`,
);
console.log(`${"".padEnd(39)}lowest   median  highest bytes/line    bound`);
await row("triggers", ({ text }) => void isCall(text));
await row("chat handler", (line) => void chat.handleLine(line, LIVE), true);
const { counts } = chat.decisions.report;
console.log(Object.entries(counts).map(([what, count]) => `${what} ${count}`).join(", "));

stop.abort();
await running;
await models.close();
