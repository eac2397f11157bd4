/** A chat line in, a decision out: decides at once and hands questions to the reply worker. */
import { getLogger } from "@logtape/logtape";
import { type Clock, systemClock } from "../clock.ts";
import type { TalkSettings } from "../config/settings.ts";
import type { ChatLine } from "../cytube/events.ts";
import type { ModelPool } from "../llm/model_pool.ts";
import { sanitize } from "../sanitize/sanitize.ts";
import { split } from "../sanitize/split.ts";
import type { StateFile } from "../storage/key_value_store.ts";
import { BotLoopDetector } from "./bot_loops.ts";
import { ChatControls } from "./chat_controls.ts";
import {
  decide,
  type Decision,
  type DecisionContext,
  type IgnoreReason,
  type LineOrigin,
} from "./decide.ts";
import { Decisions } from "./decisions.ts";
import { conversationKey, type Memory, openMemory } from "./memory.ts";
import { type ProactiveTrigger, ProactiveTriggers } from "./proactive.ts";
import { ReplyGenerator, type Say } from "./reply_generator.ts";
import type { Question } from "./reply_queue.ts";
import { ReplyWorker } from "./reply_worker.ts";
import type { Room } from "./room.ts";
import { RoomLog } from "./room_log.ts";
import { compileTrigger, type Trigger } from "./trigger.ts";

const log = getLogger(["rosey", "chat"]);

const PREVIEW_CHARS = 50;
/** The room is sent the fallback response at most once in this time. */
const FALLBACK_PAUSE_MS = 10_000;
const NO_SUMMARY = "I could not sum it up: the model did not answer. Try again later.";

export interface ChatHandlerOptions {
  readonly models: ModelPool;
  readonly room: Room;
  readonly say: Say;
  readonly isMuted: () => boolean;
  readonly withdraw: (reason: string) => void;
  readonly channel: string;
  readonly talk: TalkSettings;
  readonly state?: StateFile;
  readonly clock?: Clock;
  /** A number in [0, 1); default `Math.random`. */
  readonly random?: () => number;
}

export class ChatHandler {
  readonly decisions = new Decisions();
  readonly controls: ChatControls;
  readonly #options: ChatHandlerOptions;
  readonly #clock: Clock;
  readonly #memory: Memory;
  readonly #roomLog = new RoomLog();
  readonly #loops = new BotLoopDetector();
  readonly #proactive: ProactiveTriggers;
  readonly #generator: ReplyGenerator;
  readonly #worker: ReplyWorker;
  readonly #context: DecisionContext;
  #talk: TalkSettings;
  #isCall: Trigger = () => false;
  #fallbackSaidMs = -Infinity;

