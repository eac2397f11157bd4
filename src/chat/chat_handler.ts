/** A chat line in, a decision out: decides at once and hands questions to the reply worker. */
import { getLogger } from "@logtape/logtape";
import { type Clock, systemClock } from "../clock.ts";
import type { TalkSettings } from "../config/settings.ts";
import type { ChatLine } from "../cytube/events.ts";
import type { StateFile } from "../storage/key_value_store.ts";
import { CallDetector } from "./address.ts";
import { BotLoopDetector } from "./bot_loops.ts";
import { ChatControls } from "./chat_controls.ts";
import { decide, type Decision, type DecisionContext } from "./decide.ts";
import type { IgnoreReason, LineOrigin } from "./decide.ts";
import { type DecisionEntry, Decisions } from "./decisions.ts";
import { Fallback } from "./fallback.ts";
import { conversationKey, type Memory, openMemory } from "./memory.ts";
import { FollowUp } from "./follow_up.ts";
import { MissedCalls } from "./missed_calls.ts";
import { type ProactiveTrigger, ProactiveTriggers } from "./proactive.ts";
import { ReplyGenerator, type ReplyGeneratorOptions } from "./reply_generator.ts";
import { ReplyWorker } from "./reply_worker.ts";
import { RoomLog } from "./room_log.ts";

const log = getLogger(["rosey", "chat"]);

const PREVIEW_CHARS = 50;
const PAUSED_BEFORE = "A moderator paused the bot before the last stop: it stays silent";

export interface ChatHandlerOptions
  extends Omit<ReplyGeneratorOptions, "memory" | "roomLog" | "isIgnored" | "clock"> {
  readonly isMuted: () => boolean;
  /** Whether what waits to be said, and the answers to these questions, take too long. */
  readonly isBusy: (questions: number) => boolean;
  readonly withdraw: (reason: string) => void;
  readonly state?: StateFile;
  readonly clock?: Clock;
  readonly random?: () => number;
  readonly onDecided?: (entry: DecisionEntry) => void;
  /** Whether nobody else is there: then a line needs no trigger. */
  readonly isAlone?: () => boolean;
}

export class ChatHandler {
  readonly decisions: Decisions;
  readonly controls: ChatControls;
  readonly #options: ChatHandlerOptions;
  readonly #clock: Clock;
  readonly #memory: Memory;
  readonly #roomLog = new RoomLog();
  readonly #missed = new MissedCalls();
  readonly #followUp = new FollowUp();
  readonly #calls: CallDetector;
  readonly #loops = new BotLoopDetector();
  readonly #fallback: Fallback;
  readonly #proactive: ProactiveTriggers;
  readonly #generator: ReplyGenerator;
  readonly #worker: ReplyWorker;
  readonly #context: DecisionContext;
  #talk: TalkSettings;
  /** When the line came that is handled: it goes on with a question or not, however often asked. */
  #lineMs = 0;

  constructor(options: ChatHandlerOptions) {
    const { talk, state, models, room, isMuted, random, clock = systemClock } = options;
    const memory = openMemory(talk, { state, clock });
    this.decisions = new Decisions({ clock, onDecided: options.onDecided });
    const shared = { ...options, clock, memory, decisions: this.decisions };
    this.#options = options;
    this.#clock = clock;
    this.#memory = memory;
    this.#talk = talk;
    this.#calls = new CallDetector(room);
    this.#fallback = new Fallback(options.say, clock);
    this.#proactive = new ProactiveTriggers(talk.speakOn, random);
    const isIgnored = (user: string) => this.controls.isIgnored(user);
    this.#generator = new ReplyGenerator({ ...shared, roomLog: this.#roomLog, isIgnored });
    this.#worker = new ReplyWorker({
      ...shared,
      generator: this.#generator,
      onAnswered: ({ user, private: isPrivate }) => {
        this.#loops.answered(conversationKey(user, isPrivate), clock.now());
        if (!isPrivate) this.#followUp.answered(user, clock.now());
      },
      onFailed: (question) => this.#fallback.say(question),
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
      isCall: (text) => options.isAlone?.() || this.#calls.isCall(text),
      addressesOthers: (text) => this.#calls.addressesOthers(text),
      isFollowUp: (user) => this.#followUp.isOpen(user, clock),
      continues: (user, isPrivate) => this.#worker.continues(user, isPrivate, this.#lineMs),
      isIgnored,
      isOptedOut: (user) => memory.optedOut.has(user),
      isLoop: (user, isPrivate) =>
        this.#loops.isPaused(conversationKey(user, isPrivate), clock.now()),
      cooldownMs: (user) => memory.cooldown.remainingMs(user, clock.now()),
      answersPm: () => this.#talk.answerPm,
      isPaused: () => this.controls.paused,
      mayChat: () => room.mayChat,
      isMuted,
      modelState: () => models.state,
      isLimitReached: () => this.#worker.limitReached,
      isQueueFull: () => this.#worker.full,
      isBusy: () => options.isBusy(this.#worker.unanswered),
    };
    this.updateSettings(talk);
    if (this.controls.paused) log.info(PAUSED_BEFORE);
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
    this.#worker.rate.maxPerMinute = talk.maxRepliesPerMinute;
    this.#generator.updateSettings(talk);
    this.#followUp.seconds = talk.followUpSeconds;
    this.#fallback.response = talk.fallbackResponse;
    this.#loops.maxFastTurns = talk.loopTurns;
    this.controls.ignoreUsers = talk.ignoreUsers;
    this.#proactive.updateSettings(talk.speakOn);
    this.ownNameChanged();
  }

