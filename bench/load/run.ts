import { delay } from "../../src/clock.ts";
import { type ChatLine, DemoChannel } from "../../src/demo/channel/server.ts";
import { DEFAULT_LIMIT } from "../../src/demo/channel/throttle.ts";
import { FakeOllama } from "../../tests/fakes/ollama/server.ts";
import { Rosey } from "../../tests/e2e/rosey.ts";
import { MEDIA, questionOf } from "../../tools/soak/model.ts";
import { mulberry32 } from "../../tests/sanitize/attacks/random.ts";
import { outcomesOf } from "./report.ts";

export interface Call {
  readonly user: string;
  readonly askedMs: number;
  /** When the first line of its answer came; undefined without one. */
  answeredMs?: number;
}

export interface LoadResult {
  readonly seed: number;
  readonly minutes: number;
  /** Lines of the people. */
  readonly lines: number;
  /** By the number in the call. */
  readonly calls: ReadonlyMap<number, Call>;
  /** The calls of each reply that the model wrote, in the order of the requests. */
  readonly replies: readonly (readonly number[])[];
  readonly log: readonly string[];
}

const BOT = "Rosey";
const PEOPLE = 50;
const CALL_SHARE = 0.05;
/** No two alike: a model that repeats itself is cut. */
const WORDS =
  "old silent film about a vampire crew shot within eleven weeks by young students who were " +
  "never paid while its producer changed every ending twice after each screening before " +
  "critics found their lost reels under some theatre";
/** A reply of two sentences of that many words takes 0.5 to 1 s. */
const MIN_WORDS = 20;
const MAX_WORDS = 38;
const TOKEN_MS = 25;
const TICK_MS = 10;
const FOREVER_MS = 2 ** 31 - 1;
/** For the answers to the last calls. */
const REST_MS = 30_000;
const POLL_MS = 250;

/** Runs the program in a busy channel, until it has answered. */
export async function load(
  { minutes, seed }: { readonly minutes: number; readonly seed: number },
): Promise<LoadResult> {
  const random = mulberry32(seed);
  const calls = new Map<number, Call>();
  const replies: number[][] = [];
  await using ollama = FakeOllama.start({
    tokenDelayMs: TOKEN_MS,
    reply: (messages) => {
      const numbers = [...questionOf(messages).matchAll(/ call (\d+):/g)].map(([, n]) => Number(n));
      replies.push(numbers);
      return replyTo(numbers, random);
    },
  });
  await using channel = await DemoChannel.start({ chatAntiflood: DEFAULT_LIMIT });
  channel.setMedia(MEDIA);
  for (let who = 0; who < PEOPLE; who++) channel.addPuppet(nameOf(who));
  const listen = ({ username, msg }: ChatLine) => {
    const numbers = username === BOT ? /Answer ([\d and]+):/.exec(msg)?.[1] ?? "" : "";
    for (const [n] of numbers.matchAll(/\d+/g)) {
      const call = calls.get(Number(n));
      if (call) call.answeredMs ??= performance.now();
    }
    return false;
  };
  channel.nextLine(listen, FOREVER_MS).catch(() => {});
  await using rosey = Rosey.start(channel.url, {
    // A refusal by the cooldown is not told to everybody.
    config: { log_level: "DEBUG" },
    // The limit of answers in a minute would keep most of the load away.
    llm: { ollama_host: ollama.url, llm_cooldown: 10, max_replies_per_minute: 0 },
  });
  await rosey.ready();
  const begunMs = performance.now();
  /** When each person speaks next: the server lets one line a second through. */
  const due = Array.from({ length: PEOPLE }, () => random() * 1000 / DEFAULT_LIMIT.sustained);
  let lines = 0;
  for (let nowMs = 0; nowMs < minutes * 60_000; nowMs = performance.now() - begunMs) {
    for (const [who, dueMs] of due.entries()) {
      if (dueMs > nowMs) continue;
      due[who] = dueMs + 1000 / DEFAULT_LIMIT.sustained;
      const n = lines++;
      const user = nameOf(who);
      const isCall = random() < CALL_SHARE;
      if (isCall) calls.set(n, { user, askedMs: performance.now() });
      channel.say(user, isCall ? `${BOT}, call ${n}: what is this?` : `line ${n}: hello`);
    }
    await delay(TICK_MS);
  }
  const isOpen = () =>
    outcomesOf({ calls, log: rosey.log }).some(({ outcome }) => outcome === "none");
  for (const endMs = performance.now() + REST_MS; isOpen() && performance.now() < endMs;) {
    await delay(POLL_MS);
  }
  await rosey.stop();
  return { seed, minutes, lines, calls, replies, log: rosey.log };
}

function replyTo(calls: readonly number[], random: () => number): string {
  const all = WORDS.split(" ");
  const count = MIN_WORDS + Math.floor(random() * (MAX_WORDS - MIN_WORDS + 1));
  const from = Math.floor(random() * all.length);
  const words = [...all, ...all].slice(from, from + Math.min(count, all.length));
  const middle = Math.floor(words.length / 2);
  const [first, second] = [words.slice(0, middle).join(" "), words.slice(middle).join(" ")];
  return `Answer ${calls.join(" and ")}: ${first}. That is ${second}.`;
}

function nameOf(who: number): string {
  return `user${String(who).padStart(2, "0")}`;
}
