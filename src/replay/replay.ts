/** Replays a chat log: what the bot would have answered, to whom and why. */
import { setImmediate } from "node:timers";
import type { IgnoreReason, ReplyReason } from "../chat/decide.ts";
import type { DecisionEntry } from "../chat/decisions.ts";
import { LocalRoom } from "../chat/local_room.ts";
import type { Question } from "../chat/reply_queue.ts";
import { delay } from "../clock.ts";
import type { Settings } from "../config/settings.ts";
import type { ChatLine } from "../cytube/events.ts";
import type { Models } from "../llm/model_pool.ts";
import { VirtualClock } from "../virtual_clock.ts";

/** How long an answer takes, so that the decisions are the same with every model and without one. */
const ANSWER_MS = 2000;
/** Shorter than the repetitions that the sanitizer removes. */
const PLACEHOLDER = "(answer)";
/** Lines between two looks at the signal. */
const LINES_AT_ONCE = 1000;

/** A line for the bot, or one that it speaks unasked after. */
export interface ReplayedLine {
  readonly line: ChatLine;
  /** Why the bot replies; undefined if it does not. */
  readonly why?: ReplyReason | Question["kind"];
  readonly outcome: DecisionEntry["outcome"];
  readonly detail: string;
  /** Lines of the answer; empty without a model. */
  readonly answer: readonly string[];
}

export interface ReplayOptions {
  readonly settings: Settings;
  /** Asked for the answers; default: nothing is. */
  readonly models?: Models;
  readonly signal: AbortSignal;
  /** Called in the order of the log. */
  readonly onLine: (line: ReplayedLine) => void;
}

/**
 * Holds only what the bot would hold: a log may be of any length. Somebody is there from their first
 * line on, as a log does not tell who is there.
 *
 * @returns How many lines were not for the bot, by reason.
 */
export async function replay(
  lines: Iterable<ChatLine> | AsyncIterable<ChatLine>,
  options: ReplayOptions,
): Promise<Readonly<Partial<Record<IgnoreReason, number>>>> {
  const replay = new Replay(options);
  await replay.run(lines, options.signal);
  return replay.uncalled;
}

type OpenLine = { -readonly [K in keyof ReplayedLine]: ReplayedLine[K] };

class Replay {
  readonly uncalled: Partial<Record<IgnoreReason, number>> = {};
  readonly #clock = new VirtualClock(0);
  readonly #local: LocalRoom;
  readonly #options: ReplayOptions;
  /** From the first line that waits for its answer on, in the order of the log. */
  readonly #open: OpenLine[] = [];
  /** What was decided about the line that is handled. */
  #decided: DecisionEntry | undefined;
  #isHandling = false;
  #answer: readonly string[] = [];
  #request: Promise<unknown> | undefined;

  constructor(options: ReplayOptions) {
    this.#options = options;
    this.#local = new LocalRoom({
      settings: options.settings,
      models: this.#models(),
      clock: this.#clock,
      random: seededRandom(),
      onSaid: (lines) => this.#answer = lines,
      onDecided: (entry) => this.#isHandling ? this.#decided ??= entry : this.#finished(entry),
    });
  }

  async run(
    lines: Iterable<ChatLine> | AsyncIterable<ChatLine>,
    signal: AbortSignal,
  ): Promise<void> {
    const stop = new AbortController();
    const answering = this.#local.chat.run(AbortSignal.any([signal, stop.signal]));
    let count = 0;
    try {
      for await (const line of lines) {
        if (count++ % LINES_AT_ONCE === 0) await this.#settle();
        await this.#advance(line.time);
        signal.throwIfAborted();
        this.#handle(line);
        if (this.#open.length > 0) await this.#settle();
      }
      for (;;) {
        const { nextMs } = this.#clock;
        if (this.#open.length === 0 || nextMs === undefined) break;
        await this.#advance(nextMs);
        signal.throwIfAborted();
      }
    } finally {
      stop.abort();
      await answering;
    }
  }

  #handle(line: ChatLine): void {
    const { room, chat } = this.#local;
    if (line.user.startsWith("[") && /cleared chat\.?$/.test(line.text)) chat.controls.reset();
    // What the bot said then is not what it says now.
    if (room.isSelf(line.user)) return this.#count("own line");
    if (!line.user.startsWith("[")) this.#local.join(line.user);
    this.#isHandling = true;
    this.#decided = undefined;
    const { action, reason } = this.#local.hear(line);
    this.#isHandling = false;
    if (this.#decided === undefined) return action === "ignore" ? this.#count(reason) : undefined;
    const { outcome, detail, kind } = this.#decided as DecisionEntry;
    const why = action === "reply" ? reason : kind;
    this.#open.push({ line, why, outcome, detail, answer: [] });
    this.#flush();
  }

  #finished({ user, outcome, detail }: DecisionEntry): void {
    const name = user.toLowerCase();
    const open = this.#open.find(({ line, outcome }) =>
      outcome === "waiting" && line.user.toLowerCase() === name
    );
    if (!open) return;
    const isAnswer = outcome === "answered" && this.#options.models !== undefined;
    Object.assign(open, { outcome, detail, answer: isAnswer ? this.#answer : [] });
    this.#flush();
  }

  #flush(): void {
    while (this.#open.length > 0 && this.#open[0]!.outcome !== "waiting") {
      this.#options.onLine(this.#open.shift()!);
    }
  }

  #count(reason: IgnoreReason): void {
    this.uncalled[reason] = (this.uncalled[reason] ?? 0) + 1;
  }

  #models(): Models {
    const { models, settings } = this.#options;
    const clock = this.#clock;
    return {
      state: settings.llm.enabled ? "up" : "off",
      reason: "llm.enabled is false",
      readySinceMs: -Infinity,
      get contextTokens() {
        return models?.contextTokens;
      },
      probeSoon: () => false,
      ready: () => Promise.resolve(true),
      chat: async (messages, signal, options) => {
        await delay(ANSWER_MS, { signal, clock });
        const request = models?.chat(messages, signal, options) ??
          Promise.resolve({ text: PLACEHOLDER, complete: true });
        this.#request = request.catch(() => {}).finally(() => this.#request = undefined);
        return await request;
      },
    };
  }

  /** Advances the time, timer by timer. */
  async #advance(untilMs: number): Promise<void> {
    for (;;) {
      const { nextMs = Infinity } = this.#clock;
      if (nextMs > untilMs) break;
      this.#clock.advance(nextMs - this.#clock.now());
      await this.#settle();
    }
    // A log's clock may have been set back.
    this.#clock.advance(Math.max(0, untilMs - this.#clock.now()));
  }

  /** Waits for what happens at this moment; the time stands still while the model is asked. */
  async #settle(): Promise<void> {
    for (;;) {
      // A timer would wait for some milliseconds.
      await new Promise((resolve) => setImmediate(resolve));
      if (this.#request === undefined) return;
      await this.#request;
    }
  }
}

/** The same numbers in [0, 1) each time: a log leads to the same decisions. Source: mulberry32. */
function seededRandom(): () => number {
  let state = 1;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