  constructor(options: ChatHandlerOptions) {
    const { talk, state, models, room, isMuted, random, clock = systemClock } = options;
    const memory = openMemory(talk, { state, clock });
    const shared = { ...options, clock, memory, decisions: this.decisions };
    this.#options = options;
    this.#clock = clock;
    this.#memory = memory;
    this.#talk = talk;
    this.#proactive = new ProactiveTriggers(talk.speakOn, random);
    this.#generator = new ReplyGenerator({ ...shared, roomLog: this.#roomLog });
    this.#worker = new ReplyWorker({
      ...shared,
      generator: this.#generator,
      onAnswered: ({ user, private: isPrivate }) =>
        this.#loops.answered(conversationKey(user, isPrivate), clock.now()),
      onFailed: (question) => this.#sayFallback(question),
    });
    this.controls = new ChatControls({
      memory,
      clock,
      roomLog: this.#roomLog,
      loops: this.#loops,
      worker: this.#worker,
      withdraw: options.withdraw,
    });
    this.#context = {
      isSelf: (user) => room.isSelf(user),
      isCall: (text) => this.#isCall(text),
      isIgnored: (user) => this.controls.isIgnored(user),
      isOptedOut: (user) => memory.optedOut.has(user),
      isLoop: (user, isPrivate) =>
        this.#loops.isPaused(conversationKey(user, isPrivate), clock.now()),
      cooldownMs: (user) => memory.cooldown.remainingMs(user, clock.now()),
      answersPm: () => this.#talk.answerPm,
      isPaused: () => memory.pause.on,
      isMuted,
      modelState: () => models.state,
      isQueueFull: () => this.#worker.full,
    };
    this.updateSettings(talk);
    if (memory.pause.on) {
      log.info("A moderator paused the bot before the last stop: it stays silent");
    }
  }

  get waiting(): number {
    return this.#worker.waiting;
  }

  /** Applies to the next line; history, cooldowns and waiting questions stay. */
  updateSettings(talk: TalkSettings): void {
    this.#talk = talk;
    this.#memory.cooldown.pauseMs = talk.cooldownSeconds * 1000;
    this.#memory.history.maxMessages = talk.maxHistoryMessages;
    this.#worker.staleMs = talk.staleAfterSeconds * 1000;
    this.#generator.updateSettings(talk);
    this.#loops.maxFastTurns = talk.loopTurns;
    this.controls.ignoreUsers = talk.ignoreUsers;
    this.#proactive.updateSettings(talk.speakOn);
    this.ownNameChanged();
  }

  /** The bot's own name is the trigger unless the operator sets others. */
  ownNameChanged(): void {
    const { triggers } = this.#talk;
    this.#isCall = compileTrigger(triggers.length > 0 ? triggers : [this.#options.room.ownName]);
  }

  /** Handles a line of the room or a private message that is not a command. */
  handleLine(line: ChatLine, origin: LineOrigin): Decision {
    const decision = this.#unlessLoop(line, origin, decide(line, origin, this.#context));
    if (decision.action === "ignore") this.#lineIgnored(line, origin, decision.reason);
    else this.#queueReply(line, origin);
    const isRoomChat = !origin.private && !line.shadow && !line.user.startsWith("[");
    if (isRoomChat && !this.#memory.optedOut.has(line.user)) this.#roomLog.add(line, origin.live);
    return decision;
  }

  userJoined(user: string): void {
    this.#roomLog.userJoined(user);
    if (!this.#maySpeakUnasked(user)) return;
    this.#speakUnasked(this.#proactive.join(user, this.#clock.now()), { user });
  }

  userLeft(user: string): void {
    this.#roomLog.userLeft(user);
    this.#worker.userLeft(user);
  }

  /**
   * Handles the user list that the channel sends after each join.
   *
   * @param before Names that were in the room before the connection was lost.
   */
  userListReceived(before: readonly string[]): void {
    const { room } = this.#options;
    for (const name of before) if (!room.user(name)) this.userLeft(name);
    for (const { name } of room.users) this.#roomLog.userJoined(name);
  }

  mediaChanged(): void {
    if (!this.#maySpeakUnasked("")) return;
    this.#speakUnasked(this.#proactive.media(this.#clock.now()), { user: "" });
  }

  async run(signal: AbortSignal): Promise<void> {
    await this.#worker.run(signal);
  }

  #unlessLoop({ user, text }: ChatLine, origin: LineOrigin, decision: Decision): Decision {
    const isCall = decision.action === "reply";
    if (!isCall && decision.reason !== "not called") return decision;
    const key = conversationKey(user, origin.private);
    if (!isCall) {
      this.#loops.heardOther(key);
      return decision;
    }
    const line = { chars: text.length, now: this.#clock.now() };
    if (!this.#loops.heardCall(key, line)) return decision;
    log.warning(
      "{user} answers like a bot and is left alone for a while; list bots in llm.ignore_users",
      { user },
    );
    return { action: "ignore", reason: "bot loop" };
  }

  #queueReply({ user, text }: ChatLine, origin: LineOrigin): void {
    const now = this.#clock.now();
    log.info('LLM trigger: user={user}, message="{preview}"', {
      user,
      preview: origin.private ? "(private)" : text.slice(0, PREVIEW_CHARS),
    });
    this.#memory.cooldown.start(user, now);
    this.#worker.add({ user, text, askedMs: now, private: origin.private, kind: "call" });
  }

  #lineIgnored({ user, text }: ChatLine, origin: LineOrigin, reason: IgnoreReason): void {
    this.decisions.ignored(user, reason);
    switch (reason) {
      case "own line":
        this.#loops.spoke(this.#clock.now());
        break;
      case "not called":
        if (!this.#proactive.watchesLines) break;
        this.#proactive.countLine();
        if (!this.#maySpeakUnasked(user)) break;
        this.#speakUnasked(this.#proactive.line(text, this.#clock.now()), { user, text });
        break;
      case "model unavailable":
      case "queue full":
        this.#memory.cooldown.start(user, this.#clock.now());
        log.info("No answer for {user}: {reason}{detail}", {
          user,
          reason,
          detail: reason === "queue full" ? "" : ` (${this.#options.models.reason})`,
        });
        this.#sayFallback({ kind: "call", user, private: origin.private });
        break;
      case "paused":
      case "muted":
        log.info("No answer for {user}: {reason}", { user, reason });
        break;
      case "history":
      case "system line":
      case "shadowed":
      case "command":
        break;
      default:
        log.debug("No answer for {user}: {reason}", { user, reason });
    }
  }

  /** An unasked remark must not delay an answer and needs a model that is up. */
  #maySpeakUnasked(user: string): boolean {
    const { models, room, isMuted } = this.#options;
    return !this.#memory.pause.on && !isMuted() && this.#worker.idle &&
      (models.state === "up" || models.state === "degraded") &&
      !room.isSelf(user) && !this.controls.isIgnored(user) && !this.#memory.optedOut.has(user);
  }

  #speakUnasked(
    kind: ProactiveTrigger | undefined,
    { user, text = "" }: { user: string; text?: string },
  ): void {
    if (kind === undefined) return;
    log.info("LLM occasion: {kind}, user={user}", { kind, user });
    this.#worker.add({ user, text, askedMs: this.#clock.now(), private: false, kind });
  }

  /** Tells a user that there is no answer; an unasked remark needs no excuse. */
  #sayFallback({ kind, user, private: isPrivate }: Pick<Question, "kind" | "user" | "private">) {
    const { say } = this.#options;
    const { fallbackResponse } = this.#talk;
    if (kind === "missed") say([NO_SUMMARY], { to: user });
    if (!fallbackResponse || kind !== "call") return;
    if (!isPrivate) {
      const now = this.#clock.now();
      if (now - this.#fallbackSaidMs < FALLBACK_PAUSE_MS) return;
      this.#fallbackSaidMs = now;
    }
    // Strangers cause this line, so the operator's text is sanitized, too.
    const lines = split(sanitize(fallbackResponse, { bot: "", allowLinks: true }));
    say(lines, isPrivate ? { to: user } : {});
  }
}
