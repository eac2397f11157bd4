/**
 * How many lines of chat a second are decided on, on one core: by the triggers alone, with cooldown and
 * queue, and with all that is remembered of a line. Questions are answered between the batches, which
 * is not measured.
 *
 * Usage: deno task bench:decisions [LINES A ROUND]
 */
import { setImmediate } from "node:timers/promises";
import { ReplyGenerator } from "../src/chat/reply_generator.ts";
import { RoomLog } from "../src/chat/room_log.ts";
import { Conversation } from "../src/chat/conversation.ts";
import { Decisions } from "../src/chat/decisions.ts";
import { BotLoopDetector } from "../src/chat/bot_loops.ts";
import { openMemory } from "../src/chat/memory.ts";
import { Responder } from "../src/chat/responder.ts";
import { Room } from "../src/chat/room.ts";
import { compileTrigger } from "../src/chat/trigger.ts";
import { ReplyWorker } from "../src/chat/reply_worker.ts";
import { type Clock, systemClock } from "../src/clock.ts";
import type { TalkSettings } from "../src/config/settings.ts";
import type { ChatLine } from "../src/cytube/events.ts";
import { ModelPool } from "../src/llm/model_pool.ts";
import { setupLogging } from "../src/log.ts";
import { settingsOf } from "../tests/fakes/room_scene.ts";
import { REPLY, ScriptedProvider } from "../tests/fakes/scripted_provider.ts";
import { chatLines, TRIGGERS } from "./chat_lines.ts";

const ROUNDS = 9;
/** Five calls: a room in flood has as many while one is answered. */
const BATCH = 500;
const LEAST_PER_SECOND = 1_000_000;
const LIVE = { live: true, private: false };
const batches = Array.from(
  { length: Math.ceil(Number(Deno.args[0] ?? 200_000) / BATCH) },
  (_, seed) => JSON.stringify(chatLines(BATCH, seed)),
);

/** A hundred thousand lines here are a moment, in a room an evening: time goes faster to match. */
const clock: Clock = { ...systemClock, now: () => systemClock.now() * 100 };

interface Round {
  readonly perSecond: number;
  readonly bytesPerLine: number;
}

/** Has lines heard in batches, each new to the machine as if a socket's parser had just made it. */
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
    // Less than before: garbage was collected meanwhile.
    if (grown >= 0) bytes.push(grown / batch.length);
    await setImmediate();
  }
  return { perSecond: BATCH * batches.length / busyMs * 1000, bytesPerLine: median(bytes) };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;
}

const million = (value: number) => `${(value / 1e6).toFixed(2)} M`.padStart(9);

/** Prints a row; one that must be fast and is not fails the run. */
async function row(what: string, hear: (line: ChatLine) => void, bound = false): Promise<void> {
  const rounds: Round[] = [];
  for (let round = 0; round < ROUNDS; round++) rounds.push(await play(hear));
  const rates = rounds.map(({ perSecond }) => perSecond);
  const middle = median(rates);
  const bytes = median(rounds.map(({ bytesPerLine }) => bytesPerLine)).toFixed(0).padStart(11);
  const missed = bound && middle < LEAST_PER_SECOND;
  const least = bound ? `${million(LEAST_PER_SECOND)}${missed ? ", MISSED" : ""}` : "";
  const shown = [Math.min(...rates), middle, Math.max(...rates)].map(million).join("");
  console.log(`${what.padEnd(36)}${shown}${bytes}${least}`);
  if (missed) Deno.exitCode = 1;
}

await using _logging = await setupLogging({ level: "INFO", format: "journal", write: () => {} });
const provider = new ScriptedProvider();
provider.automatic = { probe: {}, load: undefined, status: { loaded: true }, chat: REPLY };
const { llm } = settingsOf({ llm: { enabled: true, llm_triggers: TRIGGERS } });
// These people type as fast as machines.
const talk: TalkSettings = { ...llm, loopTurns: 0 };
const models = new ModelPool({ setup: () => [provider] });
models.use(llm);
await models.ready(new AbortController().signal);
const room = new Room();
room.ownName = "Rosey";
const say = () => true;
const shared = { models, room, say, isMuted: () => false, channel: "demo", talk, clock };

const calls = compileTrigger(TRIGGERS);
const memory = openMemory(talk, { clock });
const decisions = new Decisions();
const parts = { ...shared, memory, decisions };
const turns = new ReplyWorker({
  ...parts,
  generator: new ReplyGenerator({ ...parts, roomLog: new RoomLog() }),
  onAnswered: () => {},
  onFailed: () => {},
});
const responder = new Responder({ ...parts, loops: new BotLoopDetector(), turns });
const conversation = new Conversation({ ...shared, withdraw: () => {} });
const stop = new AbortController();
const running = [turns.run(stop.signal), conversation.run(stop.signal)];

console.log(
  `${TRIGGERS.length} triggers, ${ROUNDS} rounds of ${
    BATCH * batches.length
  } lines, lines a second:`,
);
console.log(`${"".padEnd(39)}lowest   median  highest bytes/line    bound`);
await row("triggers", ({ text }) => void calls(text));
await row("triggers, cooldown, queue", (line) => void responder.hear(line, LIVE), true);
await row("and roomLog: all of a conversation", (line) => void conversation.hear(line, LIVE));
const { counts } = decisions.report;
console.log(Object.entries(counts).map(([what, count]) => `${what} ${count}`).join(", "));

stop.abort();
await Promise.all(running);
await models.close();
