import { assertEquals } from "@std/assert";
import { type ReconnectOptions, ReconnectPolicy } from "../../src/cytube/reconnect.ts";
import { ChannelUnavailableError, type DisconnectKind } from "../../src/errors.ts";
import { test } from "../testing.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

function policyOf(options: Partial<ReconnectOptions> = {}): ReconnectPolicy {
  return new ReconnectPolicy({
    kickPauseMs: 5 * MINUTE,
    guest: false,
    random: () => 0,
    ...options,
  });
}

/** The pauses after sessions that end in these ways, each after a short stay. */
function pauses(policy: ReconnectPolicy, kinds: readonly DisconnectKind[], waitMs = 0): number[] {
  let now = 0;
  return kinds.map((kind) => {
    const error = new ChannelUnavailableError("x", { kind, waitMs });
    const pause = policy.pauseMs({ error, now, stayedMs: 1000 });
    now += HOUR;
    return pause;
  });
}

/** The server's bucket for an address. Source: CyTube's `TokenBucket(5, 0.1)`. */
class ServerBucket {
  #count = 5;
  #refilledMs = 0;

  /** Whether a connection is refused. */
  refuses(now: number): boolean {
    const refill = Math.floor((now - this.#refilledMs) / 1000 * 0.1);
    if (refill > 0) {
      this.#count = Math.min(5, this.#count + refill);
      this.#refilledMs = now;
    }
    if (this.#count === 0) return true;
    this.#count--;
    return false;
  }
}

test("the pause after a loss grows from 1 s to 25 s, or to what the server wants", () => {
  const lost = Array<DisconnectKind>(7).fill("lost");
  assertEquals(pauses(policyOf(), lost), [
    1000,
    2000,
    4000,
    8000,
    16_000,
    25_000,
    25_000,
  ]);
  assertEquals(pauses(policyOf(), lost, 15_000), [
    15_000,
    15_000,
    15_000,
    15_000,
    16_000,
    25_000,
    25_000,
  ]);
});

test("a stay of a minute resets the pause after a loss", () => {
  const policy = policyOf();
  const error = new ChannelUnavailableError("x");
  const pause = (stayedMs: number) => policy.pauseMs({ error, now: 0, stayedMs });
  assertEquals([pause(0), pause(59_999), pause(MINUTE), pause(0)], [1000, 2000, 1000, 2000]);
});

test("the pause after a kick doubles up to an hour, and is reset by a stay of an hour", () => {
  const policy = policyOf();
  const minutes = pauses(policy, Array<DisconnectKind>(6).fill("kicked")).map((ms) => ms / MINUTE);
  assertEquals(minutes, [5, 10, 20, 40, 60, 60]);
  const error = new ChannelUnavailableError("x", { kind: "kicked" });
  const after = (stayedMs: number) => policy.pauseMs({ error, now: 0, stayedMs }) / MINUTE;
  assertEquals([after(HOUR - 1), after(HOUR), after(0)], [60, 5, 10]);
});

test("kicks and duplicate logins have separate pauses", () => {
  const policy = policyOf({ kickPauseMs: 5000 });
  const seconds = pauses(policy, ["kicked", "kicked", "name_in_use", "kicked", "name_in_use"])
    .map((ms) => ms / 1000);
  assertEquals(seconds, [5, 10, 30, 20, 60]);
});

test("kickPauseMs may be longer than an hour", () => {
  const day = 24 * HOUR;
  const kicks: DisconnectKind[] = ["kicked", "kicked"];
  assertEquals(pauses(policyOf({ kickPauseMs: day }), kicks), [day, day]);
  assertEquals(pauses(policyOf({ kickPauseMs: 20_000 }), kicks), [20_000, 40_000]);
});

test("the first look after a duplicate login comes after 30 s, whatever the pause after a kick", () => {
  const elsewhere = Array<DisconnectKind>(5).fill("name_in_use");
  const minutes = pauses(policyOf({ kickPauseMs: HOUR }), elsewhere).map((ms) => ms / MINUTE);
  assertEquals(minutes, [0.5, 1, 2, 4, 8]);
});

test("reconnects never exceed the server's connection limit", () => {
  let seed = 1;
  const random = () => (seed = seed * 48271 % 2147483647) / 2147483647;
  for (let run = 0; run < 200; run++) {
    const policy = policyOf({ kickPauseMs: 1, random });
    const server = new ServerBucket();
    let now = 0;
    for (let cycle = 0; cycle < 200; cycle++) {
      policy.connecting(now);
      // The network may bring two connections closer together, never by a second.
      const arrival = now + random() * 500;
      assertEquals(server.refuses(arrival), false, `run ${run}, cycle ${cycle}`);
      const stayedMs = random() < 0.5 ? 0 : random() * 2 * MINUTE;
      now += stayedMs;
      const kind = random() < 0.5 ? "lost" : "kicked";
      const error = new ChannelUnavailableError("x", { kind });
      now += policy.pauseMs({ error, now, stayedMs });
    }
  }
});

test("a guest waits a minute between logins, an account does not", () => {
  const error = new ChannelUnavailableError("x");
  const ending = { error, now: 10_000, stayedMs: 10_000 };
  const [guest, account] = [policyOf({ guest: true }), policyOf()];
  for (const policy of [guest, account]) policy.loggedIn(0);
  assertEquals(guest.pauseMs(ending), 51_000);
  assertEquals(account.pauseMs(ending), 1000);
  assertEquals(guest.pauseMs({ ...ending, now: 2 * MINUTE }), 2000);
});
