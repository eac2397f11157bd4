import { assertEquals } from "@std/assert";
import { Condition } from "../src/condition.ts";
import { test } from "./testing.ts";

test("condition wakes all waiting callers once, and none that were aborted", async () => {
  const condition = new Condition();
  const { signal } = new AbortController();
  const gone = new AbortController();
  let woken = 0;
  const count = () => void woken++;
  const waiting = [condition.wait(signal).then(count), condition.wait(signal).then(count)];
  const left = condition.wait(gone.signal).then(count);
  gone.abort();
  await left;
  assertEquals(woken, 1);
  condition.notifyAll();
  await Promise.all(waiting);
  condition.notifyAll();
  assertEquals(woken, 3);
  await condition.wait(gone.signal);
});

test("condition that notifies during a new wait wakes that wait the next time", async () => {
  const condition = new Condition();
  const { signal } = new AbortController();
  let rung = 0;
  const listen = async () => {
    for (; rung < 3; rung++) await condition.wait(signal);
  };
  const listening = listen();
  for (let ring = 1; ring <= 3; ring++) {
    condition.notifyAll();
    await new Promise((resolve) => setTimeout(resolve, 0));
    assertEquals(rung, ring);
  }
  await listening;
});