  ownNameChanged(): void {
    this.#calls.use(this.#talk.triggers);
  }

  handleLine(line: ChatLine, origin: LineOrigin): Decision {
    this.#lineMs = this.#clock.now();
    const isMissed = !origin.live && !this.#options.room.isSelf(line.user) &&
      !this.#calls.isOtherCommand(line.text) && this.#missed.wasMissed(line, this.#lineMs);
    if (isMissed) origin = { ...origin, live: true };
    const decision = this.#unlessLoop(line, origin, this.#decide(line, origin));
    const lineIndex = this.#remember(line, origin);
    const heard = { live: origin.live, private: origin.private, lineIndex };
    if (decision.action === "ignore") this.#lineIgnored(line, decision.reason, heard);
    else this.#queueReply(line, heard);
    return decision;
  }

  commandHandled(line: ChatLine, isPrivate: boolean): Decision {
    this.decisions.ignored(line.user, "command");
    if (!isPrivate) this.#missed.heard(line, this.#clock.now());
    return { action: "ignore", reason: "command" };
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

  /** @param before Names that were in the room before the connection was lost. */
  userListReceived(before: readonly string[]): void {
    const { room } = this.#options;
    for (const name of before) if (!room.user(name)) this.userLeft(name);
    for (const { name } of room.users) this.#roomLog.userJoined(name);
  }

  mediaChanged(): void {
    if (!this.#maySpeakUnasked("")) return;
    this.#speakUnasked(this.#proactive.media(this.#clock.now()), { user: "" });
  }

  run(signal: AbortSignal): Promise<void> {
    return this.#worker.run(signal);
  }

  #decide(line: ChatLine, origin: LineOrigin): Decision {
    const decision = decide(line, origin, this.#context);
    const isDown = decision.action === "ignore" && decision.reason === "model unavailable";
    // A server that is down may be back: the question waits for a probe.
    const isProbed = isDown && this.#options.models.probeSoon();
    return isProbed ? decide(line, origin, this.#context) : decision;
  }

  #remember(line: ChatLine, { live, private: isPrivate }: LineOrigin): number | undefined {
    if (isPrivate) return undefined;
    if (live) {
      this.#missed.heard(line, this.#lineMs);
      this.#followUp.heard(line.user);
    }
    const isChat = !line.shadow && !line.user.startsWith("[");
    if (!isChat || this.#memory.optedOut.has(line.user)) return undefined;
    const own = this.#options.room.isSelf(line.user);
    return this.#roomLog.add(line, { live, own });
  }

  #unlessLoop({ user, text }: ChatLine, origin: LineOrigin, decision: Decision): Decision {
    const isCall = decision.action === "reply";
    if (!isCall && decision.reason !== "not called") return decision;
    const key = conversationKey(user, origin.private);
    if (!isCall) {
      this.#loops.heardOther(key);
      return decision;
    }
    if (!this.#loops.heardCall(key, { chars: text.length, now: this.#lineMs })) return decision;
    log.warning(
      "{user} answers like a bot and is left alone for a while; list bots in llm.ignore_users",
      { user },
    );
    return { action: "ignore", reason: "bot loop" };
  }

  #queueReply({ user, text }: ChatLine, origin: LineOrigin & { lineIndex?: number }): void {
    const askedMs = this.#lineMs;
    log.info('LLM trigger: user={user}, message="{preview}"', {
      user,
      preview: origin.private ? "(private)" : text.slice(0, PREVIEW_CHARS),
    });
    this.#memory.cooldown.start(user, askedMs);
    const { private: isPrivate, lineIndex } = origin;
    this.#worker.add({ user, text, askedMs, private: isPrivate, kind: "call", lineIndex });
  }

  #lineIgnored(
    { user, text }: ChatLine,
    reason: IgnoreReason,
    origin: LineOrigin & { lineIndex?: number },
  ): void {
    const isCall = reason !== "not called";
    this.decisions.ignored(user, reason, isCall ? { text, private: origin.private } : undefined);
    const { models } = this.#options;
    const detail = reason === "model unavailable" ? ` (${models.reason})` : "";
    switch (reason) {
      case "own line":
        this.#loops.spoke(this.#clock.now());
        break;
      case "not called":
        if (!this.#proactive.watchesLines) break;
        this.#proactive.countLine();
        if (!this.#maySpeakUnasked(user)) break;
        this.#speakUnasked(this.#proactive.line(text, this.#lineMs), { user, text, ...origin });
        break;
      case "model unavailable":
      case "too many replies":
      case "queue full":
      case "busy":
        this.#memory.cooldown.start(user, this.#clock.now());
        log.info("No answer for {user}: {reason}{detail}", { user, reason, detail });
        this.#fallback.say({ kind: "call", user, private: origin.private });
        break;
      case "paused":
      case "no permission to speak":
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
    return !this.controls.paused && !isMuted() && this.#worker.idle &&
      !this.#worker.limitReached && !this.#options.isBusy(0) &&
      (models.state === "up" || models.state === "degraded") &&
      !room.isSelf(user) && !this.controls.isIgnored(user) && !this.#memory.optedOut.has(user);
  }

  #speakUnasked(
    kind: ProactiveTrigger | undefined,
    { user, text = "", lineIndex }: { user: string; text?: string; lineIndex?: number },
  ): void {
    if (kind === undefined) return;
    log.info("LLM occasion: {kind}, user={user}", { kind, user });
    this.#worker.add({ user, text, askedMs: this.#clock.now(), private: false, kind, lineIndex });
  }
}
