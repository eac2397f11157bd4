/**
 * The conversation as a whole: what is heard, what is remembered, what is answered, and what moderators
 * may have changed of it.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import { type Clock, systemClock } from "../clock.ts";
import type { TalkSettings } from "../config/settings.ts";
import type { ChatLine } from "../cytube/events.ts";
import type { ModelPool } from "../llm/model_pool.ts";
import type { StateFile } from "../storage/state_file.ts";
import { ReplyGenerator, type Say } from "./reply_generator.ts";
import { RoomLog } from "./room_log.ts";
import type { Decision } from "./decide.ts";
import { Decisions } from "./decisions.ts";
import { BotLoopDetector } from "./bot_loops.ts";
import { conversationKey, type Memory, openMemory } from "./memory.ts";
import { type Hearing, Responder } from "./responder.ts";
import type { Room } from "./room.ts";
import { ReplyWorker } from "./reply_worker.ts";

const log = getLogger(["rosey", "chat"]);

/** Options of {@linkcode Conversation}. */
export interface ConversationOptions {
  /** Whom to ask. */
  readonly models: ModelPool;
  /** Who is here and what plays. */
  readonly room: Room;
  /** Says the lines of a reply. */
  readonly say: Say;
  /** Whether the channel does not let the bot talk. */
  readonly isMuted: () => boolean;
  /** Gives up what waits to be said to the room. */
  readonly withdraw: (why: string) => void;
  /** The channel's name. */
  readonly channel: string;
  /** How she talks. */
  readonly talk: TalkSettings;
  /** Where what is remembered is kept; none: it ends with the program. */
  readonly state?: StateFile;
  /** Default: the real time. */
  readonly clock?: Clock;
  /** A number in [0, 1); default `Math.random`. */
  readonly random?: () => number;
}

/** One room's conversation with the bot. */
export class Conversation {
  /** What was decided, and what came of it. */
  readonly decisions = new Decisions();
  readonly #room: Room;
  readonly #withdraw: ConversationOptions["withdraw"];
  readonly #clock: Clock;
  readonly #memory: Memory;
  readonly #roomLog = new RoomLog();
  readonly #generator: ReplyGenerator;
  readonly #worker: ReplyWorker;
  readonly #responder: Responder;
  readonly #loops = new BotLoopDetector();

