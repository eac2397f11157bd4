import {
  type DropReason,
  Outbox,
  type OutboxOptions,
  type OutgoingLine,
} from "../../src/outbox/outbox.ts";
import { FakeClock } from "../fakes/clock.ts";

/** An outbox into a channel that hears, under a clock that stands still. */
export function outboxOf(options: Partial<OutboxOptions> = {}) {
  const clock = new FakeClock();
  /** What was sent, private messages with their addressee. */
  const sent: string[] = [];
  let last: OutgoingLine = { text: "" };
  const send = (line: OutgoingLine) => {
    last = line;
    sent.push(line.to === undefined ? line.text : `${line.to}: ${line.text}`);
  };
  const outbox = new Outbox({ send, clock, ...options });
  outbox.open();
  /** What was sent last comes back as it is. */
  const echo = () => outbox.echoed(last);
  return { outbox, clock, sent, echo };
}

/** All reasons, and how often something was dropped for them. */
export function dropped(
  counts: Partial<Record<DropReason, number>> = {},
): Record<DropReason, number> {
  return {
    "refused": 0,
    "spam filter": 0,
    "muted": 0,
    "withdrawn": 0,
    "too fast": 0,
    "no echo": 0,
    "connection lost": 0,
    "too old": 0,
    "no room": 0,
    ...counts,
  };
}

/** Whether a promise is settled by now. */
export async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol();
  return await Promise.race([promise, Promise.resolve(pending)]) !== pending;
}
