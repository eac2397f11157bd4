import { assertEquals } from "@std/assert";
import { Bell } from "../src/bell.ts";
import { test } from "./testing.ts";

test("a bell wakes all who wait, once, and nobody who has gone", async () => {
  const bell = new Bell();
  const { signal } = new AbortController();
  const gone = new AbortController();
  let woken = 0;
  const count = () => void woken++;
  const waiting = [bell.next(signal).then(count), bell.next(signal).then(count)];
  const left = bell.next(gone.signal).then(count);
  gone.abort();
  await left;
  assertEquals(woken, 1);
  bell.ring();
  await Promise.all(waiting);
  bell.ring();
  assertEquals(woken, 3);
  await bell.next(gone.signal);
});

test("a bell that rings while somebody waits again wakes them the next time", async () => {
  const bell = new Bell();
  const { signal } = new AbortController();
  let rung = 0;
  const listen = async () => {
    for (; rung < 3; rung++) await bell.next(signal);
  };
  const listening = listen();
  for (let ring = 1; ring <= 3; ring++) {
    bell.ring();
    await new Promise((resolve) => setTimeout(resolve, 0));
    assertEquals(rung, ring);
  }
  await listening;
});