  /**
   * Hears from now on; answers while it runs.
   *
   * @param options What it works with.
   */
  constructor(options: ConversationOptions) {
    const clock = options.clock ?? systemClock;
    const memory = openMemory(options.talk, { state: options.state, clock });
    const loops = this.#loops;
    this.#room = options.room;
    this.#withdraw = options.withdraw;
    this.#clock = clock;
    this.#memory = memory;
    const shared = { ...options, clock, memory, decisions: this.decisions };
    this.#generator = new ReplyGenerator({ ...shared, roomLog: this.#roomLog });
    this.#worker = new ReplyWorker({
      ...shared,
      generator: this.#generator,
      onAnswered: ({ user, private: isPrivate }) =>
        loops.answered(conversationKey(user, isPrivate), clock.now()),
      onFailed: (question) => this.#responder.excuse(question),
    });
    this.#responder = new Responder({ ...shared, loops, turns: this.#worker });
    this.adopt(options.talk);
    if (memory.pause.on) log.info("A moderator paused her before the last stop: she is silent");
  }

  /** How many questions wait. */
  get waiting(): number {
    return this.#worker.waiting;
  }

  /** Whether a moderator has told her to be silent. */
  get paused(): boolean {
    return this.#memory.pause.on;
  }

  /**
   * Takes in a line of the room or a private message.
   *
   * @param line The line.
   * @param hearing How it came.
   * @returns What was decided.
   */
  hear(line: ChatLine, hearing: Hearing): Decision {
    const decision = this.#responder.hear(line, hearing);
    const ofRoom = !hearing.private && !line.shadow && !line.user.startsWith("[");
    if (ofRoom && !this.#memory.optedOut.has(line.user)) this.#roomLog.add(line, hearing.live);
    return decision;
  }

  /**
   * Somebody gave a command: that is no part of the conversation.
   *
   * @param user Their name.
   */
  heardCommand(user: string): void {
    this.decisions.ignored(user, "command");
  }

  /**
   * Somebody joined.
   *
   * @param user Their name.
   */
  joined(user: string): void {
    this.#roomLog.joined(user);
    this.#responder.joined(user);
  }

  /**
   * Somebody left.
   *
   * @param user Their name.
   */
  left(user: string): void {
    this.#roomLog.left(user);
    this.#worker.left(user);
  }

  /**
   * The bot itself has joined, perhaps after a while.
   *
   * @param before Who was here when she left.
   */
  rejoined(before: readonly string[]): void {
    for (const name of before) if (!this.#room.user(name)) this.left(name);
    for (const { name } of this.#room.users) this.#roomLog.joined(name);
  }

  /** The bot may have joined under another spelling of her name. */
  renamed(): void {
    this.#responder.renamed();
  }

  /** Something else begins to play. */
  played(): void {
    this.#responder.played();
  }

  /**
   * Talks differently from now on; what was said and who has asked just now stays remembered.
   *
   * @param talk How.
   */
  adopt(talk: TalkSettings): void {
    const { cooldown, history } = this.#memory;
    cooldown.pauseMs = talk.cooldownSeconds * 1000;
    history.maxMessages = talk.maxHistoryMessages;
    this.#worker.staleMs = talk.staleAfterSeconds * 1000;
    this.#generator.adopt(talk);
    this.#responder.adopt(talk);
  }

  /** Says nothing any more until {@linkcode Conversation.resume}; what waits is given up. */
  pause(): void {
    this.#memory.pause.turn(true);
    this.#worker.clear("paused");
    this.#withdraw("a moderator wants silence");
  }

  /** Speaks again. */
  resume(): void {
    this.#memory.pause.turn(false);
  }

  /** Forgets all that was said, by anybody, and gives up what waits: as when the room is cleared. */
  reset(): void {
    this.#worker.clear("forgotten");
    this.#withdraw("it is to be forgotten");
    this.#memory.history.clear();
    this.#roomLog.clear();
  }

  /**
   * Forgets what one person said, in the room and in private, and gives up what they asked.
   *
   * @param user Their name.
   */
  forget(user: string): void {
    const { history } = this.#memory;
    for (const isPrivate of [false, true]) history.forget(conversationKey(user, isPrivate));
    this.#roomLog.forget(user);
    this.#worker.drop(user, "forgotten");
  }

  /**
   * Somebody does not want to be answered nor remembered any more, or does again.
   *
   * @param user Their name.
   * @param out Whether they do not.
   * @returns False where that was so before.
   */
  optOut(user: string, out: boolean): boolean {
    if (!out) return this.#memory.optedOut.delete(user);
    this.forget(user);
    return this.#memory.optedOut.add(user);
  }

  /**
   * Somebody is to be ignored, or is not any more: neither are they taken for another bot then.
   *
   * @param user Their name.
   * @param ignored Whether they are.
   * @returns False where that was so before.
   */
  ignore(user: string, ignored: boolean): boolean {
    if (!ignored) {
      const pardoned = [false, true].filter((isPrivate) =>
        this.#loops.pardon(conversationKey(user, isPrivate), this.#clock.now())
      );
      return this.#memory.ignored.delete(user) || pardoned.length > 0;
    }
    this.#worker.drop(user, "ignored");
    return this.#memory.ignored.add(user);
  }

  /**
   * Whether somebody is never answered, by the operator's or a moderator's will.
   *
   * @param user Their name.
   */
  isIgnored(user: string): boolean {
    return this.#responder.isIgnored(user);
  }

  /**
   * Whether the operator lists somebody as another bot, whatever rank they have.
   *
   * @param user Their name.
   */
  isListed(user: string): boolean {
    return this.#responder.isListed(user);
  }

  /**
   * Has the model tell somebody, in private, what was said while they were away.
   *
   * @param user Their name.
   * @returns What comes of it: `unknown` where nobody of that name was seen to leave.
   */
  catchUp(user: string): "asked" | "paused" | "unknown" | "nothing" | "cooldown" | "queue full" {
    if (this.paused) return "paused";
    const { cooldown } = this.#memory;
    const now = this.#clock.now();
    const missed = this.#roomLog.missedBy(user);
    if (!missed) return "unknown";
    if (missed.length === 0) return "nothing";
    if (cooldown.remainingMs(user, now) > 0) return "cooldown";
    const question = { user, text: "", askedMs: now, private: true, kind: "missed" } as const;
    if (!this.#worker.ask(question)) return "queue full";
    cooldown.start(user, now);
    return "asked";
  }

  /**
   * Answers until the signal ends it.
   *
   * @param signal Cancels the answer in progress and drops what waits.
   */
  async run(signal: AbortSignal): Promise<void> {
    await this.#worker.run(signal);
  }
}
