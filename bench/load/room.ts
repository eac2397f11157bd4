/** A room with one bot: an embedded channel, people who talk there, and the program as a child process. */
import { delay } from "../../src/clock.ts";
import { type ChatLine, DemoChannel } from "../../src/demo/channel/server.ts";
import { DEFAULT_LIMIT } from "../../src/demo/channel/throttle.ts";
import { Rosey } from "../../tests/e2e/rosey.ts";
import { MEDIA } from "../../tools/soak/model.ts";
import { outcomesOf } from "./report.ts";

export interface Call {
  readonly user: string;
  readonly askedMs: number;
  /** When the first line of its answer came; undefined without one. */
  answeredMs?: number;
}

export interface RoomOptions {
  /** Numbers of the room: its calls and people are told from those of other rooms. Default 0. */
  readonly number?: number;
  readonly people: number;
  /** How often each person speaks. */
  readonly sayEveryMs: number;
  /** The share of lines that call the bot. */
  readonly callShare: number;
  /** The bot's `llm` section. */
  readonly llm: Record<string, unknown>;
  readonly random: () => number;
}

const BOT = "Rosey";
const CALLS_PER_ROOM = 1_000_000;
const TICK_MS = 10;
const FOREVER_MS = 2 ** 31 - 1;
/** For the answers to the last calls. */
const REST_MS = 30_000;
const POLL_MS = 250;

export class BenchRoom implements AsyncDisposable {
  /** By the number in the call. */
  readonly calls = new Map<number, Call>();
  /** What the people said. */
  lines = 0;
  readonly bot: Rosey;
  readonly #channel: DemoChannel;
  readonly #options: RoomOptions;

  private constructor(channel: DemoChannel, bot: Rosey, options: RoomOptions) {
    this.bot = bot;
    this.#channel = channel;
    this.#options = options;
    channel.setMedia(MEDIA);
    for (let who = 0; who < options.people; who++) channel.addPuppet(this.#nameOf(who));
    channel.nextLine((line) => this.#hear(line), FOREVER_MS).catch(() => {});
  }

  static async start(options: RoomOptions): Promise<BenchRoom> {
    const channel = await DemoChannel.start({ chatAntiflood: DEFAULT_LIMIT });
    const bot = Rosey.start(channel.url, {
      // A refusal by the cooldown is not told to everybody.
      config: { log_level: "DEBUG" },
      llm: options.llm,
    });
    return new BenchRoom(channel, bot, options);
  }

  /** Has the people talk for so long. */
  async talk(minutes: number): Promise<void> {
    const { people, sayEveryMs, callShare, random, number = 0 } = this.#options;
    const begunMs = performance.now();
    /** When each person speaks next. */
    const due = Array.from({ length: people }, () => random() * sayEveryMs);
    for (let nowMs = 0; nowMs < minutes * 60_000; nowMs = performance.now() - begunMs) {
      for (const [who, dueMs] of due.entries()) {
        if (dueMs > nowMs) continue;
        due[who] = dueMs + sayEveryMs;
        const n = number * CALLS_PER_ROOM + this.lines++;
        const user = this.#nameOf(who);
        const isCall = random() < callShare;
        if (isCall) this.calls.set(n, { user, askedMs: performance.now() });
        this.#channel.say(user, isCall ? `${BOT}, call ${n}: what is this?` : `line ${n}: hello`);
      }
      await delay(TICK_MS);
    }
  }

  /** Waits until each call has an answer or a reason, at most half a minute, and stops the bot. */
  async finish(): Promise<void> {
    const { calls, bot: { log } } = this;
    const isOpen = () => outcomesOf({ calls, log }).some(({ outcome }) => outcome === "none");
    for (const endMs = performance.now() + REST_MS; isOpen() && performance.now() < endMs;) {
      await delay(POLL_MS);
    }
    await this.bot.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.bot[Symbol.asyncDispose]();
    await this.#channel.close();
  }

  #hear({ username, msg }: ChatLine): false {
    const numbers = username === BOT ? /Answer ([\d and]+):/.exec(msg)?.[1] ?? "" : "";
    for (const [n] of numbers.matchAll(/\d+/g)) {
      const call = this.calls.get(Number(n));
      if (call) call.answeredMs ??= performance.now();
    }
    return false;
  }

  #nameOf(who: number): string {
    return `user${this.#options.number ?? ""}_${String(who).padStart(2, "0")}`;
  }
}
