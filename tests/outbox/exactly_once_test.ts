import { assert, assertEquals, assertGreater, assertLessOrEqual } from "@std/assert";
import { Outbox } from "../../src/outbox/outbox.ts";
import { FakeClock } from "../fakes/clock.ts";
import { test } from "../testing.ts";

const HISTORY = 15;

/** Numbers in [0, 1), the same for the same seed. */
function numbers(seed: number): () => number {
  return () => (seed = seed * 48271 % 2147483647) / 2147483647;
}

/** A server that refuses, drops, delays and changes lines, and connections that end at any time. */
class RoughServer {
  /** The bot's lines that the server accepted. */
  readonly said: string[] = [];
  readonly #clock: FakeClock;
  readonly #random: () => number;
  #connection = 0;
  #readyMs = 0;
  outbox!: Outbox;

  constructor(clock: FakeClock, random: () => number) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Receives a line. The connection keeps the order. */
  send(text: string): void {
    const connection = this.#connection;
    const now = this.#clock.now();
    // Sometimes it hangs for longer than an echo may take.
    const hangMs = this.#random() < 0.02 ? 7000 * this.#random() : 0;
    this.#readyMs = Math.max(this.#readyMs, now + 30 * this.#random() + hangMs);
    this.#clock.setTimer(() => this.#process(text, connection), this.#readyMs - now);
  }

  /** Ends the connection. Answers on their way are lost. */
  disconnect(): void {
    this.#connection++;
    this.outbox.close();
  }

  /** A new connection, which begins with the history. */
  connect(): void {
    for (const text of this.said.slice(-HISTORY)) this.outbox.foundInHistory({ text });
    this.outbox.open();
  }

  #process(text: string, connection: number): void {
    const fate = this.#random();
    // A line on its way when the connection ends may arrive or not.
    if (connection !== this.#connection && fate < 0.5) return;
    const tell = (answer: () => void) => {
      this.#clock.setTimer(() => {
        if (connection === this.#connection) answer();
      }, 20);
    };
    if (fate < 0.03) return;
    if (fate < 0.15) return tell(() => this.outbox.cooldown(100));
    if (fate < 0.16) return tell(() => this.outbox.refused("spam filter", "NEW_USER_CHAT"));
    this.said.push(text);
    // A filter deletes the marks of a line, or all of it.
    const echo = fate < 0.2 ? "[removed]" : text.replaceAll("_", "");
    tell(() => this.outbox.echoed({ text: echo }));
  }
}

/** Says replies in such a channel. */
function run(seed: number, replies: number) {
  const clock = new FakeClock();
  const random = numbers(seed);
  const server = new RoughServer(clock, random);
  const outbox = new Outbox({ send: ({ text }) => server.send(text), clock });
  server.outbox = outbox;
  server.connect();
  let lines = 0;
  for (let reply = 0; reply < replies; reply++) {
    const count = 1 + Math.floor(random() * 3);
    lines += count;
    outbox.say(Array.from({ length: count }, (_, at) => `${reply}/${at}: ${words(random)}`));
    clock.advance(random() * 3000);
    if (random() < 0.05) {
      server.disconnect();
      clock.advance(2000 + random() * 5000);
      server.connect();
    }
  }
  clock.advance(120_000);
  return { said: server.said, report: outbox.report, lines, pending: clock.pending };
}

function words(random: () => number): string {
  const word = () => Math.floor(random() * 36 ** 6).toString(36);
  return Array.from({ length: 8 }, word).join("_");
}

test("every line is said at most once and in order, and each dropped one has a reason", () => {
  let said = 0;
  let total = 0;
  for (let seed = 1; seed <= 20; seed++) {
    const { said: heard, report, lines, pending } = run(seed, 500);
    assertEquals(new Set(heard).size, heard.length, `seed ${seed}: a line was said twice`);
    const places = heard.map((line) => line.split(":")[0]!.split("/").map(Number));
    for (const [at, [reply = -1, line = -1]] of places.entries()) {
      const [lastReply = -1, lastLine = -1] = places[at - 1] ?? [];
      // Within a reply the next line, else the first of a later one.
      const follows = reply === lastReply ? line === lastLine + 1 : reply > lastReply && line === 0;
      assert(follows, `seed ${seed}: ${lastReply}/${lastLine}, then ${reply}/${line}`);
    }
    const dropped = Object.values(report.dropped).reduce((sum, count) => sum + count, 0);
    assertEquals(report.said + dropped, lines, `seed ${seed}: ${JSON.stringify(report)}`);
    assertEquals(report.waiting, 0);
    assertEquals(pending, 0);
    // The bot's count differs rarely from what the room received.
    assertLessOrEqual(
      Math.abs(report.said + report.late - heard.length),
      lines / 100,
      `seed ${seed}`,
    );
    said += heard.length;
    total += lines;
  }
  assertGreater(said, 0.75 * total, `${said} of ${total} lines`);
});
