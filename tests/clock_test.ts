import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { abortable, backoff, delay } from "../src/clock.ts";
import { FakeClock } from "./fakes/clock.ts";
import { test } from "./testing.ts";

/** A signal that counts who listens to it. */
function watchedSignal() {
  const controller = new AbortController();
  const { signal } = controller;
  const listeners = new Set<unknown>();
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (type: string, fn: EventListener, options?: { once?: boolean }) => {
    listeners.add(fn);
    add(type, fn, options);
  };
  signal.removeEventListener = (type: string, fn: EventListener) => {
    listeners.delete(fn);
    remove(type, fn);
  };
  return { controller, signal, listeners };
}

test("delay resolves when its time is over and not before, and leaves no listener behind", async () => {
  const clock = new FakeClock();
  const { signal, listeners } = watchedSignal();
  let over = false;
  const waiting = delay(100, { clock, signal }).then(() => over = true);
  clock.advance(99);
  await Promise.resolve();
  assertEquals([over, listeners.size], [false, 1]);
  clock.advance(1);
  await waiting;
  assertEquals([over, listeners.size], [true, 0]);
});

test("delay rejects with the signal's reason and takes its timer back", async () => {
  const clock = new FakeClock();
  const { controller, signal } = watchedSignal();
  const waiting = delay(100, { clock, signal });
  const reason = new Error("not needed");
  controller.abort(reason);
  assertStrictEquals(await assertRejects(() => waiting), reason);
  assertEquals(clock.pending, 0);
});

test("delay under an aborted signal rejects at once and sets no timer", async () => {
  const clock = new FakeClock();
  const reason = new Error("too late");
  assertStrictEquals(
    await assertRejects(() => delay(100, { clock, signal: AbortSignal.abort(reason) })),
    reason,
  );
  assertEquals(clock.pending, 0);
});

test("delay by the real time can be cancelled without leaking its timer", async () => {
  const { controller, signal } = watchedSignal();
  const waiting = delay(3_600_000, { signal });
  controller.abort(new Error("over"));
  assertEquals((await assertRejects(() => waiting, Error)).message, "over");
});

test("backoff doubles up to its limit and stays within its upper half", () => {
  const range = { minMs: 1000, maxMs: 60_000 };
  const cases: readonly (readonly [attempt: number, least: number, most: number])[] = [
    [0, 500, 1000],
    [1, 1000, 2000],
    [2, 2000, 4000],
    [5, 16_000, 32_000],
    [6, 30_000, 60_000],
    [7, 30_000, 60_000],
    [1000, 30_000, 60_000],
    [Number.MAX_SAFE_INTEGER, 30_000, 60_000],
  ];
  for (const [attempt, least, most] of cases) {
    assertEquals(backoff(attempt, { ...range, random: () => 0 }), least, `least of ${attempt}`);
    assertEquals(backoff(attempt, { ...range, random: () => 1 }), most, `most of ${attempt}`);
  }
});

test("abortable gives what the promise gives and leaves no listener behind", async () => {
  const { signal, listeners } = watchedSignal();
  assertEquals(await abortable(Promise.resolve(7), signal), 7);
  assertEquals(listeners.size, 0);
  assertEquals(
    (await assertRejects(() => abortable(Promise.reject(new Error("own")), signal), Error)).message,
    "own",
  );
  assertEquals(listeners.size, 0);
});

test("abortable ends with the signal's reason while the promise still waits", async () => {
  const { controller, signal, listeners } = watchedSignal();
  const waiting = abortable(new Promise(() => {}), signal);
  controller.abort(new Error("stopped"));
  assertEquals((await assertRejects(() => waiting, Error)).message, "stopped");
  assertEquals(listeners.size, 0);
});

test("abortable under an aborted signal handles the promise's rejection", async () => {
  const failing = Promise.reject(new Error("nobody would hear of it"));
  const signal = AbortSignal.abort(new Error("stopped"));
  assertEquals((await assertRejects(() => abortable(failing, signal), Error)).message, "stopped");
});
