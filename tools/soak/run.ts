/** A soak: a real bot in a busy room whose server restarts, drops, refuses and mutes it. */
import { delay } from "../../src/clock.ts";
import { FakeOllama } from "../../tests/fakes/ollama/server.ts";
import { mulberry32 } from "../../tests/sanitize/attacks/random.ts";
import { Rosey } from "../../tests/e2e/rosey.ts";
import { holdPort } from "../../tests/fakes/ollama/faulty.ts";
import { type Account, account } from "./account.ts";
import { BOT, SoakChannel } from "./channel.ts";
import { Heap } from "./heap.ts";
import { SoakModel } from "./model.ts";
import { schedule, type SoakSize, type Stretch } from "./schedule.ts";

export interface SoakResult extends Account {
  readonly seed: number;
  readonly seconds: number;
  /** Users' lines. */
  readonly sent: number;
  /** How many of them addressed the bot. */
  readonly mentions: number;
  /** The bot's lines that the room received. */
  readonly said: number;
  readonly restarts: number;
  /** Connections that were dropped without a restart. */
  readonly drops: number;
  /** How often the server's clock was stopped, so that lines came too early. */
  readonly stuck: number;
  readonly mutes: number;
  /** Mentions that the history repeated after a reconnect. */
  readonly missed: number;
  /** The bot's metrics at the end. */
  readonly metrics: ReadonlyMap<string, number>;
  /** At each loss of the connection. */
  readonly memory: readonly Memory[];
}

export interface Memory {
  readonly lines: number;
  /** The highest memory use since the loss before. */
  readonly peakBytes: number;
  /** The heap after a garbage collection; undefined without an inspector. */
  readonly heldBytes?: number;
}

/** Options of {@linkcode soak}. */
export interface SoakOptions {
  readonly size: SoakSize;
  readonly seed: number;
  /** Whether to measure the heap, which needs a bot that runs from source. */
  readonly inspect: boolean;
  readonly onProgress?: (text: string) => void;
}

/** Lines that users say while the bot is disconnected. */
const LINES_AWAY = 100;
const TICK_MS = 5;
/** How often and how long the server's clock is stopped. */
const STUCK = { everyMs: 7000, longestMs: 2000 };
/** One mute in each slow stretch, limited to this part of it. */
const MUTE = { mostMs: 1500, part: 0.1 };
const SWAP_MS = 3000;
const POLL_MS = 250;
const IDLE_POLLS = 3;
const REJOIN_TIMEOUT_MS = 120_000;

