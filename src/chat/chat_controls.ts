/** What commands change about the conversation: pausing, forgetting, ignoring, summaries. */
import type { Clock } from "../clock.ts";
import type { BotLoopDetector } from "./bot_loops.ts";
import { conversationKey, type Memory } from "./memory.ts";
import type { ReplyWorker } from "./reply_worker.ts";
import type { RoomLog } from "./room_log.ts";

/** The only entry of {@linkcode Memory.pause}. */
const PAUSED = "on";

export interface ChatControlsOptions {
  readonly memory: Memory;
  readonly roomLog: RoomLog;
  readonly loops: BotLoopDetector;
  readonly worker: ReplyWorker;
  readonly withdraw: (reason: string) => void;
  readonly clock: Clock;
}

export class ChatControls {
  readonly #options: ChatControlsOptions;
  #ignoreUsers: ReadonlySet<string> = new Set();

  constructor(options: ChatControlsOptions) {
    this.#options = options;
  }

  set ignoreUsers(names: readonly string[]) {
    this.#ignoreUsers = new Set(names.map((name) => name.toLowerCase()));
  }

  get paused(): boolean {
    return this.#options.memory.pause.has(PAUSED);
  }

  /** Keeps the bot silent until {@linkcode ChatControls.resume}; drops what waits. */
  pause(): void {
    const { memory, worker, withdraw } = this.#options;
    memory.pause.add(PAUSED);
    worker.clear("paused");
    withdraw("a moderator paused the bot");
  }

  resume(): void {
    this.#options.memory.pause.delete(PAUSED);
  }

  /** Drops what is asked or waits. */
  cancel(): void {
    this.#options.worker.clear("cancelled");
  }

  reset(): void {
    const { memory, worker, withdraw, roomLog } = this.#options;
    worker.clear("forgotten");
    withdraw("the chat was reset");
    memory.history.clear();
    roomLog.clear();
  }

  /** Forgets what one user said, in the room and in private; drops their questions. */
  forget(user: string): void {
    const { memory, worker, roomLog } = this.#options;
    for (const isPrivate of [false, true]) {
      memory.history.forget(conversationKey(user, isPrivate));
    }
    roomLog.forget(user);
    worker.drop(user, "forgotten");
  }

  /** The bot neither answers nor remembers this user any more. */
  optOut(user: string): void {
    this.forget(user);
    this.#options.memory.optedOut.add(user);
  }

  optIn(user: string): boolean {
    return this.#options.memory.optedOut.delete(user);
  }

  ignore(user: string): boolean {
    this.#options.worker.drop(user, "ignored");
    return this.#options.memory.ignored.add(user);
  }

  /**
   * Answers a user again whom a moderator ignored or who was taken for a bot.
   *
   * @returns False if neither was the case.
   */
  unignore(user: string): boolean {
    const { memory, loops, clock } = this.#options;
    const paused = [false, true].filter((isPrivate) =>
      loops.unpause(conversationKey(user, isPrivate), clock.now())
    );
    return memory.ignored.delete(user) || paused.length > 0;
  }

  /** Whether the operator or a moderator has this user ignored. */
  isIgnored(user: string): boolean {
    return this.isIgnoredByOperator(user) || this.#options.memory.ignored.has(user);
  }

  isIgnoredByOperator(user: string): boolean {
    return this.#ignoreUsers.size > 0 && this.#ignoreUsers.has(user.toLowerCase());
  }

  /**
   * Asks the model to summarize, in private, what was said while a user was away.
   *
   * @returns `unknown` if the user was not seen to leave.
   */
  summarizeMissed(
    user: string,
  ): "queued" | "paused" | "unknown" | "nothing" | "cooldown" | "queue full" {
    const { memory: { cooldown }, roomLog, worker, clock } = this.#options;
    if (this.paused) return "paused";
    const now = clock.now();
    const missed = roomLog.missedBy(user);
    if (!missed) return "unknown";
    if (missed.length === 0) return "nothing";
    if (cooldown.remainingMs(user, now) > 0 || worker.limitReached) return "cooldown";
    const question = { user, text: "", askedMs: now, private: true, kind: "missed" } as const;
    if (!worker.add(question)) return "queue full";
    cooldown.start(user, now);
    return "queued";
  }
}
