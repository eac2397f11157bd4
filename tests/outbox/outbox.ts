import {
  type DropReason,
  Outbox,
  type OutboxOptions,
  type OutgoingLine,
} from "../../src/outbox/outbox.ts";
import { FakeClock } from "../fakes/clock.ts";

/** An open outbox on a fake clock that records what it sends. */
export function outboxOf(options: Partial<OutboxOptions> = {}) {
  const clock = new FakeClock();
  /** The sent lines; private messages begin with their addressee. */
  const sent: string[] = [];
  let last: OutgoingLine = { text: "" };
  const send = (line: OutgoingLine) => {
    last = line;
    sent.push(line.to === undefined ? line.text : `${line.to}: ${line.text}`);
  };
  const outbox = new Outbox({ send, clock, ...options });
  outbox.open();
  /** Echoes the last sent line unchanged. */
  const echo = () => outbox.echoed(last);
  return { outbox, clock, sent, echo };
}

/** The counts of all drop reasons, 0 by default. */
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

export async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol();
  return await Promise.race([promise, Promise.resolve(pending)]) !== pending;
}