/** Runs a soak to its end. */
export async function soak(
  { size, seed, inspect, onProgress = () => {} }: SoakOptions,
): Promise<SoakResult> {
  const random = mulberry32(seed);
  const stretches = schedule(size);
  const model = new SoakModel();
  await using ollama = FakeOllama.start({
    tokenDelayMs: 0,
    contextLength: 32_768,
    reply: (messages) => model.reply(messages),
  });
  await using channel = await SoakChannel.start({
    random,
    antiflood: stretches[0]!.antiflood,
  });
  const [port, inspectPort] = [holdPort(), inspect ? holdPort() : undefined];
  await using rosey = Rosey.start(channel.url, {
    config: { user: [BOT.name, BOT.password], status: { port }, log_max_mb: 10, log_keep: 1000 },
    llm: {
      ollama_host: ollama.url,
      llm_cooldown: 0,
      loop_turns: 0,
      room_context_lines: 15,
      // Replies of three lines, so that lines wait.
      max_sentences: 20,
      max_lines: 3,
      max_replies_per_minute: 0,
      // A name would be a word that no reply has.
      address: "never",
    },
    inspectPort,
  });
  await rosey.ready();
  using heap = inspectPort === undefined ? undefined : await Heap.of(inspectPort);
  const begun = performance.now();
  const memory: Memory[] = [];
  const repeated: number[] = [];
  let target = 0;
  const counts = { restarts: 0, drops: 0, stuck: 0, mutes: 0 };
  for (const [at, stretch] of stretches.entries()) {
    // Lines during the disconnection count.
    target += stretch.lines;
    let peakBytes = 0;
    const onTick = () => peakBytes = Math.max(peakBytes, rosey.residentBytes());
    await talk(channel, stretch, { target, random, counts, onTick });
    const heldBytes = await heap?.heldBytes();
    memory.push({ lines: target, peakBytes, heldBytes });
    const took = [peakBytes, heldBytes ?? NaN].map((bytes) => `${(bytes / 1e6).toFixed(1)} MB`);
    onProgress(`${target} lines, ${channel.said.length} said, ${took.join(" / ")}, ${stretch.end}`);
    if (stretch.end === "end") break;
    const from = rosey.log.length;
    if (stretch.end === "drop") {
      channel.drop();
      counts.drops++;
    } else {
      await channel.restart(stretches[at + 1]!.antiflood);
      counts.restarts++;
    }
    for (let line = 0; line < LINES_AWAY; line++) channel.say();
    repeated.push(...channel.history);
    await rosey.line("Joined demo", { from, timeoutMs: REJOIN_TIMEOUT_MS });
  }
  const metrics = await atRest(port, model);
  const seconds = (performance.now() - begun) / 1000;
  heap?.close();
  await rosey.stop();
  const { said, mentions, sent } = channel;
  const { replies } = model;
  const evidence = { mentions, repeated, said, replies, log: rosey.log, chatLog: rosey.chatLog() };
  return {
    ...account(evidence),
    ...counts,
    seed,
    seconds,
    sent,
    mentions: mentions.size,
    missed: repeated.filter((n) => mentions.has(n)).length,
    said: said.length,
    metrics,
    memory,
  };
}

async function talk(
  channel: SoakChannel,
  stretch: Stretch,
  { target, random, counts, onTick }: {
    target: number;
    random: () => number;
    counts: { stuck: number; mutes: number };
    onTick: () => void;
  },
): Promise<void> {
  const from = channel.sent;
  const begun = performance.now();
  const totalMs = stretch.seconds * 1000;
  const muteMs = stretch.end === "drop" ? Infinity : totalMs / 3;
  const unmuteMs = muteMs + Math.min(MUTE.mostMs, MUTE.part * totalMs);
  const firstMs = random() * Math.min(STUCK.everyMs, totalMs);
  let [stickMs, swapMs, muted] = [firstMs, SWAP_MS, false];
  while (channel.sent < target) {
    const now = performance.now() - begun;
    const due = Math.min(target, from + now / totalMs * (target - from));
    while (channel.sent < due) channel.say();
    if (now >= stickMs) {
      channel.stick(random() * STUCK.longestMs);
      counts.stuck++;
      stickMs = now + (0.5 + random()) * STUCK.everyMs;
    }
    if (now >= swapMs) {
      channel.swap();
      swapMs = now + SWAP_MS;
    }
    const silent = now >= muteMs && now < unmuteMs;
    if (silent && !muted) counts.mutes++;
    muted = silent;
    channel.mute(silent);
    onTick();
    // A fixed rate: users do not wait for the bot.
    await delay(TICK_MS);
  }
  channel.mute(false);
}

/** Waits until the bot is idle, and reads its metrics. */
async function atRest(port: number, model: SoakModel): Promise<Map<string, number>> {
  const waiting = ["rosey_lines_waiting", "rosey_questions_waiting"];
  for (let polls = 0;;) {
    await delay(POLL_MS);
    const metrics = await metricsOf(port);
    // A question may be on its way to the model, or its reply on its way back.
    const isIdle = !model.busy && waiting.every((name) => metrics.get(name) === 0);
    polls = isIdle ? polls + 1 : 0;
    if (polls === IDLE_POLLS) return metrics;
  }
}

async function metricsOf(port: number): Promise<Map<string, number>> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const samples = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(samples.map((line) => {
    const end = line.lastIndexOf(" ");
    return [line.slice(0, end), Number(line.slice(end + 1))];
  }));
}
