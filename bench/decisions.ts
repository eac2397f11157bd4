/**
 * How many chat lines a second are decided on, on one core: by the triggers alone, and by the whole
 * chat handler. Questions are answered between the batches; that is not measured.
 */
import { setImmediate } from "node:timers/promises";
import { compileTrigger } from "../src/chat/trigger.ts";
import { type Clock, systemClock } from "../src/clock.ts";
import type { ChatLine } from "../src/cytube/events.ts";
import { chatLines, TRIGGERS } from "./chat_lines.ts";
import { best, byTurns, type Figure } from "./figures.ts";
import { LIVE, Scene } from "./scene.ts";

const ROUNDS = 9;
const BATCHES = 200;
/** Five calls: as many as a busy room has while one is answered. */
const BATCH = 500;

/** Faster than real time: a hundred thousand lines take a moment here, an evening in a room. */
const clock: Clock = { ...systemClock, now: () => systemClock.now() * 100 };

/** Plays the batches; each is parsed anew, as a socket's messages are. Returns lines a second. */
export async function linesPerSecond(
  batches: readonly string[],
  hear: (line: ChatLine) => void,
): Promise<number> {
  let busyMs = 0;
  let lines = 0;
  for (const text of batches) {
    const batch: readonly ChatLine[] = JSON.parse(text);
    const begun = performance.now();
    for (const line of batch) hear(line);
    busyMs += performance.now() - begun;
    lines += batch.length;
    await setImmediate();
  }
  return lines / busyMs * 1000;
}

export async function* decisions(): AsyncIterable<Figure> {
  const batches = Array.from(
    { length: BATCHES },
    (_, seed) => JSON.stringify(chatLines(BATCH, seed)),
  );
  await using scene = await Scene.open({ llm: { llm_triggers: TRIGGERS }, clock });
  const isCall = compileTrigger(TRIGGERS);
  const expression = /rosey|rosie|bot/i;
  let calls = 0;
  const { handler, triggers, regexp } = await byTurns(ROUNDS, {
    handler: () => linesPerSecond(batches, (line) => void scene.chat.handleLine(line, LIVE)),
    triggers: () => linesPerSecond(batches, ({ text }) => void isCall(text)),
    regexp: () => linesPerSecond(batches, ({ text }) => calls += Number(expression.test(text))),
  });
  const options = { unit: "lines/s", references: { "one expression": regexp } };
  yield best("decisions", handler, { ...options, target: { least: 1e6 } });
  yield best("ten triggers alone", triggers, options);
}
